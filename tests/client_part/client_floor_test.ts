import assert from "node:assert/strict";
import {
  type ClientFloor,
  floorFrom,
  type FloorStretch,
  readFloor,
} from "../../lib/client_part/client_floor.ts";
import { betweenFloors } from "../../lib/client_part/client_check.ts";
import { monotonicClock } from "../../lib/clock.ts";
import { LENSES } from "../../lib/clients/lens.ts";
import { parseAnnouncement } from "../../lib/servers/announcement.ts";
import { startNullServerProcess } from "../../lib/servers/null/null_server_process.ts";
import { startNullServers } from "../../lib/servers/null/null_servers.ts";
import { parseGrpcAddress, parseRestUrl } from "../../lib/net/address.ts";
import { createLog } from "../../lib/terminal/log.ts";
import type { TestPlan } from "../../lib/plan/test_plan.ts";
import { sendAll, verdictOf, withGrpcClient, withRestClient } from "../support/clients.ts";
import { startProtoduel } from "../support/process.ts";
import { withRunning } from "../support/running_process.ts";
import { SEED_PLAN } from "../support/seed_sample.ts";

const PLAN: TestPlan = {
  ...SEED_PLAN,
  // Nothing listens there: whoever sent anything to the targets would fail.
  targets: { rest: parseRestUrl("http://127.0.0.1:1"), grpc: parseGrpcAddress("127.0.0.1:1") },
  concurrency: 5,
  timeoutMs: 5000,
};

/** The floor against null servers in this process: what it is worth does not matter here. */
async function floorInProcess(
  changes: Partial<TestPlan>,
  interrupt = new AbortController().signal,
): Promise<ClientFloor> {
  const { close, ...addresses } = startNullServers();
  try {
    const surroundings = { clock: monotonicClock, interrupt };
    return floorFrom([await readFloor({ ...PLAN, ...changes }, addresses, surroundings)]);
  } finally {
    await close();
  }
}

for (const lens of LENSES) {
  Deno.test(`the floor of the ${lens} clients is measured, whatever the plan's targets are`, async () => {
    const { rest, grpc } = await floorInProcess({ lens });
    for (const floor of [rest, grpc]) {
      assert(floor.kind === "measured", JSON.stringify(floor));
      assert(floor.requests >= 200);
      assert(floor.medianMs > 0 && floor.p99Ms >= floor.medianMs && floor.throughput > 0);
    }
  });
}

Deno.test("the floor is measured at the plan's own places in flight and threads", async () => {
  const { rest, grpc } = await floorInProcess({ lens: "wire", concurrency: 300, workers: 2 });
  for (const floor of [rest, grpc]) assert(floor.kind === "measured" && floor.requests >= 600);
});

const UNINTERRUPTED = { clock: monotonicClock, interrupt: new AbortController().signal };

Deno.test("where the null servers do not start, the run is made all the same, and the floor is unknown", async () => {
  const refuse = () => {
    throw new Deno.errors.PermissionDenied("no run access");
  };
  const log = createLog({ writeLine: () => {}, verbose: false, colour: false });
  const progress = { begin: () => {}, end: () => {}, writeLine: () => {} };
  const surroundings = {
    ...UNINTERRUPTED,
    cpuClock: () => 0,
    standstillMs: Infinity,
    log,
    progress,
  };
  const ran = () => Promise.resolve("ran");
  const [outcome, floor] = await betweenFloors(PLAN, refuse, surroundings, ran);
  assert.equal(outcome, "ran");
  const unknown = {
    kind: "unknown",
    reason: "the null servers did not start: no run access",
  };
  assert.deepEqual(floor, { rest: unknown, grpc: unknown });
});

Deno.test("several readings make one floor: the middle stretch, and how far down the lowest one reaches", () => {
  const stretch = (medianMs: number): FloorStretch => ({
    medianMs,
    p99Ms: 2 * medianMs,
    throughput: 1000 / medianMs,
    requests: 200,
  });
  const before = { rest: [4, 9, 3].map(stretch), grpc: [] };
  const after = { rest: [2, 5].map(stretch), grpc: [] };
  const { rest, grpc } = floorFrom([before, after]);
  assert.deepEqual(rest, { kind: "measured", ...stretch(4), leastMedianMs: 2 });
  assert.equal(grpc.kind, "unknown");
});

Deno.test("the floor is unknown, and soon so, where the user stops the run", async () => {
  const controller = new AbortController();
  controller.abort();
  const { rest, grpc } = await floorInProcess({}, controller.signal);
  assert.deepEqual([rest.kind, grpc.kind], ["unknown", "unknown"]);
});

Deno.test("the hidden command serves null answers to both protocols, and ends with its input", async () => {
  const child = startProtoduel(["serve", "--null"], { stdin: "piped" });
  await withRunning(child, async (running) => {
    const [announced] = await running.stdoutMatch(/^REST .*\ngRPC .*\n/);
    const { restUrl, grpcAddress } = parseAnnouncement(announced)!;
    child.kill("SIGINT");
    const rest = await withRestClient(restUrl, (client) => sendAll(client, [1, 2], 2));
    const grpc = await withGrpcClient(grpcAddress, (client) => sendAll(client, [1, 2], 2));
    const verdicts = new Set([...rest.flat(), ...grpc.flat()].map(verdictOf));
    assert.deepEqual(verdicts, new Set(["success"]));
    await child.stdin.close();
    const { stderr, code } = await running.finished();
    assert.deepEqual([stderr, code], ["", 0]);
  });
});

/** As the program starts itself; the child's standard error is read to its end with the others. */
function spawnSelf(args: readonly string[]): Deno.ChildProcess {
  return startProtoduel(args, { stdin: "piped" });
}

Deno.test("a null server process can be stopped as soon as it listens, and before", async () => {
  for (const waits of [true, false]) {
    let child: Deno.ChildProcess | null = null;
    const servers = startNullServerProcess((args) => child = spawnSelf(args));
    if (waits) assert.equal((await servers.started).kind, "listening");
    await servers.stop();
    const { signal } = await child!.status;
    assert.equal(signal, "SIGKILL");
    await child!.stderr.cancel();
  }
});

Deno.test("a null server process that cannot be started is a reason, not an error", async () => {
  const refused = startNullServerProcess(() => {
    throw new Deno.errors.PermissionDenied("no run access");
  });
  const ended = startNullServerProcess(() =>
    new Deno.Command(Deno.execPath(), {
      args: ["eval", ""],
      stdin: "piped",
      stdout: "piped",
      stderr: "null",
    }).spawn()
  );
  const outcomes = [await refused.started, await ended.started];
  await Promise.all([refused.stop(), ended.stop()]);
  assert.deepEqual(outcomes, [
    { kind: "failed", reason: "the null servers did not start: no run access" },
    {
      kind: "failed",
      reason: "the null servers did not start: their process ended before it listened",
    },
  ]);
});
