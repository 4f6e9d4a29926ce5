import assert from "node:assert/strict";
import type { Extent } from "../../lib/plan/extent.ts";
import { randomIntegers } from "../../lib/ids.ts";
import { NO_FILL, runClosedLoop } from "../../lib/runners/closed_loop.ts";
import { meanOccupationMs } from "../../lib/runners/occupation.ts";
import { Resumption } from "../../lib/runners/resumption.ts";
import { cutIntoBlocks } from "../../lib/plan/schedule.ts";
import type { Sample } from "../../lib/requests/sample.ts";
import { Recorder } from "../../lib/stats/record/recorder.ts";
import { SimulatedServer, successAfter } from "../support/simulated_server.ts";
import { SimulatedTime } from "../support/simulated_time.ts";

/** A server, and how many requests a second it makes with so many in flight, for ever. */
interface Circumstance {
  readonly name: string;
  readonly serve: (time: SimulatedTime) => (userId: number, done: (sample: Sample) => void) => void;
  readonly truePerSecond: (concurrency: number) => number;
}

const random = randomIntegers(7);
const uniform = () => random(1, 2 ** 31 - 1) / 2 ** 31;
const normal = () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());

/** So many of a hundred are slow, spread evenly over them. */
function slowOnes(ofHundred: number, slowMs: number, usualMs: number) {
  return (time: SimulatedTime) => {
    let slow = 0;
    return new SimulatedServer(time, () => {
      slow += ofHundred;
      if (slow < 100) return usualMs;
      slow -= 100;
      return slowMs;
    }).send;
  };
}

const perSecondAt = (meanMs: number) => (concurrency: number) => concurrency * 1000 / meanMs;

const CIRCUMSTANCES: readonly Circumstance[] = [
  {
    name: "a constant delay of 2 ms",
    serve: (time) => new SimulatedServer(time, () => 2).send,
    truePerSecond: perSecondAt(2),
  },
  {
    name: "6% of the answers after 200 ms",
    serve: slowOnes(6, 200, 2),
    truePerSecond: perSecondAt(0.06 * 200 + 0.94 * 2),
  },
  {
    name: "1% of the answers after 1 s",
    serve: slowOnes(1, 1000, 2),
    truePerSecond: perSecondAt(0.01 * 1000 + 0.99 * 2),
  },
  {
    name: "lognormal delays",
    serve: (time) => new SimulatedServer(time, () => 5 * Math.exp(0.5 * normal())).send,
    truePerSecond: perSecondAt(5 * Math.exp(0.5 ** 2 / 2)),
  },
  {
    name: "a saturated server that answers in turn",
    serve: (time) => new SimulatedServer(time, () => 1, 1).send,
    truePerSecond: () => 1000,
  },
  {
    name: "a saturated server with four processors and chance in its work",
    serve: (time) => new SimulatedServer(time, () => -4 * Math.log(uniform()), 4).send,
    truePerSecond: () => 1000,
  },
];

/** One processor that works on each answer for a while, and holds some of them for longer. */
function busyThen(workMs: number, ofHundred: number, slowMs: number, usualMs: number) {
  return (time: SimulatedTime) => {
    let requests = 0;
    let freeAtMs = 0;
    return (_userId: number, done: (sample: Sample) => void) => {
      const nowMs = time.clock();
      freeAtMs = Math.max(freeAtMs, nowMs) + workMs;
      const heldMs = requests++ * ofHundred % 100 < ofHundred ? slowMs : usualMs;
      const responseTimeMs = freeAtMs - nowMs + heldMs;
      time.after(responseTimeMs, () => done(successAfter(responseTimeMs)));
    };
  };
}

/** What a run in blocks reports, each block with places that were filled before it counts. */
async function throughputOf(
  { serve }: Pick<Circumstance, "serve">,
  requests: number,
  concurrency: number,
  filled = true,
  blocks?: readonly Extent[],
): Promise<number> {
  const time = new SimulatedTime();
  const send = serve(time);
  const plan = { load: { kind: "closed" }, concurrency } as const;
  const resumption = new Resumption(time.callLater);
  let totalMs = 0;
  const cut = cutIntoBlocks({ kind: "requests", requests }, plan, 1).map(({ extent }) => extent);
  for (const extent of blocks ?? cut) {
    assert(extent.kind === "requests");
    const recorder = new Recorder();
    let [counted, fill] = [extent.requests, concurrency];
    const ended = runClosedLoop({
      requests: () => counted-- > 0 ? 1 : null,
      fillRequests: filled ? () => fill-- > 0 ? 1 : null : NO_FILL,
      concurrency,
      send,
      record: (sample) => recorder.record(sample),
      interrupt: new AbortController().signal,
      clock: time.clock,
      resumption,
    });
    await time.run();
    resumption.usually(recorder.responseTime.statistics()!.p50);
    totalMs += meanOccupationMs((await ended).occupation);
  }
  return requests / totalMs * 1000;
}

for (const circumstance of CIRCUMSTANCES) {
  Deno.test(`closed throughput is that of a load without an end: ${circumstance.name}`, async () => {
    for (const concurrency of [20, 100]) {
      const truth = circumstance.truePerSecond(concurrency);
      for (const [requests, tolerance] of [[1000, 0.1], [4000, 0.05], [40_000, 0.05]] as const) {
        const reported = await throughputOf(circumstance, requests, concurrency);
        const name = `${requests} requests, ${concurrency} in flight: ${reported}, not ${truth}`;
        assert(Math.abs(reported / truth - 1) <= tolerance, name);
      }
    }
  });
}

Deno.test("without a fill each block's first requests find a saturated server idle", async () => {
  const saturated = CIRCUMSTANCES.find(({ name }) => name.includes("in turn"))!;
  // N requests at c in flight and m a second: m / (1 − c / 2 N), at five rounds a block.
  const reported = await throughputOf(saturated, 4000, 80, false);
  assert(Math.abs(reported - 1000 / (1 - 1 / 10)) < 5, String(reported));
});

Deno.test("slow answers hold most places in the long run, and so they do in each block", async () => {
  for (
    const [ofHundred, slowMs, concurrency] of [[6, 200, 100], [6, 200, 20], [1, 1000, 20]] as const
  ) {
    // 20,000 a second at most: more would be asked of it if all places began at once.
    const server = { serve: busyThen(0.05, ofHundred, slowMs, 2) };
    const whole = [{ kind: "requests", requests: 100_000 } as const];
    const truth = await throughputOf(server, 100_000, concurrency, true, whole);
    for (const requests of [4000, 40_000]) {
      const reported = await throughputOf(server, requests, concurrency);
      const name = `${ofHundred}%, ${requests} requests, ${concurrency} in flight: ${reported}`;
      assert(Math.abs(reported / truth - 1) <= 0.05, `${name}, not ${truth}`);
    }
  }
});
