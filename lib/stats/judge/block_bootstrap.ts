import { randomIntegers } from "../../ids.ts";
import type { BlockPair } from "../record/block_totals.ts";
import { bySide } from "../record/side.ts";
import type { Estimate } from "./interval.ts";
import type { MetricKind } from "./metric.ts";
import { CONTESTED_METRICS, type ContestedKey } from "./metrics.ts";
import { PooledBlocks } from "./pooled_blocks.ts";

/** Enough for a standard error good to 2%, which is all that an estimate takes from the resamples. */
export const RESAMPLES = 2000;

/** Keeps the resampling apart from the user ids and the order of the blocks, drawn from the same seed. */
const SEED_OFFSET = 0xb007;

/** The subject by the baseline; `null` where a side has no value to compare. */
export type Estimates = Readonly<Record<ContestedKey, Estimate | null>>;

/** One metric's contrast of the sides: in all blocks as measured, and in every resample of them. */
export interface Contrasts {
  readonly key: ContestedKey;
  readonly kind: MetricKind;
  /** Natural logarithm of subject / baseline, or for a share subject − baseline; not finite where it does not exist. */
  readonly measured: number;
  readonly resampled: Float64Array;
}

/**
 * Estimates every contested metric's ratio or difference by a paired block bootstrap: whole blocks
 * are drawn with replacement, both sides together, since requests that follow each other are
 * alike and what slows a machine down slows both. The standard error is that of the resamples times
 * sqrt(n / (n − 1)), which they lack because they scatter about the sample and not about the truth.
 *
 * Intervals are then t intervals (see `intervalAround`): with few blocks the resamples' own percentiles
 * are far too narrow, and at ten the 99.5% one would lie beyond what 2,000 resamples can show.
 *
 * @param pairs At least 2: one block has no scatter.
 * @param seed Equal seeds and pairs give equal estimates.
 * @param timeoutMs What requests that timed out took at least; see `PooledBlocks`.
 */
export function estimateContest(
  pairs: readonly BlockPair[],
  seed: number,
  resamples: number = RESAMPLES,
  timeoutMs: number = Infinity,
): Estimates {
  const estimates = resampleContest(pairs, seed, resamples, timeoutMs).map((contrasts) =>
    [contrasts.key, estimateFrom(contrasts, pairs.length)] as const
  );
  return Object.fromEntries(estimates) as Record<ContestedKey, Estimate | null>;
}

/** The resamples behind the estimates, for whoever wants to look at their whole distribution. */
export function resampleContest(
  pairs: readonly BlockPair[],
  seed: number,
  resamples: number,
  timeoutMs: number = Infinity,
): Contrasts[] {
  const { subject, baseline } = bySide((side) =>
    new PooledBlocks(pairs.map((pair) => pair[side]), timeoutMs)
  );
  const all = CONTESTED_METRICS.map(({ key, kind, valueIn }) => {
    const contrasted = () => contrast(kind, valueIn(subject), valueIn(baseline));
    const resampled = new Float64Array(resamples);
    return { key, kind, measured: contrasted(), contrasted, resampled };
  });
  const draw = randomIntegers(seed + SEED_OFFSET);
  const weights = new Float64Array(pairs.length);
  for (let resample = 0; resample < resamples; resample++) {
    weights.fill(0);
    for (let drawn = 0; drawn < pairs.length; drawn++) weights[draw(0, pairs.length - 1)]!++;
    subject.weigh(weights);
    baseline.weigh(weights);
    for (const { contrasted, resampled } of all) resampled[resample] = contrasted();
  }
  return all;
}

function contrast(kind: MetricKind, subject: number, baseline: number): number {
  // The difference of two logarithms, not the logarithm of a ratio: swapping the sides then gives
  // the same digits with the other sign.
  return kind === "share" ? subject - baseline : Math.log(subject) - Math.log(baseline);
}

function estimateFrom({ kind, measured, resampled }: Contrasts, blocks: number): Estimate | null {
  if (!Number.isFinite(measured)) return null;
  return {
    scale: kind === "share" ? "points" : "ratio",
    value: kind === "share" ? measured : Math.exp(measured),
    standardError: resampled.every(Number.isFinite)
      ? standardDeviation(resampled) * Math.sqrt(blocks / (blocks - 1))
      : Infinity,
    degreesOfFreedom: blocks - 1,
  };
}

function standardDeviation(values: Float64Array): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return Math.sqrt(squares / values.length);
}
