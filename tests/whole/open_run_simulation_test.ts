import assert from "node:assert/strict";
import { randomIntegers } from "../../lib/ids.ts";
import type { OpenLoad } from "../../lib/plan/load_model.ts";
import type { DurationStatistics } from "../../lib/stats/record/duration_distribution.ts";
import { isHeld } from "../../lib/stats/record/pace.ts";
import {
  type OpenRun,
  type OpenRunResult,
  simulateContinuously,
  type SimulatedAnswering,
  simulateInTurns,
} from "../support/simulated_open_run.ts";
import { successAfter } from "../support/simulated_server.ts";

function at(perSecond: number, arrivals: OpenLoad["arrivals"] = "uniform"): OpenLoad {
  return { kind: "open", rate: { kind: "constant", perSecond }, arrivals };
}

/** One request at a time, the others wait in line; after the timeout, if there is one, in vain. The way there and back adds to each. */
function inTurn(serviceMs: number, timeoutMs = Infinity, wayMs = 0): SimulatedAnswering {
  return (time) => {
    let freeAtMs = 0;
    return (done) => {
      const nowMs = time.clock();
      freeAtMs = Math.max(freeAtMs, nowMs) + serviceMs;
      const delayMs = freeAtMs - nowMs + wayMs;
      if (delayMs <= timeoutMs) return time.after(delayMs, () => done(successAfter(delayMs)));
      time.after(timeoutMs, () =>
        done({
          kind: "failure",
          errorType: "Connection Timeout",
          cause: "",
          reason: { kind: "timeout" },
        }));
    };
  };
}

/** So many at a time, the others wait in line; by its number, each may take a time of its own. */
function byWorkers(
  workers: number,
  serviceMs: (request: number) => number,
  stall?: { readonly from: number; readonly ms: number },
): SimulatedAnswering {
  return (time) => {
    const freeAtMs = new Array<number>(workers).fill(0);
    let requests = 0;
    return (done) => {
      const nowMs = time.clock();
      if (++requests === stall?.from) {
        freeAtMs.forEach((freeMs, worker) => freeAtMs[worker] = Math.max(freeMs, nowMs + stall.ms));
      }
      const worker = freeAtMs.indexOf(Math.min(...freeAtMs));
      freeAtMs[worker] = Math.max(freeAtMs[worker]!, nowMs) + serviceMs(requests);
      const delayMs = freeAtMs[worker]! - nowMs;
      time.after(delayMs, () => done(successAfter(delayMs)));
    };
  };
}

/** Each for itself, however many there are. */
function independently(delayMs: (request: number) => number): SimulatedAnswering {
  return (time) => {
    let requests = 0;
    return (done) => {
      const responseTimeMs = delayMs(requests++);
      time.after(responseTimeMs, () => done(successAfter(responseTimeMs)));
    };
  };
}

/** Answers at once, but stands still once, from its n-th request on. */
function standingStill(from: number, stallMs: number): SimulatedAnswering {
  return (time) => {
    let requests = 0;
    let untilMs = 0;
    return (done) => {
      const nowMs = time.clock();
      if (++requests === from) untilMs = nowMs + stallMs;
      const responseTimeMs = Math.max(0, untilMs - nowMs) + 1;
      time.after(responseTimeMs, () => done(successAfter(responseTimeMs)));
    };
  };
}

/** Stands still once, and then works off what has come meanwhile, 200 a second. */
function slowAfterStall(from: number, stallMs: number): SimulatedAnswering {
  return (time) => {
    let requests = 0;
    let freeAtMs = 0;
    return (done) => {
      const nowMs = time.clock();
      freeAtMs = Math.max(freeAtMs, nowMs) + 5;
      if (++requests === from) freeAtMs += stallMs;
      const responseTimeMs = freeAtMs - nowMs;
      time.after(responseTimeMs, () => done(successAfter(responseTimeMs)));
    };
  };
}

const chance = randomIntegers(3);
const sometimes = (ofHundred: number, slowMs: number) =>
  independently(() => chance(1, 100) <= ofHundred ? slowMs : 2);

const TEN_SECONDS = { seconds: 10 };
const CIRCUMSTANCES: readonly (readonly [name: string, run: OpenRun, held: boolean])[] = [
  ["half of what a server can do", { ...TEN_SECONDS, load: at(50), serve: inTurn(10) }, true],
  ["0.9 of it", { ...TEN_SECONDS, load: at(90), serve: inTurn(10) }, true],
  ["0.98 of it", { ...TEN_SECONDS, load: at(98), serve: inTurn(10) }, true],
  [
    "0.98 of it, with a millisecond on the way",
    { ...TEN_SECONDS, load: at(98), serve: inTurn(10, Infinity, 1) },
    true,
  ],
  ["1.2 of it", { ...TEN_SECONDS, load: at(120), serve: inTurn(10) }, false],
  ["twice as much", { ...TEN_SECONDS, load: at(200), serve: inTurn(10) }, false],
  [
    "twice as much, through few places",
    { ...TEN_SECONDS, load: at(200), serve: inTurn(10), concurrency: 20 },
    false,
  ],
  [
    "0.9 by chance",
    { seconds: 30, load: at(90, "poisson"), serve: inTurn(10) },
    true,
  ],
  [
    "0.98 by chance, at a quick server",
    { ...TEN_SECONDS, load: at(980, "poisson"), serve: inTurn(1) },
    true,
  ],
  ["a stall of 0.3 s", { ...TEN_SECONDS, load: at(100), serve: standingStill(481, 300) }, true],
  ["a stall of 2 s", { ...TEN_SECONDS, load: at(100), serve: standingStill(481, 2000) }, true],
  [
    "a stall of 2 s, after which the server is slow to catch up",
    { ...TEN_SECONDS, load: at(100), serve: slowAfterStall(481, 2000) },
    true,
  ],
  ["a stall of 5 s", { ...TEN_SECONDS, load: at(100), serve: standingStill(481, 5000) }, true],
  [
    "a stall of 5 s, through few places",
    { ...TEN_SECONDS, load: at(100), serve: standingStill(481, 5000), concurrency: 20 },
    true,
  ],
  [
    "a stall of 2 s at the very end",
    { ...TEN_SECONDS, load: at(100), serve: standingStill(950, 2000) },
    true,
  ],
  [
    "answers that all take 1 s",
    { ...TEN_SECONDS, load: at(500), serve: independently(() => 1000) },
    true,
  ],
  ["6% of the answers after 200 ms", {
    ...TEN_SECONDS,
    load: at(500),
    serve: independently((request) => request % 50 % 17 === 16 ? 200 : 2),
  }, true],
  ...([[0.5, true], [0.8, true], [0.95, true], [1.05, false], [1.2, false], [1.5, false]] as const)
    .flatMap(([load, held]) =>
      ([[60, 600], [20, 400], [10, 100]] as const).map(([workers, ms]) =>
        [
          `${load} of what ${workers} workers do that take ${ms} ms each`,
          {
            ...TEN_SECONDS,
            load: at(load * workers / ms * 1000),
            serve: byWorkers(workers, () => ms),
          },
          held,
        ] as const
      )
    ),
  ["a stall of 1.5 s just before a border, of answers that take 400 ms", {
    ...TEN_SECONDS,
    load: at(60),
    serve: byWorkers(1000, () => 400, { from: 350, ms: 1100 }),
  }, true],
  ["a rate that rises beyond what a server can do", {
    seconds: 15,
    load: {
      kind: "open",
      arrivals: "uniform",
      rate: {
        kind: "steps",
        steps: [{ perSecond: 50, durationMs: 10_000 }, { perSecond: 150, durationMs: 5000 }],
      },
    },
    serve: inTurn(10),
  }, false],
];

function statisticsOf({ recorder }: OpenRunResult): DurationStatistics {
  return recorder.responseTime.statistics()!;
}

for (const [name, run, held] of CIRCUMSTANCES) {
  Deno.test(`an open load in turns is the load without a break: ${name}`, async () => {
    const inTurns = await simulateInTurns(run);
    const truth = statisticsOf(await simulateContinuously(run));
    for (const key of ["mean", "p95", "p99"] as const) {
      const reported = statisticsOf(inTurns)[key];
      const says = `${key}: ${reported} instead of ${truth[key]} ms`;
      assert(Math.abs(reported / truth[key] - 1) <= 0.05, says);
    }
    assert.equal(isHeld(inTurns.pace), held, JSON.stringify(inTurns.pace));
  });
}

Deno.test("independent delays by chance never look as if a rate were not held", async () => {
  for (const [ofHundred, slowMs] of [[1, 1000], [6, 200], [50, 50]] as const) {
    for (const arrivals of ["uniform", "poisson"] as const) {
      const run = { ...TEN_SECONDS, load: at(500, arrivals), serve: sometimes(ofHundred, slowMs) };
      assert(isHeld((await simulateInTurns(run)).pace), `${ofHundred}% after ${slowMs} ms`);
    }
  }
});

Deno.test("a side that keeps up has its blocks as they were cut, and next to nothing besides", async () => {
  const { stretches, uncounted } = await simulateInTurns({
    ...TEN_SECONDS,
    load: at(90),
    serve: inTurn(10),
  });
  assert.deepEqual([stretches, uncounted], [10, 0]);
});

Deno.test("a side that never catches up is loaded without a break, and told at the rate that it answered", async () => {
  const { stretches, pace } = await simulateInTurns({
    ...TEN_SECONDS,
    load: at(200),
    serve: inTurn(10),
  });
  assert.equal(stretches, 1);
  assert(Math.abs(pace.due / pace.dueMs * 1000 - 200) < 0.1);
  assert(Math.abs(pace.answered / pace.answeringMs * 1000 - 100) < 0.5);
});

Deno.test("a queue as long as the timeout grows no more, and is not held", async () => {
  for (const factor of [1.2, 1.5, 3]) {
    const run = { ...TEN_SECONDS, load: at(100 * factor), serve: inTurn(10, 1000) };
    assert(!isHeld((await simulateInTurns(run)).pace), String(factor));
  }
});

Deno.test("a server that is silent has not held a rate, and every request is accounted for", async () => {
  const { pace } = await simulateInTurns({
    seconds: 4,
    load: at(100),
    serve: inTurn(1e9, 1000),
    concurrency: 10,
    timeoutMs: 1000,
  });
  assert(!isHeld(pace));
  assert.equal(pace.due, 400);
  assert.equal(pace.sent, pace.timedOut);
});
