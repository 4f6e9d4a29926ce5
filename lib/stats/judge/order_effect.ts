import type { BlockTotals } from "../record/block_totals.ts";
import type { FirstAskingsSnapshot } from "../record/first_askings.ts";
import type { BySide } from "../record/side.ts";
import { intervalAround } from "./interval.ts";
import { twoSidedChance } from "./student_t.ts";

/**
 * How the time of an answer depends on whether the other side had asked for the same before: as a cache
 * behind both sides makes it.
 */
export interface OrderEffect {
  /** Whether the run shows one that matters. */
  readonly told: boolean;
  /** Typical time of what the other side had asked for over that of what nobody had: below 1, a cache. */
  readonly ratio: number;
  readonly low: number;
  readonly high: number;
  /** Of the interval from `low` to `high`, as in 0.99. */
  readonly confidence: number;
  /** The chance of as large a difference, where the order does nothing. */
  readonly pValue: number;
  /** Requests of both sides that it rests on. */
  readonly repeated: number;
  readonly fresh: number;
}

/** What of a block's two turns it takes to tell. */
export type OrderEvidence = BySide<Pick<BlockTotals, "firstAskings">>;

/** A run without an order effect is told of one so rarely. */
const ERROR_CHANCE = 0.01;
/** With fewer of either kind the sum of their logarithms need not be normal. */
const LEAST_REQUESTS = 5;

/**
 * Compares within each turn what the other side had asked for with what nobody had. Which
 * request is which follows from both sides' random orders alone. So where those do nothing, each turn's
 * requests are divided by lot, and the difference of the two means scatters as the turn's own variance
 * says, however much its requests are alike and the machine drifts (Neyman 1923, in strata): the test
 * needs no model of the noise. Turns weigh as much as they tell.
 *
 * @param marginPercent A smaller difference does not matter.
 * @returns `null` where too little was asked again, or for the first time, to tell.
 */
export function orderEffect(
  pairs: readonly OrderEvidence[],
  marginPercent: number,
): OrderEffect | null {
  const turns = pairs.flatMap((
    { subject, baseline },
  ) => [subject.firstAskings, baseline.firstAskings])
    .filter(({ fresh, repeated }) => fresh.count > 0 && repeated.count > 0);
  const fresh = sumOver(turns, (turn) => turn.fresh.count);
  const repeated = sumOver(turns, (turn) => turn.repeated.count);
  if (Math.min(fresh, repeated) < LEAST_REQUESTS) return null;
  const weight = sumOver(turns, weightOf);
  const difference = sumOver(turns, (turn) => weightOf(turn) * differenceIn(turn)) / weight;
  const standardError = Math.sqrt(sumOver(turns, (turn) => weightOf(turn) * varianceIn(turn))) /
    weight;
  if (standardError === 0) return null;
  const degreesOfFreedom = fresh + repeated - turns.length;
  const pValue = twoSidedChance(difference / standardError, degreesOfFreedom);
  const ratio = Math.exp(difference);
  const estimate = { scale: "ratio", value: ratio, standardError, degreesOfFreedom } as const;
  return {
    told: pValue < ERROR_CHANCE && Math.abs(difference) > Math.log1p(marginPercent / 100),
    ratio,
    ...intervalAround(estimate, 1 - ERROR_CHANCE),
    pValue,
    repeated,
    fresh,
  };
}

/** The inverse of a difference's variance, for requests of variance 1. */
function weightOf({ fresh, repeated }: FirstAskingsSnapshot): number {
  return fresh.count * repeated.count / (fresh.count + repeated.count);
}

function differenceIn({ fresh, repeated }: FirstAskingsSnapshot): number {
  return repeated.sum / repeated.count - fresh.sum / fresh.count;
}

/** Of all the turn's requests together, as lots are drawn from it. */
function varianceIn({ fresh, repeated }: FirstAskingsSnapshot): number {
  const count = fresh.count + repeated.count;
  const sum = fresh.sum + repeated.sum;
  const squares = fresh.sumOfSquares + repeated.sumOfSquares;
  return Math.max(0, squares - sum ** 2 / count) / (count - 1);
}

function sumOver<T>(items: readonly T[], valueOf: (item: T) => number): number {
  return items.reduce((sum, item) => sum + valueOf(item), 0);
}
