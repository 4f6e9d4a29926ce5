import { NO_LEAD_IN } from "../../lib/runners/backlog.ts";
import assert from "node:assert/strict";
import { drawUserIds } from "../../lib/ids.ts";
import { Ending, exactly } from "../../lib/runners/ending.ts";
import { StretchBoard } from "../../lib/runners/stretch_board.ts";
import { WHOLE_LOAD } from "../../lib/runners/load_generator.ts";
import { runOpenLoop } from "../../lib/runners/open_loop.ts";
import { ArrivalTimes } from "../../lib/runners/pacing.ts";
import { Recorder } from "../../lib/stats/record/recorder.ts";
import { delayByUserId, type DelayModel } from "../../scripts/calibrate/delay_model.ts";
import { nearestRank } from "../../scripts/calibrate/quantile.ts";
import { type StalledLoad, trueResponseTimes } from "../../scripts/calibrate/stalled_load.ts";
import { successAfter } from "../support/simulated_server.ts";
import { SimulatedTime } from "../support/simulated_time.ts";

const SEED = 5;
const ID_RANGE = { min: 1, max: 1_000_000 };

/** An open load on a server that answers a request when `answeredAtMs` says, in simulated time from the start. */
async function simulate(
  { requests, perSecond, concurrency }: {
    requests: number;
    perSecond: number;
    concurrency: number;
  },
  answeredAtMs: (userId: number, nowMs: number, index: number) => number,
): Promise<Recorder> {
  const time = new SimulatedTime();
  const recorder = new Recorder();
  const startMs = time.clock();
  const rate = { kind: "constant", perSecond } as const;
  const userIds = drawUserIds(ID_RANGE, requests, SEED);
  let index = 0;
  const ended = runOpenLoop({
    ending: new Ending(
      exactly(requests),
      new ArrivalTimes({ kind: "open", rate, arrivals: "uniform" }, SEED).stretch(WHOLE_LOAD),
      new StretchBoard(StretchBoard.memoryFor(1)),
      WHOLE_LOAD,
    ),
    requestAt: () => userIds()!,
    nextUncounted: () => assert.fail("all of them count"),
    leadIn: NO_LEAD_IN,
    concurrency,
    graceMs: 10_000,
    send: (userId, done) => {
      const nowMs = time.clock() - startMs;
      const delayMs = answeredAtMs(userId, nowMs, index++) - nowMs;
      time.after(delayMs, () => done(successAfter(delayMs)));
    },
    record: (sample, timing) => recorder.recordScheduled(sample, timing),
    interrupt: new AbortController().signal,
    clock: time.clock,
    alarm: time.alarm(),
  });
  await time.run();
  await ended;
  return recorder;
}

function assertNear(actual: number, expected: number, name: string): void {
  // A bucket's share of a value, or two microseconds.
  const tolerance = Math.max(0.002, expected * 0.001);
  assert(Math.abs(actual - expected) <= tolerance, `${name}: ${actual}, not ${expected}`);
}

const MODELS: readonly DelayModel[] = [
  { kind: "bimodal", usualMs: 2, rareMs: 20, rareShare: 0.2 },
  { kind: "lognormal", medianMs: 5, sigma: 0.5 },
  { kind: "pareto", leastMs: 2, shape: 1.5, mostMs: 200 },
];

for (const model of MODELS) {
  Deno.test(`percentiles of ${model.kind} delays are reported as they are`, async () => {
    const delayOf = delayByUserId(model, SEED);
    const requests = 5000;
    const recorder = await simulate(
      { requests, perSecond: 500, concurrency: 1000 },
      (userId, nowMs) => nowMs + delayOf(userId),
    );
    const nextId = drawUserIds(ID_RANGE, requests, SEED);
    const truth = Float64Array.from({ length: requests }, () => delayOf(nextId()!)).sort();
    const { p50, p95, p99, mean, max } = recorder.responseTime.statistics()!;
    assertNear(p50, nearestRank(truth, 0.5), "p50");
    assertNear(p95, nearestRank(truth, 0.95), "p95");
    assertNear(p99, nearestRank(truth, 0.99), "p99");
    assertNear(max, truth.at(-1)!, "max");
    assertNear(mean, truth.reduce((sum, delay) => sum + delay, 0) / requests, "mean");
  });
}

Deno.test("a stall is in the percentiles just as the arrivals and the places in flight say", async () => {
  const load: StalledLoad = {
    requests: 2500,
    intervalMs: 2,
    concurrency: 20,
    delayMs: 1.5,
    stalledIndex: 1050,
    stallMs: 500,
  };
  let stallEndMs = 0;
  let stallStartMs = Infinity;
  const recorder = await simulate(
    { requests: load.requests, perSecond: 500, concurrency: load.concurrency },
    (_userId, nowMs, index) => {
      if (index === load.stalledIndex) {
        stallStartMs = nowMs;
        stallEndMs = nowMs + load.stallMs;
      }
      const answeredMs = nowMs + load.delayMs;
      return answeredMs > stallStartMs && answeredMs < stallEndMs ? stallEndMs : answeredMs;
    },
  );
  const truth = trueResponseTimes(load).sort();
  const { p50, p95, p99 } = recorder.responseTime.statistics()!;
  assertNear(p50, nearestRank(truth, 0.5), "p50");
  assertNear(p95, nearestRank(truth, 0.95), "p95");
  assertNear(p99, nearestRank(truth, 0.99), "p99");
  assert(p95 > 200 && p99 > 400, `${p95} and ${p99}`);
  // What waited in the client was served as quickly as ever.
  assertNear(recorder.scheduled!.serviceTime.statistics()!.p99, load.delayMs, "service p99");
  assert(recorder.scheduled!.queueWait.count > 200);
});
