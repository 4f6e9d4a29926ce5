import assert from "node:assert/strict";
import fc from "fast-check";
import { findKnees, type Hold, type Knee, type KneeGoal, type RateOutcome } from "../lib/knee.ts";

/** A server with one queue, by the book (M/M/1): response times are exponential with rate µ - λ. */
function queueingServer(capacityPerSecond: number): Hold {
  return (perSecond) => {
    const spare = (capacityPerSecond - perSecond) / 1000;
    return Promise.resolve({
      p99Ms: spare > 0 ? Math.log(100) / spare : 10_000,
      successRate: 1,
      unsentShare: Math.max(0, 1 - capacityPerSecond / perSecond),
    });
  };
}

/** The rate at which such a server's p99 is the limit. */
function kneeOf(capacityPerSecond: number, { p99LimitMs }: KneeGoal): number {
  return capacityPerSecond - 1000 * Math.log(100) / p99LimitMs;
}

async function kneeWith(goal: KneeGoal, hold: Hold): Promise<Knee> {
  return (await findKnees(goal, { rest: hold, grpc: hold })).rest;
}

const GOAL: KneeGoal = { p99LimitMs: 20, startPerSecond: 100 };

Deno.test("the knee lies between the rate held and the one missed, which are close together", async () => {
  const capacities = fc.double({ min: 1000, max: 50_000, noNaN: true });
  await fc.assert(fc.asyncProperty(capacities, capacities, async (rest, grpc) => {
    const knees = await findKnees(GOAL, {
      rest: queueingServer(rest),
      grpc: queueingServer(grpc),
    });
    for (const [knee, capacity] of [[knees.rest, rest], [knees.grpc, grpc]] as const) {
      assert(knee.kind === "found");
      assert(knee.heldPerSecond <= kneeOf(capacity, GOAL));
      assert(knee.missedPerSecond > kneeOf(capacity, GOAL));
      assert(knee.missedPerSecond / knee.heldPerSecond <= 1.05);
      assert(knee.steps.length <= 15);
    }
  }));
});

Deno.test("a server slower than the first rate is found by going down", async () => {
  const knee = await kneeWith({ p99LimitMs: 100, startPerSecond: 5000 }, queueingServer(100));
  assert(knee.kind === "found");
  assert(knee.heldPerSecond <= 100 - 10 * Math.log(100));
  assert(knee.missedPerSecond > 100 - 10 * Math.log(100));
});

function always(outcome: RateOutcome): Hold {
  return () => Promise.resolve(outcome);
}

const CALM: RateOutcome = { p99Ms: 1, successRate: 1, unsentShare: 0 };

Deno.test("a server that nothing impresses holds the highest rate tried, after eleven", async () => {
  const knee = await kneeWith(GOAL, always(CALM));
  assert(knee.kind === "above");
  assert.equal(knee.heldPerSecond, 100 * 2 ** 10);
  assert.equal(knee.steps.length, 11);
});

Deno.test("a rate is missed by its p99, by failures or by unsent requests of more than 1%", async () => {
  const missed: readonly RateOutcome[] = [
    { ...CALM, p99Ms: 20.1 },
    { ...CALM, p99Ms: null },
    { ...CALM, successRate: 0.989 },
    { ...CALM, unsentShare: 0.011 },
  ];
  for (const outcome of missed) {
    const knee = await kneeWith(GOAL, always(outcome));
    assert(knee.kind === "below");
    assert.equal(knee.missedPerSecond, 100 / 2 ** 6, "the lowest of at least one a second");
  }
});

Deno.test("a p99 at the limit and 1% of failures and of unsent requests are held", async () => {
  const knee = await kneeWith(
    GOAL,
    always({ p99Ms: 20, successRate: 0.99, unsentShare: 0.01 }),
  );
  assert.equal(knee.kind, "above");
});

Deno.test("the two sides are tried in turn", async () => {
  const tried: string[] = [];
  const noting = (side: string, hold: Hold): Hold => (perSecond) => {
    tried.push(side);
    return hold(perSecond);
  };
  await findKnees(GOAL, {
    rest: noting("rest", queueingServer(3000)),
    grpc: noting("grpc", queueingServer(20_000)),
  });
  assert.deepEqual(tried.slice(0, 6), ["rest", "grpc", "rest", "grpc", "rest", "grpc"]);
});

Deno.test("whatever a server answers, the search ends, within its steps, with what it saw", async () => {
  const outcomes = fc.record({
    p99Ms: fc.option(fc.double({ min: 0, max: 40, noNaN: true })),
    successRate: fc.double({ min: 0.98, max: 1, noNaN: true }),
    unsentShare: fc.double({ min: 0, max: 0.02, noNaN: true }),
  });
  await fc.assert(fc.asyncProperty(fc.infiniteStream(outcomes), async (stream) => {
    const knee = await kneeWith(GOAL, () => Promise.resolve(stream.next().value!));
    assert(knee.kind !== "untried");
    assert(knee.steps.length <= 15);
    for (const { perSecond, held } of knee.steps) {
      if (knee.kind === "found" && perSecond === knee.heldPerSecond) assert(held);
      if (knee.kind === "found" && perSecond === knee.missedPerSecond) assert(!held);
    }
  }));
});

Deno.test("an interrupt ends the search with what is known by then", async () => {
  const interrupted = (after: number, hold: Hold): Hold => {
    let left = after;
    return (perSecond) => left-- > 0 ? hold(perSecond) : Promise.resolve(null);
  };
  const knees = await findKnees(GOAL, {
    rest: interrupted(3, queueingServer(50_000)),
    grpc: interrupted(0, queueingServer(50_000)),
  });
  assert(knees.rest.kind === "above");
  assert.equal(knees.rest.heldPerSecond, 100);
  assert.equal(knees.grpc.kind, "untried");
});

Deno.test("a server that answers nothing any more is not tried at every rate", async () => {
  const silent = await kneeWith(GOAL, always({ p99Ms: null, successRate: 0, unsentShare: 0 }));
  assert(silent.kind === "below");
  assert.deepEqual(silent.steps.map(({ perSecond }) => perSecond), [100, 50]);
  let holds = 0;
  const dying = await kneeWith(
    GOAL,
    () => Promise.resolve(++holds <= 2 ? CALM : { p99Ms: null, successRate: 0, unsentShare: 0 }),
  );
  assert(dying.kind === "found");
  assert.equal(dying.steps.length, 3);
});
