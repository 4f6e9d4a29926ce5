import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { monotonicClock } from "../../lib/clock.ts";
import { Sleeper } from "../../lib/runners/sleeper.ts";

/** Resolves with the time at which each sleep was over. */
async function wakeTimes(sleeper: Sleeper, durationsMs: readonly number[]): Promise<number[]> {
  const times: number[] = [];
  for (const durationMs of durationsMs) {
    await new Promise<void>((resolve) => {
      sleeper.onWake = resolve;
      sleeper.sleep(durationMs);
    });
    times.push(monotonicClock());
  }
  return times;
}

Deno.test("a sleeper wakes after each sleep, and never before its end", async () => {
  const sleeper = await Sleeper.start();
  const durationsMs = [3, 0.2, 0, 1.5];
  let beforeMs = monotonicClock();
  for (const [index, atMs] of (await wakeTimes(sleeper, durationsMs)).entries()) {
    assert(atMs - beforeMs >= durationsMs[index]! - 0.01);
    beforeMs = atMs;
  }
  sleeper.close();
});

Deno.test("a sleep that is cancelled wakes nobody, and the next one is as long as asked", async () => {
  const sleeper = await Sleeper.start();
  sleeper.onWake = () => assert.fail("it was cancelled");
  sleeper.sleep(1);
  sleeper.cancel();
  await new Promise((resolve) => setTimeout(resolve, 5));
  const beforeMs = monotonicClock();
  const [atMs] = await wakeTimes(sleeper, [4]);
  assert(atMs! - beforeMs >= 3.99);
  sleeper.close();
});

Deno.test("a sleep that replaces a longer one is not held up by it", async () => {
  const sleeper = await Sleeper.start();
  sleeper.sleep(1_000_000);
  // Would never end if the longer one counted.
  await wakeTimes(sleeper, [1]);
  sleeper.close();
});

Deno.test("a process ends once its sleeper is closed, even in the middle of a sleep", async () => {
  const url = new URL("../../lib/runners/sleeper.ts", import.meta.url).href;
  // The thread's module, which no import leads to.
  const readLib = `--allow-read=${fileURLToPath(new URL("../../lib", import.meta.url))}`;
  const program = `import { Sleeper } from ${JSON.stringify(url)};
    const sleeper = await Sleeper.start();
    sleeper.sleep(1_000_000);
    sleeper.close();`;
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--no-prompt", readLib, "-"],
    stdin: "piped",
    stdout: "null",
    stderr: "inherit",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(program));
  await writer.close();
  assert.equal((await child.status).code, 0);
});
