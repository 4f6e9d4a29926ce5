import assert from "node:assert/strict";
import fc from "fast-check";
import { randomIntegers } from "../../lib/ids.ts";
import { findKnees, type Knees, type KneeSide } from "../../lib/measuring/knee.ts";
import type { KneeGoal } from "../../lib/plan/knee_goal.ts";
import { type HoldOutcome, judgeHold } from "../../lib/measuring/knee_hold.ts";
import type { Knee } from "../../lib/measuring/knee_search.ts";
import { kneeRecord } from "../../lib/report/knee_record.ts";
import { kneeSentences } from "../../lib/report/knee_sentences.ts";
import { type QueueingServer, SimulatedSide } from "../support/simulated_queue.ts";

const GOAL: KneeGoal = { p99LimitMs: 500, concurrency: 100 };
const MINUTE_MS = 60_000;
const RANDOM_VALUES = 2 ** 31 - 1;

type Uniform = () => number;

function uniformFrom(seed: number): Uniform {
  const draw = randomIntegers(seed);
  return () => draw(1, RANDOM_VALUES) / RANDOM_VALUES;
}

/** One request at a time, each for the same time but for such a share more or less. */
function constantServer(perSecond: number, uniform: Uniform, jitter = 0): QueueingServer {
  const meanMs = 1000 / perSecond;
  return {
    places: 1,
    serviceMs: () => meanMs * (1 + jitter * (2 * uniform() - 1)),
    latencyMs: () => 0,
  };
}

/** One at a time, each for an exponential time. */
function randomServer(perSecond: number, uniform: Uniform): QueueingServer {
  return {
    places: 1,
    serviceMs: () => -Math.log(uniform()) * 1000 / perSecond,
    latencyMs: () => 0,
  };
}

interface Found {
  readonly knees: Knees;
  readonly tookMs: number;
}

async function kneesOf(
  goal: KneeGoal,
  server: (uniform: Uniform) => QueueingServer,
  seed: number,
): Promise<Found> {
  const uniform = uniformFrom(seed);
  const time = { nowMs: 0 };
  const side = () => new SimulatedSide(server(uniform), time, uniform);
  const knees = await findKnees({ goal, clock: () => time.nowMs }, { rest: side(), grpc: side() });
  return { knees, tookMs: time.nowMs };
}

function isNear(knee: Knee, perSecond: number): boolean {
  return knee.kind === "found" && Math.abs(knee.held.perSecond / perSecond - 1) <= 0.1;
}

Deno.test("the capacity of a server is found within 10% and within a minute for both sides, from 90/s to 5,000/s", async () => {
  const capacities = fc.double({ min: Math.log(90), max: Math.log(5000), noNaN: true })
    .map(Math.exp);
  const jitters = fc.constantFrom(0, 0.1);
  const seeds = fc.nat(1000);
  await fc.assert(
    fc.asyncProperty(capacities, jitters, seeds, async (capacity, jitter, seed) => {
      const server = (uniform: Uniform) => constantServer(capacity, uniform, jitter);
      const { knees, tookMs } = await kneesOf(GOAL, server, seed);
      assert(tookMs < MINUTE_MS, `${tookMs} ms`);
      for (const knee of [knees.rest, knees.grpc]) {
        assert(isNear(knee, capacity), JSON.stringify(knee.steps));
        assert(knee.kind === "found");
        assert.equal(knee.limit, "queue");
        assert(knee.missed.perSecond / knee.held.perSecond < 1.07);
      }
    }),
    { numRuns: 30 },
  );
});

Deno.test("a rate above the capacity is not held although the p99 of a short hold is within its limit", async () => {
  const uniform = uniformFrom(1);
  const side = new SimulatedSide(constantServer(500, uniform), { nowMs: 0 }, uniform);
  for (const perSecond of [515, 525, 550, 600]) {
    const outcome = await side.hold(perSecond, 2000);
    assert(outcome.p99Ms! < 500);
    const verdict = judgeHold(outcome, { p99LimitMs: 500, moreInFlightHelps: false });
    assert.deepEqual(verdict, { kind: "missed", by: "queue", sure: true });
    // What the answers fall behind by is what the server lacks.
    assert(Math.abs(outcome.growth!.share - (1 - 500 / perSecond)) < 0.01);
  }
});

Deno.test("where answers take too long before the queue grows, the p99 is what limits", async () => {
  // By simulation of a million requests the p99 is 10 ms at 1,763/s, and 5 ms at 4,532/s.
  const cases = [[2000, 10, 1763], [5000, 5, 4532]] as const;
  for (const [capacity, p99LimitMs, knee] of cases) {
    let near = 0;
    for (let seed = 0; seed < 6; seed++) {
      const { knees, tookMs } = await kneesOf(
        { ...GOAL, p99LimitMs },
        (uniform) => randomServer(capacity, uniform),
        seed,
      );
      assert(tookMs < MINUTE_MS);
      for (const one of [knees.rest, knees.grpc]) {
        if (isNear(one, knee)) near++;
        if (one.kind === "found") assert.equal(one.limit, "p99");
      }
    }
    assert(near >= 10, `${near} of 12`);
  }
});

const CALM: HoldOutcome = {
  durationMs: 2000,
  due: 1000,
  successes: 1000,
  unsent: 0,
  p99Ms: 1,
  p99Interval: { low: 1, high: 2 },
  growth: { share: 0, standardError: 0.001 },
  queued: 0,
  silent: false,
};

Deno.test("a hold is judged by its failures, its queue and its p99, and is sure only where it was long enough", () => {
  const goal = { p99LimitMs: 20, moreInFlightHelps: false };
  const verdictOf = (changes: Partial<HoldOutcome>, more = false) => {
    const verdict = judgeHold({ ...CALM, ...changes }, { ...goal, moreInFlightHelps: more });
    const by = verdict.kind === "missed" ? ` by ${verdict.by}` : "";
    return `${verdict.sure ? "" : "perhaps "}${verdict.kind}${by}`;
  };
  assert.equal(verdictOf({}), "held");
  assert.equal(verdictOf({ successes: 989 }), "missed by failures");
  assert.equal(verdictOf({ successes: 0, p99Ms: null, p99Interval: null }), "missed by failures");
  assert.equal(verdictOf({ p99Ms: 21, p99Interval: { low: 20.5, high: 30 } }), "missed by p99");
  assert.equal(
    verdictOf({ p99Ms: 21, p99Interval: { low: 19, high: 30 } }),
    "perhaps missed by p99",
  );
  assert.equal(verdictOf({ p99Ms: 19, p99Interval: { low: 18, high: 21 } }), "perhaps held");
  assert.equal(verdictOf({ p99Ms: 1, p99Interval: { low: 1, high: null } }), "perhaps held");
  const growth = (share: number, standardError: number) => ({ growth: { share, standardError } });
  assert.equal(verdictOf(growth(0.03, 0.001)), "missed by queue");
  assert.equal(verdictOf(growth(0.05, 0.03)), "perhaps missed by queue");
  assert.equal(verdictOf(growth(0, 0.03)), "perhaps held");
  assert.equal(verdictOf(growth(0.01, 0.001)), "held");
  assert.equal(verdictOf({ growth: null }), "perhaps held");
  assert.equal(verdictOf({ ...growth(0.03, 0.001), queued: 500 }, true), "missed by in-flight");
  assert.equal(verdictOf({ ...growth(0.03, 0.001), queued: 500 }), "missed by queue");
});

/** A side that answers as it is told, and takes the time that it is asked for. */
function scripted(
  time: { nowMs: number },
  outcomeAt: (perSecond: number) => HoldOutcome | null,
  answeredPerSecond = 1000,
): KneeSide & { readonly tried: number[] } {
  const tried: number[] = [];
  return {
    tried,
    saturate: () => {
      time.nowMs += 500;
      return Promise.resolve({ answeredPerSecond, responseMs: 1 });
    },
    hold: (perSecond, durationMs) => {
      tried.push(perSecond);
      time.nowMs += durationMs;
      return Promise.resolve(outcomeAt(perSecond));
    },
  };
}

async function kneeOf(outcomeAt: (perSecond: number) => HoldOutcome | null, answered = 1000) {
  const time = { nowMs: 0 };
  const [rest, grpc] = [scripted(time, outcomeAt, answered), scripted(time, () => CALM, 0)];
  const knees = await findKnees({ goal: GOAL, clock: () => time.nowMs }, { rest, grpc });
  return { knee: knees.rest, tried: rest.tried, tookMs: time.nowMs };
}

Deno.test("a server that nothing impresses holds the highest rate that was tried, and the search ends", async () => {
  const { knee, tried, tookMs } = await kneeOf(() => CALM);
  assert(knee.kind === "above");
  assert.equal(knee.held.perSecond, Math.max(...tried));
  assert.equal(knee.held.perSecond, 4000, "four times what it was seen to answer");
  assert(tookMs < MINUTE_MS);
});

Deno.test("a server that holds no rate is asked for less and less, and the search ends", async () => {
  const late = { ...CALM, p99Ms: 900, p99Interval: { low: 800, high: 1000 } };
  const { knee, tried, tookMs } = await kneeOf(() => late);
  assert(knee.kind === "below");
  assert.deepEqual([knee.limit, knee.missed.perSecond], ["p99", Math.min(...tried)]);
  assert(knee.missed.perSecond < 100);
  assert(tookMs < MINUTE_MS);
});

Deno.test("a server that answers nothing ends its own search at once", async () => {
  const before = await kneeOf(() => CALM, 0);
  assert.deepEqual([before.knee.kind, before.tried], ["untried", []]);
  const silent = { ...CALM, silent: true };
  const { knee, tried } = await kneeOf(() => silent);
  assert(knee.kind === "below");
  assert.deepEqual([knee.limit, tried.length], ["failures", 1]);
});

Deno.test("a server that answers too few for a p99 to be known within a search is called slow", async () => {
  const { knee, tried } = await kneeOf(() => CALM, 12);
  assert.deepEqual([knee.kind, tried], ["slow", []]);
});

Deno.test("a single late hold does not decide: what contradicts is tried again", async () => {
  let holds = 0;
  const late = { ...CALM, p99Ms: 900, p99Interval: { low: 800, high: 1000 } };
  const { knee } = await kneeOf((perSecond) => holds++ === 0 || perSecond > 1000 ? late : CALM);
  assert(knee.kind === "found");
  assert(knee.held.perSecond > 900 && knee.held.held >= 2);
});

Deno.test("the two sides are tried in turn, and an interrupt ends both with what is known by then", async () => {
  const time = { nowMs: 0 };
  const order: string[] = [];
  const noting = (name: string, most: number) => {
    let left = most;
    return scripted(time, () => {
      order.push(name);
      return left-- > 0 ? CALM : null;
    });
  };
  const sides = { rest: noting("rest", 9), grpc: noting("grpc", 2) };
  const knees = await findKnees({ goal: GOAL, clock: () => time.nowMs }, sides);
  assert.deepEqual(order, ["rest", "grpc", "rest", "grpc", "rest", "grpc"]);
  assert.deepEqual([knees.rest.steps.length, knees.grpc.steps.length], [3, 2]);
  assert.equal(knees.rest.kind, "above");
});

Deno.test("whatever a server answers, the search ends within a minute, and with what it saw", async () => {
  const outcomes = fc.record({
    successes: fc.constantFrom(1000, 995, 980),
    p99Ms: fc.double({ min: 0, max: 900, noNaN: true }),
    share: fc.double({ min: -0.05, max: 0.1, noNaN: true }),
    standardError: fc.double({ min: 0, max: 0.05, noNaN: true }),
  }).map(({ successes, p99Ms, share, standardError }): HoldOutcome => ({
    ...CALM,
    successes,
    p99Ms,
    p99Interval: { low: p99Ms * 0.9, high: p99Ms * 1.2 },
    growth: { share, standardError },
  }));
  await fc.assert(fc.asyncProperty(fc.infiniteStream(outcomes), async (stream) => {
    const { knee, tookMs } = await kneeOf(() => stream.next().value!);
    assert(tookMs < MINUTE_MS);
    assert(knee.kind !== "untried");
    if (knee.kind !== "found") return;
    assert(knee.held.perSecond < knee.missed.perSecond);
    const { low, high } = knee.range;
    if (low !== null && high !== null) assert(low < high);
  }));
});

Deno.test("the conclusion says what each side holds, within which range, and what limits it", async () => {
  const time = { nowMs: 0 };
  const uniform = uniformFrom(3);
  const side = (capacity: number) =>
    new SimulatedSide(constantServer(capacity, uniform), time, uniform);
  const sides = { rest: side(200), grpc: side(1000) };
  const knees = await findKnees({ goal: GOAL, clock: () => time.nowMs }, sides);
  assert.deepEqual(kneeSentences(kneeRecord(GOAL, knees)), [
    "REST holds 194/s with its p99 within 500 ms (range 194 to 206/s), and not 206/s: there its queue grows",
    "gRPC holds 970/s with its p99 within 500 ms (range 970 to 1030/s), and not 1030/s: there its queue grows",
    "gRPC holds the higher rate: 5.0 times the other's",
  ]);
  assert.deepEqual(kneeSentences(null), []);
});
