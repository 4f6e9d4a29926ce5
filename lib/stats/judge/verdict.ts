import type { Side } from "../record/side.ts";
import type { Estimate, Interval } from "./interval.ts";
import { lowerIsBetter, type MetricKind } from "./metric.ts";
import { requestsToDecide } from "./sample_size.ts";
import type { Shortfall } from "./support.ts";

/**
 * What a run shows about one metric, at a margin below which a difference does not matter:
 * - `win`: the interval lies wholly beyond the margin
 * - `equivalent`: it lies wholly within the margin and includes no difference
 * - `small-difference`: wholly within the margin, but it excludes no difference: real, and too small
 *   to matter
 * - `inconclusive`: it reaches over the margin; `better` where it at least excludes no difference
 * - {@link Withheld}: what succeeded cannot be compared
 * - `client-bound`: the clients explain it; what the servers would show is not known
 * - `rate-not-held`: a side did not keep up with its rate; what it shows is how long that went on
 * - `unsupported`: the run cannot carry this metric
 */
export type Verdict =
  | { readonly kind: "win"; readonly winner: Side }
  | { readonly kind: "equivalent" }
  | { readonly kind: "small-difference"; readonly better: Side }
  | {
    readonly kind: "inconclusive";
    readonly better: Side | null;
    /** Per side, about; `null`: no number that anyone would wait for. */
    readonly requestsToDecide: number | null;
  }
  | { readonly kind: "client-bound" }
  | { readonly kind: "rate-not-held"; readonly sides: readonly Side[] }
  | { readonly kind: "unsupported"; readonly shortfall: Shortfall }
  | Withheld;

/**
 * Why times, sizes and rates have no winner, whatever was measured of them:
 * - `error-rates-differ`: one side failed so much more often that its successes are another sort
 *   of requests, and being fast or small is no merit
 * - `too-many-failures`: a side failed so often, though perhaps no more than the other, that what is
 *   left of it is a selection
 * - `other-answers`: a side answered so often with something else than what was compared before the load,
 *   such as an error's text with status 200, that not even its successes are ones; or its answers became far
 *   larger or smaller on the way
 */
export type Withheld =
  | { readonly kind: "error-rates-differ"; readonly moreReliable: Side }
  | { readonly kind: "too-many-failures" }
  | { readonly kind: "other-answers"; readonly differ: "shape" | "size" };

const WITHHOLDING: readonly Verdict["kind"][] = [
  "error-rates-differ",
  "too-many-failures",
  "other-answers",
];

export function isWithheld(verdict: Verdict): verdict is Withheld {
  return WITHHOLDING.includes(verdict.kind);
}

/** `null` where the verdict is no win: a difference as such names no winner. */
export function winnerOf(verdict: Verdict): Side | null {
  return verdict.kind === "win" ? verdict.winner : null;
}

/** What one metric's difference must pass to matter. */
export interface Margin {
  /** Of a ratio, as a rule 5: the worse is at least 1.05 times as slow, large or rare. */
  readonly percent: number;
  /** Of a success rate, and so of an error rate: percentage points. */
  readonly points: number;
}

export const DEFAULT_MARGIN: Margin = { percent: 5, points: 1 };

/** What a run knows about one metric: a difference and where the true one lies, or why it knows none. */
export type Measured =
  | { readonly kind: "estimated"; readonly estimate: Estimate; readonly interval: Interval }
  | { readonly kind: "lacking"; readonly shortfall: Shortfall };

/** Everything that speaks for or against a verdict on one metric. */
export interface Evidence {
  readonly metricKind: MetricKind;
  readonly measured: Measured;
  /** Why only what is made of successes is judged; `null`: everything is. */
  readonly withheld: Withheld | null;
  /** Finished requests per side. */
  readonly requests: number;
}

export function judge(evidence: Evidence, margin: Margin): Verdict {
  const { metricKind, measured, withheld, requests } = evidence;
  // Succeeding more often stays a merit whatever the error rates are: it is made of them.
  if (withheld !== null && !isMadeOfSuccesses(metricKind)) return withheld;
  return measured.kind === "lacking"
    ? { kind: "unsupported", shortfall: measured.shortfall }
    : judgeInterval(metricKind, measured.estimate, measured.interval, requests, margin);
}

export function isMadeOfSuccesses(kind: MetricKind): boolean {
  return kind === "share" || kind === "count";
}

function judgeInterval(
  kind: MetricKind,
  estimate: Estimate,
  interval: Interval,
  requests: number,
  margin: Margin,
): Verdict {
  const { value, low, high, edge } = onAdditiveScale(estimate, interval, margin);
  const better = low > 0 || high < 0 ? betterSide(kind, value) : null;
  if (low > edge || high < -edge) return { kind: "win", winner: betterSide(kind, value) };
  if (low > -edge && high < edge) {
    return better === null ? { kind: "equivalent" } : { kind: "small-difference", better };
  }
  const halfWidth = Math.max(high - value, value - low);
  return {
    kind: "inconclusive",
    better,
    requestsToDecide: requestsToDecide({ estimate: value, halfWidth, edge }, requests),
  };
}

/**
 * The side that failed less, where the error rates differ materially: where the interval of
 * their difference lies wholly beyond the margin in points. `null` where that is not shown.
 *
 * @param successRates Subject − baseline, in percentage points; from `successRateInterval`.
 */
export function moreReliableOf(successRates: Interval, margin: Margin): Side | null {
  if (successRates.low > margin.points) return "subject";
  if (successRates.high < -margin.points) return "baseline";
  return null;
}

/** Around 0 for no difference, positive where the subject's value is the larger. */
function onAdditiveScale(
  estimate: Estimate,
  { low, high }: Interval,
  margin: Margin,
): { value: number; low: number; high: number; edge: number } {
  switch (estimate.scale) {
    case "ratio":
      return {
        value: Math.log(estimate.value),
        low: Math.log(low),
        high: Math.log(high),
        edge: Math.log1p(margin.percent / 100),
      };
    case "points":
      return { value: estimate.value, low, high, edge: margin.points };
  }
}

function betterSide(kind: MetricKind, value: number): Side {
  return (value < 0) === lowerIsBetter(kind) ? "subject" : "baseline";
}
