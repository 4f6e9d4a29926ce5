import { type ChanceInterval, chanceInterval, type Frequency } from "../stats/record/binomial.ts";
import { type Findings, PRIMARY_METRIC } from "../stats/judge/contest.ts";
import { intervalAround } from "../stats/judge/interval.ts";
import type { ContestedKey } from "../stats/judge/metrics.ts";

/** Metrics that scatter from run to run; the others are equal by themselves where a server meets itself. */
export const SCATTERED_METRICS = [
  "median_response_time",
  "avg_response_time",
  "p95_response_time",
  "p99_response_time",
  "throughput",
] as const satisfies readonly ContestedKey[];

export type ScatteredKey = typeof SCATTERED_METRICS[number];

/** What the method promises of a server against itself. */
export const PROMISE = {
  /** Share of the runs that name a winner on the primary metric, at most. */
  primaryWinners: 0.05,
  /** Of those that name one on any metric: the others share a chance of the same size between them. */
  anyWinners: 0.1,
  /** Share of the 95% intervals that hold the true ratio, 1, at least and at most. */
  coverage: { least: 0.9, most: 0.99 },
} as const;

/** Of the intervals that are asked whether they hold the truth, on every metric alike. */
const COVERAGE_CONFIDENCE = 0.95;
/** Of the statement that a promise is broken. */
const JUDGING_CONFIDENCE = 0.95;

/** A share that was seen, and where the true one lies. */
export interface SeenShare extends Frequency {
  /** Exact, of 95%. */
  readonly interval: ChanceInterval;
}

export interface EqualsSummary {
  readonly runs: number;
  readonly primaryWinners: SeenShare;
  readonly anyWinners: SeenShare;
  /** Over the runs that had an interval on that metric. */
  readonly coverage: Readonly<Record<ScatteredKey, SeenShare>>;
  /**
   * - `kept`: nothing that was seen speaks against the promise
   * - `broken`: so many winners, or so few intervals with the truth in them, are no accident
   * - `untested`: no run had an interval on the primary metric
   */
  readonly promise: "kept" | "broken" | "untested";
}

/** Counts what runs of a server against itself find: the truth is that there is nothing to find. */
export class EqualsTally {
  #runs = 0;
  #primaryWinners = 0;
  #anyWinners = 0;
  readonly #coverage = new Map<ScatteredKey, { count: number; trials: number }>(
    SCATTERED_METRICS.map((key) => [key, { count: 0, trials: 0 }]),
  );

  add(findings: Findings): void {
    this.#runs++;
    const all = Object.values(findings);
    if (findings[PRIMARY_METRIC].verdict.kind === "win") this.#primaryWinners++;
    if (all.some(({ verdict }) => verdict.kind === "win")) this.#anyWinners++;
    for (const [key, counted] of this.#coverage) {
      const { measured } = findings[key];
      if (measured.kind === "lacking") continue;
      const { low, high } = intervalAround(measured.estimate, COVERAGE_CONFIDENCE);
      counted.trials++;
      if (low <= 1 && 1 <= high) counted.count++;
    }
  }

  summary(): EqualsSummary {
    const trials = this.#runs;
    const primaryWinners = seen({ count: this.#primaryWinners, trials });
    const anyWinners = seen({ count: this.#anyWinners, trials });
    const coverage = Object.fromEntries(
      [...this.#coverage].map(([key, frequency]) => [key, seen(frequency)]),
    ) as Record<ScatteredKey, SeenShare>;
    const ofPrimary = coverage[PRIMARY_METRIC];
    const broken = primaryWinners.interval.low > PROMISE.primaryWinners ||
      anyWinners.interval.low > PROMISE.anyWinners ||
      ofPrimary.interval.high < PROMISE.coverage.least;
    const promise = ofPrimary.trials === 0 ? "untested" : broken ? "broken" : "kept";
    return { runs: trials, primaryWinners, anyWinners, coverage, promise };
  }
}

function seen(frequency: Frequency): SeenShare {
  const { count, trials } = frequency;
  return { count, trials, interval: chanceInterval(frequency, JUDGING_CONFIDENCE) };
}
