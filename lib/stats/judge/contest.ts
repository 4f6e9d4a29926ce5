import type { BlockPair, BlockTotals } from "../record/block_totals.ts";
import { estimateContest, type Estimates, RESAMPLES } from "./block_bootstrap.ts";
import { intervalAround } from "./interval.ts";
import type { Contest, MetricKind } from "./metric.ts";
import { CONTESTED_METRICS, type ContestedKey, type ContestedMetric } from "./metrics.ts";
import { type Proportion, successRateInterval } from "./proportion.ts";
import { type BySide, bySide, type Side, SIDES } from "../record/side.ts";
import { estimateByRequests } from "./request_estimates.ts";
import { timeContradicts } from "./failing_time.ts";
import { LEAST_BLOCKS, type Shortfall, shortfallOf } from "./support.ts";
import {
  DEFAULT_MARGIN,
  isMadeOfSuccesses,
  isWithheld,
  judge,
  type Margin,
  type Measured,
  moreReliableOf,
  type Verdict,
  type Withheld,
} from "./verdict.ts";
import { LARGEST_FAILURE_SHARE } from "../record/failure_share.ts";

/** The one metric whose verdict answers the run's question. */
export const PRIMARY_METRIC = "median_response_time" satisfies ContestedKey;

/** The chance of a wrong verdict on the primary metric, over all looks at the data. */
const ERROR_CHANCE = 0.05;

/**
 * The other metrics share one chance in twenty of a wrong verdict between them (Bonferroni): their
 * intervals are wider, so that what is shown is what was judged. Holm's procedure would decide a
 * little more, but guards only against a false difference, not against a false equivalence.
 */
const SECONDARY_METRICS = CONTESTED_METRICS.length - 1;

/**
 * A run that goes on until it is decided is looked at several times, and each look is a chance of a wrong
 * verdict: the looks share it too (Bonferroni again: no assumption on how they depend on each other).
 */
function confidenceIn(key: ContestedKey, looks: number): number {
  return 1 - ERROR_CHANCE / looks / (key === PRIMARY_METRIC ? 1 : SECONDARY_METRICS);
}

/** One metric's outcome. */
export interface Finding {
  readonly measured: Measured;
  readonly verdict: Verdict;
}

export type Findings = Readonly<Record<ContestedKey, Finding>>;

/** How a contest is judged; each has a default. */
export interface JudgingSettings {
  readonly margin?: Margin;
  /** Requests that were in flight at once, per side: what delays one delays them all. */
  readonly concurrency?: number;
  /** What requests that timed out took at least. */
  readonly timeoutMs?: number;
  /** Whether blocks were left out since a server answered nothing in them. */
  readonly hadOutages?: boolean;
  /** How often such a run is judged at most before it ends. */
  readonly looks?: number;
  /** How often the blocks are drawn anew: more is slower and steadier. */
  readonly resamples?: number;
}

/**
 * Judges every contested metric of a run that was cut into blocks.
 *
 * @param pairs Blocks that both sides finished; a block that was interrupted is to be left out.
 * @param seed Equal seeds and pairs give equal findings.
 */
export function judgeContest(
  pairs: readonly BlockPair[],
  seed: number,
  settings: JudgingSettings = {},
): Findings {
  const { margin = DEFAULT_MARGIN, concurrency = 1, looks = 1 } = settings;
  const { timeoutMs = Infinity, resamples = RESAMPLES, hadOutages = false } = settings;
  const sides = bySide((side) => proportionOf(pairs.map((pair) => pair[side])));
  const { subject, baseline } = sides;
  const requests = Math.min(subject.finished, baseline.finished);
  const estimates: Partial<Estimates> = pairs.length >= LEAST_BLOCKS
    ? estimateContest(pairs, seed, resamples, timeoutMs)
    : pairs.length > 0
    ? estimateByRequests(pairs)
    : {};
  const rates = estimates.success_rate ?? null;
  const withheld = withheldBecauseOf(
    sides,
    rates === null ? null : moreReliableOf(
      successRateInterval(subject, baseline, rates, confidenceIn(PRIMARY_METRIC, looks)),
      margin,
    ),
  );

  const measure = ({ key, kind }: ContestedMetric): Measured => {
    const samples = Math.min(subject.successes, baseline.successes);
    const shortfall = shortfallOf(key, pairs.length, samples, concurrency);
    if (shortfall !== null) return { kind: "lacking", shortfall };
    if (hadOutages && isMadeOfSuccesses(kind)) {
      return { kind: "lacking", shortfall: { reason: "outage" } };
    }
    const estimate = estimates[key] ?? null;
    if (estimate === null) return { kind: "lacking", shortfall: { reason: "no-value" } };
    const confidence = confidenceIn(key, looks);
    const interval = kind === "share"
      ? successRateInterval(subject, baseline, estimate, confidence)
      : intervalAround(estimate, confidence);
    return { kind: "estimated", estimate, interval };
  };
  const findings = CONTESTED_METRICS.map((metric): [ContestedKey, Finding] => {
    const measured = measure(metric);
    const evidence = { metricKind: metric.kind, measured, withheld, requests };
    const finding = { measured, verdict: judge(evidence, margin) };
    return [
      metric.key,
      byTime(withTimeouts(finding, sidesTimedOutAt(metric, pairs)), metric.kind, pairs),
    ];
  });
  return Object.fromEntries(findings) as Record<ContestedKey, Finding>;
}

function withheldBecauseOf(
  sides: BySide<Proportion>,
  moreReliable: Side | null,
): Withheld | null {
  if (moreReliable !== null) return { kind: "error-rates-differ", moreReliable };
  const mostlyLost = ({ successes, finished }: Proportion) =>
    finished - successes > LARGEST_FAILURE_SHARE * finished;
  return SIDES.some((side) => mostlyLost(sides[side])) ? { kind: "too-many-failures" } : null;
}

/** A win by the number of successes stands where the time in which requests failed does not speak against it. */
function byTime(finding: Finding, kind: MetricKind, pairs: readonly BlockPair[]): Finding {
  const { verdict } = finding;
  if (!isMadeOfSuccesses(kind) || verdict.kind !== "win") return finding;
  return timeContradicts(pairs, verdict.winner)
    ? lacking({ reason: "count-against-time" })
    : finding;
}

function lacking(shortfall: Shortfall): Finding {
  return { measured: { kind: "lacking", shortfall }, verdict: { kind: "unsupported", shortfall } };
}

/** The sides on which a percentile is a request that timed out; of what is no percentile, none. */
function sidesTimedOutAt({ shareBeyond }: Contest, pairs: readonly BlockPair[]): Side[] {
  if (shareBeyond === null) return [];
  return SIDES.filter((side) => {
    const blocks = pairs.map((pair) => pair[side]);
    const timeouts = sumOf(blocks, ({ timeouts }) => timeouts);
    return timeouts > shareBeyond * (timeouts + sumOf(blocks, ({ successes }) => successes));
  });
}

/**
 * Of a percentile that timed out, only the least that it can be is known. That shows a win of the other
 * side, and nothing else.
 */
function withTimeouts(finding: Finding, sides: readonly Side[]): Finding {
  const { measured, verdict } = finding;
  if (sides.length === 0 || isWithheld(verdict) || measured.kind === "lacking") return finding;
  if (verdict.kind === "win" && !sides.includes(verdict.winner)) return finding;
  return lacking({ reason: "timeouts", sides });
}

/** What is left of findings where the clients explain times and rates: sizes and reliability. */
export function withoutClients(findings: Findings): Findings {
  return exceptTimesAndRates(findings, { kind: "client-bound" }, ({ kind }) => kind === "lacking");
}

/** The same where sides did not hold their rate: the longer they are loaded, the longer their queues. */
export function withoutHeldRate(findings: Findings, sides: readonly Side[]): Findings {
  return exceptTimesAndRates(findings, { kind: "rate-not-held", sides }, () => false);
}

function exceptTimesAndRates(
  findings: Findings,
  instead: Verdict,
  stands: (measured: Measured) => boolean,
): Findings {
  const judged = CONTESTED_METRICS.map(({ key, kind }): [ContestedKey, Finding] => {
    const { measured, verdict } = findings[key];
    const kept = kind !== "time" && kind !== "rate" || stands(measured) || isWithheld(verdict);
    return [key, { measured, verdict: kept ? verdict : instead }];
  });
  return Object.fromEntries(judged) as Record<ContestedKey, Finding>;
}

function proportionOf(blocks: readonly BlockTotals[]): Proportion {
  const successes = sumOf(blocks, (block) => block.successes);
  return { successes, finished: successes + sumOf(blocks, (block) => block.failures) };
}

function sumOf(blocks: readonly BlockTotals[], of: (block: BlockTotals) => number): number {
  return blocks.reduce((sum, block) => sum + of(block), 0);
}
