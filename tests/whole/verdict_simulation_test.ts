import assert from "node:assert/strict";
import type { BlockPair } from "../../lib/stats/record/block_totals.ts";
import { estimateContest } from "../../lib/stats/judge/block_bootstrap.ts";
import { judgeContest, PRIMARY_METRIC } from "../../lib/stats/judge/contest.ts";
import { intervalAround } from "../../lib/stats/judge/interval.ts";
import { CONTESTED_METRICS } from "../../lib/stats/judge/metrics.ts";
import { CALM, EQUALS, ROUGH, simulateContests } from "../support/simulated_contest.ts";

/** Few, so that many contests can be judged in a moment; they make the standard errors 4% unsteady. */
const FEW_RESAMPLES = { resamples: 300 };

function medianVerdicts(contests: readonly BlockPair[][]) {
  return contests.map((pairs, seed) =>
    judgeContest(pairs, seed, FEW_RESAMPLES)[PRIMARY_METRIC].verdict
  );
}

Deno.test("a server against itself wins in at most one run of twenty, calm or rough", () => {
  for (const noise of [CALM, ROUGH]) {
    const verdicts = medianVerdicts(simulateContests({ ...EQUALS, noise }, 60));
    const wins = verdicts.filter((verdict) => verdict.kind === "win");
    assert(wins.length <= 3, `${wins.length} winners in 60`);
  }
});

Deno.test("the 95% interval of the median holds the true ratio in 90 to 99 runs of 100, drifting or not", () => {
  for (const [requests, concurrency] of [[1000, 100], [1000, 10], [500, 25], [100, 5]] as const) {
    const contest = { ...EQUALS, requests, concurrency, trueRatio: 1.2, noise: ROUGH };
    const covered = simulateContests(contest, 150).filter((pairs, seed) => {
      const { low, high } = intervalAround(
        estimateContest(pairs, seed, FEW_RESAMPLES.resamples)[PRIMARY_METRIC]!,
        0.95,
      );
      return low <= 1.2 && 1.2 <= high;
    });
    const percent = 100 * covered.length / 150;
    assert(percent >= 90 && percent <= 99, `${percent}% at ${concurrency} in flight`);
  }
});

Deno.test("20% slower is found in 95 runs of 100 at 5,000 requests", () => {
  const contest = { ...EQUALS, requests: 5000, trueRatio: 1.2 };
  const verdicts = medianVerdicts(simulateContests(contest, 40));
  const found = verdicts.filter((verdict) =>
    verdict.kind === "win" && verdict.winner === "baseline"
  );
  assert(found.length >= 38, `${found.length} of 40`);
});

Deno.test("1% slower is called a win in at most one run of twenty", () => {
  const verdicts = medianVerdicts(simulateContests({ ...EQUALS, trueRatio: 1.01 }, 60));
  assert(verdicts.filter((verdict) => verdict.kind === "win").length <= 3);
});

Deno.test("the secondary metrics together find a winner between equals in at most one run of twenty", () => {
  const contests = simulateContests({ ...EQUALS, noise: ROUGH }, 60);
  const withWinner = contests.filter((pairs, seed) => {
    const findings = judgeContest(pairs, seed, FEW_RESAMPLES);
    return CONTESTED_METRICS.some(({ key }) =>
      key !== PRIMARY_METRIC && findings[key].verdict.kind === "win"
    );
  });
  assert(withWinner.length <= 3, `${withWinner.length} of 60`);
});
