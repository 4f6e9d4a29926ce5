import type { BlockTotals } from "./block_totals.ts";

/**
 * Many blocks of one protocol read as one, each counted as often as its weight says. Changing the
 * weights costs one pass over the blocks, a quantile about a dozen: no histogram is merged.
 */
export class PooledBlocks {
  readonly #blocks: readonly BlockTotals[];
  readonly #lowerMs: Float64Array;
  readonly #upperMs: Float64Array;
  /** Row by bucket, column by block: how many durations of that block lie in that bucket or below. */
  readonly #cumulative: Uint32Array;
  #weights: Float64Array;
  #successes = 0;
  #failures = 0;
  #payloadBytes = 0;
  #durationMs = 0;
  #responseTimeSumMs = 0;

  /** Every block weighs 1 until other weights are set. */
  constructor(blocks: readonly BlockTotals[]) {
    this.#blocks = blocks;
    const upperByLower = new Map<number, number>();
    for (const { responseTime: { lowerMs, upperMs } } of blocks) {
      lowerMs.forEach((lower, index) => upperByLower.set(lower, upperMs[index]!));
    }
    this.#lowerMs = Float64Array.from(upperByLower.keys()).sort();
    this.#upperMs = this.#lowerMs.map((lower) => upperByLower.get(lower)!);
    this.#cumulative = cumulate(blocks, this.#lowerMs);
    this.#weights = new Float64Array(blocks.length);
    this.weigh(this.#weights.fill(1));
  }

  get successes(): number {
    return this.#successes;
  }

  get failures(): number {
    return this.#failures;
  }

  get finished(): number {
    return this.#successes + this.#failures;
  }

  get payloadBytes(): number {
    return this.#payloadBytes;
  }

  get durationMs(): number {
    return this.#durationMs;
  }

  get responseTimeSumMs(): number {
    return this.#responseTimeSumMs;
  }

  /** @param weights One for each block, in their order; read again at every quantile. */
  weigh(weights: Float64Array): void {
    this.#weights = weights;
    this.#successes = 0;
    this.#failures = 0;
    this.#payloadBytes = 0;
    this.#durationMs = 0;
    this.#responseTimeSumMs = 0;
    for (let index = 0; index < weights.length; index++) {
      const block = this.#blocks[index]!;
      const weight = weights[index]!;
      this.#successes += weight * block.successes;
      this.#failures += weight * block.failures;
      this.#payloadBytes += weight * block.payloadBytes;
      this.#durationMs += weight * block.durationMs;
      this.#responseTimeSumMs += weight * block.responseTimeSumMs;
    }
  }

  /**
   * The response time that a share of the successes does not exceed, in milliseconds; `NaN` without
   * a success. Interpolated within its bucket, or whole microseconds would pass for differences
   * between fast servers.
   *
   * @param share Between 0 and 1, as in 0.95.
   */
  quantileMs(share: number): number {
    const rank = share * this.#successes;
    let below = -1;
    let bucket = this.#lowerMs.length - 1;
    if (bucket < 0 || rank <= 0) return NaN;
    while (bucket - below > 1) {
      const middle = (below + bucket) >> 1;
      if (this.#countUpTo(middle) < rank) below = middle;
      else bucket = middle;
    }
    const before = this.#countUpTo(below);
    const within = (rank - before) / (this.#countUpTo(bucket) - before);
    const lowerMs = this.#lowerMs[bucket]!;
    return lowerMs + within * (this.#upperMs[bucket]! - lowerMs);
  }

  #countUpTo(bucket: number): number {
    if (bucket < 0) return 0;
    const weights = this.#weights;
    const row = bucket * weights.length;
    let count = 0;
    for (let block = 0; block < weights.length; block++) {
      count += weights[block]! * this.#cumulative[row + block]!;
    }
    return count;
  }
}

function cumulate(blocks: readonly BlockTotals[], lowerMs: Float64Array): Uint32Array {
  const cumulative = new Uint32Array(lowerMs.length * blocks.length);
  blocks.forEach(({ responseTime }, column) => {
    let next = 0;
    let count = 0;
    for (let bucket = 0; bucket < lowerMs.length; bucket++) {
      if (responseTime.lowerMs[next] === lowerMs[bucket]) count += responseTime.counts[next++]!;
      cumulative[bucket * blocks.length + column] = count;
    }
  });
  return cumulative;
}
