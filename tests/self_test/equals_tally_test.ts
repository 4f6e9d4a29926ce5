import assert from "node:assert/strict";
import { judgeContest } from "../../lib/stats/judge/contest.ts";
import { EqualsTally, SCATTERED_METRICS } from "../../lib/self_test/equals_tally.ts";
import { EQUALS, simulateContests, type SimulatedContest } from "../support/simulated_contest.ts";

function summaryOf(contest: SimulatedContest, runs: number) {
  const tally = new EqualsTally();
  simulateContests(contest, runs).forEach((pairs, seed) =>
    tally.add(judgeContest(pairs, seed, { resamples: 200 }))
  );
  return tally.summary();
}

Deno.test("equals that are judged fairly keep the promise", () => {
  const { runs, primaryWinners, coverage, promise } = summaryOf(EQUALS, 40);
  assert.deepEqual([runs, promise], [40, "kept"]);
  assert(primaryWinners.count <= 2);
  assert.equal(primaryWinners.trials, 40);
  for (const key of SCATTERED_METRICS) assert.equal(coverage[key].trials, 40, key);
  assert(coverage.median_response_time.count >= 36);
});

Deno.test("sides that are no equals break the promise: winners are named and the truth is missed", () => {
  const { primaryWinners, anyWinners, coverage, promise } = summaryOf(
    { ...EQUALS, trueRatio: 1.5 },
    20,
  );
  assert.equal(promise, "broken");
  assert(primaryWinners.count >= 18 && anyWinners.count >= primaryWinners.count);
  assert(coverage.median_response_time.count <= 2);
});

Deno.test("runs too short for an interval tell nothing", () => {
  const { coverage, promise } = summaryOf({ ...EQUALS, requests: 60 }, 3);
  assert.equal(promise, "untested");
  assert.deepEqual(coverage.median_response_time, {
    count: 0,
    trials: 0,
    interval: { low: 0, high: 1 },
  });
});

Deno.test("few winners by chance are no broken promise", () => {
  const tally = new EqualsTally();
  const [unequal] = simulateContests({ ...EQUALS, trueRatio: 1.5 }, 1);
  const equal = simulateContests(EQUALS, 19);
  [unequal!, ...equal].forEach((pairs, seed) =>
    tally.add(judgeContest(pairs, seed, { resamples: 200 }))
  );
  const { primaryWinners, promise } = tally.summary();
  assert(primaryWinners.count >= 1);
  assert.equal(promise, "kept");
});
