/** The middle value; of an even number of values, the mean of the middle two. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return sorted.length % 2 === 1
    ? sorted[Math.floor(middle)]!
    : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** The smallest and the largest, in brackets. */
export function spread(values: readonly number[]): string {
  return `(${Math.min(...values).toFixed(2)} to ${Math.max(...values).toFixed(2)})`;
}
