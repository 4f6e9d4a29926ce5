import assert from "node:assert/strict";
import { arrivalClock } from "../../lib/clients/arrival_clock.ts";

Deno.test("reads that return together have arrived together, and later ones later", async () => {
  let timeMs = 0;
  const clock = arrivalClock(() => ++timeMs);
  const together = [1, 2, 3].map(() => Promise.resolve().then(clock));
  assert.deepEqual(await Promise.all(together), [1, 1, 1]);
  await new Promise((resolve) => setTimeout(resolve, 0));
  assert.equal(clock(), 2);
});

Deno.test("a read that is started by an arrival is answered after it, by the clock too", async () => {
  let timeMs = 0;
  const clock = arrivalClock(() => ++timeMs);
  const [first, next] = await Promise.resolve().then(async () => {
    const arrived = clock();
    await Promise.resolve();
    return [arrived, clock()];
  });
  assert(next! > first!);
});
