import type { BlockPair, BlockTotals } from "../record/block_totals.ts";
import { bySide } from "../record/side.ts";
import type { Estimate } from "./interval.ts";
import type { ContestedKey } from "./metrics.ts";

/** Student's t no longer changes beyond so many. */
const MOST_DEGREES_OF_FREEDOM = 1000;

/**
 * The metrics that every request tells by itself: what is known of them does not hang on how requests follow
 * each other, or little enough that it can be told without blocks. The size of a payload, whose ratio's
 * standard error follows from its variance on both sides (delta method), and the success rate, binomial but
 * for what comes in spells.
 */
const ESTIMATE_BY_REQUESTS = {
  avg_payload_size: payloadRatio,
  success_rate: rateDifference,
} as const satisfies Partial<
  Record<ContestedKey, (subject: RequestTotals, baseline: RequestTotals) => Estimate | null>
>;

export function isToldByRequests(key: ContestedKey): boolean {
  return Object.hasOwn(ESTIMATE_BY_REQUESTS, key);
}

/**
 * Estimates those metrics from how single requests scatter, for runs with too few blocks to see how those do.
 *
 * @param pairs At least 1.
 */
export function estimateByRequests(
  pairs: readonly BlockPair[],
): Partial<Record<ContestedKey, Estimate | null>> {
  const { subject, baseline } = bySide((side) => totalsOf(pairs.map((pair) => pair[side])));
  const estimates = Object.entries(ESTIMATE_BY_REQUESTS)
    .map(([key, estimate]) => [key, estimate(subject, baseline)]);
  return Object.fromEntries(estimates);
}

interface RequestTotals {
  readonly successes: number;
  readonly finished: number;
  readonly failureSpells: number;
  readonly payloadBytes: number;
  readonly payloadSquares: number;
}

function totalsOf(blocks: readonly BlockTotals[]): RequestTotals {
  const sum = (of: (block: BlockTotals) => number) =>
    blocks.reduce((total, block) => total + of(block), 0);
  return {
    successes: sum((block) => block.successes),
    finished: sum((block) => block.successes + block.failures),
    failureSpells: sum((block) => block.failureSpells),
    payloadBytes: sum((block) => block.payloadBytes),
    payloadSquares: sum((block) => block.payloadSquares),
  };
}

function payloadRatio(subject: RequestTotals, baseline: RequestTotals): Estimate | null {
  const successes = Math.min(subject.successes, baseline.successes);
  if (successes < 2 || subject.payloadBytes === 0 || baseline.payloadBytes === 0) return null;
  return {
    scale: "ratio",
    value: (subject.payloadBytes / subject.successes) /
      (baseline.payloadBytes / baseline.successes),
    standardError: Math.sqrt(squaredRelativeError(subject) + squaredRelativeError(baseline)),
    degreesOfFreedom: Math.min(successes - 1, MOST_DEGREES_OF_FREEDOM),
  };
}

/** Of a mean: its variance over its square. */
function squaredRelativeError({ successes, payloadBytes, payloadSquares }: RequestTotals): number {
  const mean = payloadBytes / successes;
  const variance = Math.max(0, payloadSquares / successes - mean ** 2);
  return variance / (successes - 1) / mean ** 2;
}

function rateDifference(subject: RequestTotals, baseline: RequestTotals): Estimate | null {
  const finished = Math.min(subject.finished, baseline.finished);
  if (finished < 2) return null;
  const [subjectRate, baselineRate] = [
    subject.successes / subject.finished,
    baseline.successes / baseline.finished,
  ];
  const variance = rateVariance(subject) + rateVariance(baseline);
  return {
    scale: "points",
    value: 100 * (subjectRate - baselineRate),
    standardError: 100 * Math.sqrt(variance),
    degreesOfFreedom: Math.min(finished - 1, MOST_DEGREES_OF_FREEDOM),
  };
}

/**
 * Failures that come in spells are fewer events than requests. Independent ones of this rate would come in
 * `failures * successes / finished` spells; as many times fewer spells, so many times the variance.
 */
function rateVariance({ successes, finished, failureSpells }: RequestTotals): number {
  const rate = successes / finished;
  const spellsByChance = rate * (finished - successes);
  const clustering = failureSpells === 0 ? 1 : Math.max(1, spellsByChance / failureSpells);
  return clustering * rate * (1 - rate) / finished;
}
