// deno-lint-ignore-file no-console -- a table on the terminal is all this script makes
/**
 * Checks the verdicts on simulated contests whose truth is known, and prints what was found: how
 * often intervals cover the true ratio (they promise 95%) beside how often the resamples' own
 * percentiles would, and how often each verdict is given.
 *
 *     deno run scripts/simulate_verdicts.ts [contests per row, default 400]
 */
import { estimateContest, resampleContest } from "../lib/stats/judge/block_bootstrap.ts";
import { judgeContest, PRIMARY_METRIC } from "../lib/stats/judge/contest.ts";
import { intervalAround } from "../lib/stats/judge/interval.ts";
import type { ContestedKey } from "../lib/stats/judge/metrics.ts";
import { CALM, type Noise, ROUGH, simulateContest } from "../tests/support/simulated_contest.ts";

const CONTESTS = Number(Deno.args[0] ?? 400);
const RESAMPLES = 1000;
const NO_FAILURES = { subject: 0, baseline: 0 };

const NOISES: Readonly<Record<string, Noise>> = {
  independent: { ...CALM, autocorrelation: 0, drift: 0, slowSpells: 0 },
  calm: CALM,
  rough: ROUGH,
  "slow drift": { ...ROUGH, driftLength: 5000, slowSpells: 0 },
};

const SIZES = [[1000, 100], [1000, 10], [2000, 100], [5000, 100], [5000, 10], [
  10_000,
  100,
]] as const;

const COVERED = [
  "avg_response_time",
  PRIMARY_METRIC,
  "p95_response_time",
  "p99_response_time",
] as const satisfies readonly ContestedKey[];

console.log(
  "Coverage of a true ratio of 1.2 by 95% intervals: t interval / percentiles of the resamples",
);
console.log(["noise", "requests", "in flight", "blocks", ...COVERED].join("\t"));
for (const [name, noise] of Object.entries(NOISES)) {
  for (const [requests, concurrency] of SIZES) {
    const contest = { requests, concurrency, trueRatio: 1.2, failureRate: NO_FAILURES, noise };
    const counts = COVERED.map(() => ({ byT: 0, byPercentiles: 0 }));
    let blocks = 0;
    for (let seed = 1; seed <= CONTESTS; seed++) {
      const pairs = simulateContest(contest, seed);
      blocks = pairs.length;
      const estimates = estimateContest(pairs, seed, RESAMPLES);
      const resamples = resampleContest(pairs, seed, RESAMPLES);
      COVERED.forEach((key, index) => {
        const { low, high } = intervalAround(estimates[key]!, 0.95);
        if (low <= 1.2 && 1.2 <= high) counts[index]!.byT++;
        const sorted = resamples.find((found) => found.key === key)!.resampled.toSorted();
        const truth = Math.log(1.2);
        const [first, last] = [sorted[RESAMPLES * 0.025]!, sorted[RESAMPLES * 0.975 - 1]!];
        if (first <= truth && truth <= last) counts[index]!.byPercentiles++;
      });
    }
    const cells = counts.map(({ byT, byPercentiles }) => `${share(byT)} / ${share(byPercentiles)}`);
    console.log([name, requests, concurrency, blocks, ...cells].join("\t"));
  }
}

console.log("\nVerdicts on the median at a margin of 5%, by the true slowdown of REST");
console.log(["noise", "requests", "in flight", "slower", "verdicts"].join("\t"));
for (const name of ["calm", "rough"]) {
  for (const [requests, concurrency] of [[1000, 100], [5000, 100], [5000, 10]] as const) {
    for (const trueRatio of [1, 1.01, 1.05, 1.2]) {
      const noise = NOISES[name]!;
      const contest = { requests, concurrency, trueRatio, failureRate: NO_FAILURES, noise };
      const tally = new Map<string, number>();
      for (let seed = 1; seed <= CONTESTS; seed++) {
        const { verdict } = judgeContest(simulateContest(contest, seed), seed)[PRIMARY_METRIC];
        const label = verdict.kind === "win" ? `win ${verdict.winner}` : verdict.kind;
        tally.set(label, (tally.get(label) ?? 0) + 1);
      }
      const cells = [...tally].sort().map(([label, count]) => `${label} ${share(count)}`);
      const slower = `${Math.round(trueRatio * 100 - 100)}%`;
      console.log([name, requests, concurrency, slower, cells.join(", ")].join("\t"));
    }
  }
}

console.log("\nTime of one bootstrap of 2,000 resamples");
for (const blocks of [5, 10, 60, 300]) {
  const contest = { requests: 500, concurrency: 10, trueRatio: 1, failureRate: NO_FAILURES };
  const pairs = Array.from(
    { length: Math.ceil(blocks / 10) },
    (_, seed) => simulateContest({ ...contest, noise: ROUGH }, seed),
  ).flat().slice(0, blocks);
  const startMs = performance.now();
  estimateContest(pairs, 1);
  console.log(`${pairs.length} blocks\t${(performance.now() - startMs).toFixed(0)} ms`);
}

function share(count: number): string {
  return `${(100 * count / CONTESTS).toFixed(1)}%`;
}
