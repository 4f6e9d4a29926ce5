/**
 * The smallest of the values that at least this share of them does not exceed.
 *
 * @param sorted Ascending, at least one.
 * @param share More than 0, at most 1.
 */
export function nearestRank(sorted: Float64Array, share: number): number {
  return sorted[Math.ceil(share * sorted.length) - 1]!;
}
