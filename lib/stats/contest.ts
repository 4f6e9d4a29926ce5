import type { BlockPair } from "./block_totals.ts";
import { estimateContest, RESAMPLES } from "./block_bootstrap.ts";
import { intervalAround } from "./interval.ts";
import { CONTESTED_METRICS, type ContestedKey } from "./metric.ts";
import { type Proportion, successRateInterval } from "./proportion.ts";
import { shortfallOf } from "./support.ts";
import {
  DEFAULT_MARGIN,
  judge,
  type Margin,
  type Measured,
  moreReliableOf,
  type Verdict,
} from "./verdict.ts";

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
  /** Requests that were in flight at once, per protocol: what delays one delays them all. */
  readonly concurrency?: number;
  /** How often such a run is judged at most before it ends. */
  readonly looks?: number;
  /** How often the blocks are drawn anew: more is slower and steadier. */
  readonly resamples?: number;
}

/**
 * Judges every contested metric of a run that was cut into blocks.
 *
 * @param pairs Blocks that both protocols finished; a block that was interrupted is to be left out.
 * @param seed Equal seeds and pairs give equal findings.
 */
export function judgeContest(
  pairs: readonly BlockPair[],
  seed: number,
  { margin = DEFAULT_MARGIN, concurrency = 1, looks = 1, resamples = RESAMPLES }: JudgingSettings =
    {},
): Findings {
  const rest = proportionOf(pairs.map((pair) => pair.rest));
  const grpc = proportionOf(pairs.map((pair) => pair.grpc));
  const requests = Math.min(rest.finished, grpc.finished);
  const estimates = pairs.length < 2 ? null : estimateContest(pairs, seed, resamples);
  const rates = estimates?.success_rate ?? null;
  const moreReliable = rates === null ? null : moreReliableOf(
    successRateInterval(rest, grpc, rates, confidenceIn(PRIMARY_METRIC, looks)),
    margin,
  );

  const measure = ({ key, kind }: typeof CONTESTED_METRICS[number]): Measured => {
    const samples = Math.min(rest.successes, grpc.successes);
    const shortfall = shortfallOf(key, pairs.length, samples, concurrency);
    if (shortfall !== null) return { kind: "lacking", shortfall };
    const estimate = estimates?.[key] ?? null;
    if (estimate === null) return { kind: "lacking", shortfall: { reason: "no-value" } };
    const confidence = confidenceIn(key, looks);
    const interval = kind === "share"
      ? successRateInterval(rest, grpc, estimate, confidence)
      : intervalAround(estimate, confidence);
    return { kind: "estimated", estimate, interval };
  };
  const findings = CONTESTED_METRICS.map((metric): [ContestedKey, Finding] => {
    const measured = measure(metric);
    const evidence = { metricKind: metric.kind, measured, moreReliable, requests };
    return [metric.key, { measured, verdict: judge(evidence, margin) }];
  });
  return Object.fromEntries(findings) as Record<ContestedKey, Finding>;
}

/** What is left of findings where the clients explain times and rates: sizes and reliability. */
export function withoutClients(findings: Findings): Findings {
  const judged = CONTESTED_METRICS.map(({ key, kind }): [ContestedKey, Finding] => {
    const { measured, verdict } = findings[key];
    const stands = kind !== "time" && kind !== "rate" || measured.kind === "lacking" ||
      verdict.kind === "error-rates-differ";
    return [key, { measured, verdict: stands ? verdict : { kind: "client-bound" } }];
  });
  return Object.fromEntries(judged) as Record<ContestedKey, Finding>;
}

function proportionOf(
  blocks: readonly { readonly successes: number; readonly failures: number }[],
): Proportion {
  const successes = blocks.reduce((sum, block) => sum + block.successes, 0);
  const failures = blocks.reduce((sum, block) => sum + block.failures, 0);
  return { successes, finished: successes + failures };
}
