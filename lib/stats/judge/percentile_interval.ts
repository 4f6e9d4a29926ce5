import { chanceInterval } from "../record/binomial.ts";
import { type DurationBuckets, lowerEdgeMs, upperEdgeMs } from "../record/duration_distribution.ts";

/** Where a percentile lies, in milliseconds. */
export interface PercentileInterval {
  readonly low: number;
  /** `null` where too few samples lie beyond it: it may be anything above `low`. */
  readonly high: number | null;
}

/**
 * The interval of a percentile by order statistics, which takes no shape of the distribution for granted.
 * It is as wide as independent samples make it: what holds up many of them together makes it too narrow.
 *
 * @param percent As in 99.
 * @param confidence Between 0 and 1, as in 0.95.
 * @returns `null` without a sample.
 */
export function percentileInterval(
  { numbers, counts }: DurationBuckets,
  percent: number,
  confidence: number,
): PercentileInterval | null {
  const trials = counts.reduce((sum, count) => sum + count, 0);
  if (trials === 0) return null;
  const share = 1 - percent / 100;
  const beyond = (count: number) => chanceInterval({ count, trials }, confidence);
  // Far above the expected number, so that no search goes through all of a large sample.
  const reach = Math.min(trials, Math.ceil(trials * share * 2) + 20);
  // So many lie beyond the percentile at most, and so few would be a surprise.
  const most = lastWhere(reach, (count) => beyond(count).low <= share);
  const least = lastWhere(reach, (count) => beyond(count).high <= share);
  const fromTop = (rank: number) => {
    let bucket = numbers.length - 1;
    for (let above = counts[bucket]!; above < rank; above += counts[--bucket]!);
    return numbers[bucket]!;
  };
  return {
    low: lowerEdgeMs(fromTop(Math.min(trials, Math.max(1, most + 1)))),
    high: least < 0 ? null : upperEdgeMs(fromTop(Math.min(trials, least + 1))),
  };
}

/** The last count from 0 on for which a condition holds that does not hold again; -1 where none does. */
function lastWhere(most: number, holds: (count: number) => boolean): number {
  let [low, high] = [-1, most];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (holds(middle)) low = middle;
    else high = middle - 1;
  }
  return low;
}
