import type { BlockTotals } from "../record/block_totals.ts";
import { lowerEdgeMs, upperEdgeMs } from "../record/duration_distribution.ts";

/**
 * Many blocks of one side read as one, each counted as often as its weight says. Changing the
 * weights costs one pass over the blocks, a quantile about a dozen: no histogram is merged.
 */
export class PooledBlocks {
  readonly #blocks: readonly BlockTotals[];
  /** The numbers of the buckets in use, ascending. */
  readonly #buckets: Uint32Array;
  /** Row by bucket, column by block: how many durations of that block lie in that bucket or below. */
  readonly #cumulative: Uint32Array;
  readonly #timeoutMs: number;
  #weights: Float64Array;
  #successes = 0;
  #failures = 0;
  #timeouts = 0;
  #payloadBytes = 0;
  #durationMs = 0;
  #responseTimeSumMs = 0;

  /**
   * Every block weighs 1 until other weights are set.
   *
   * @param timeoutMs What requests that timed out took at least.
   */
  constructor(blocks: readonly BlockTotals[], timeoutMs: number = Infinity) {
    this.#blocks = blocks;
    this.#timeoutMs = timeoutMs;
    const used = new Set(blocks.flatMap(({ responseTime }) => [...responseTime.numbers]));
    this.#buckets = Uint32Array.from(used).sort();
    this.#cumulative = cumulate(blocks, this.#buckets);
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
    this.#timeouts = 0;
    this.#payloadBytes = 0;
    this.#durationMs = 0;
    this.#responseTimeSumMs = 0;
    for (let index = 0; index < weights.length; index++) {
      const block = this.#blocks[index]!;
      const weight = weights[index]!;
      this.#successes += weight * block.successes;
      this.#failures += weight * block.failures;
      this.#timeouts += weight * block.timeouts;
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
   * A request that timed out took longer than any that was answered, and counts so: left out, it would
   * make a server look the faster the more of its slow answers come too late (Kaplan and Meier 1958, with
   * all that is censored at one end).
   *
   * @param share Between 0 and 1, as in 0.95.
   * @returns Where the quantile is such a request, the least that it can be.
   */
  quantileMs(share: number): number {
    const rank = share * (this.#successes + this.#timeouts);
    let below = -1;
    let row = this.#buckets.length - 1;
    if (row < 0 || this.#successes <= 0 || rank <= 0) return NaN;
    if (rank > this.#successes) return Math.max(this.#timeoutMs, upperEdgeMs(this.#buckets[row]!));
    while (row - below > 1) {
      const middle = (below + row) >> 1;
      if (this.#countUpTo(middle) < rank) below = middle;
      else row = middle;
    }
    const before = this.#countUpTo(below);
    const within = (rank - before) / (this.#countUpTo(row) - before);
    const bucket = this.#buckets[row]!;
    const lowerMs = lowerEdgeMs(bucket);
    return lowerMs + within * (upperEdgeMs(bucket) - lowerMs);
  }

  #countUpTo(row: number): number {
    if (row < 0) return 0;
    const weights = this.#weights;
    const start = row * weights.length;
    let count = 0;
    for (let block = 0; block < weights.length; block++) {
      count += weights[block]! * this.#cumulative[start + block]!;
    }
    return count;
  }
}

function cumulate(blocks: readonly BlockTotals[], buckets: Uint32Array): Uint32Array {
  const cumulative = new Uint32Array(buckets.length * blocks.length);
  blocks.forEach(({ responseTime: { numbers, counts } }, column) => {
    let next = 0;
    let count = 0;
    buckets.forEach((bucket, row) => {
      if (numbers[next] === bucket) count += counts[next++]!;
      cumulative[row * blocks.length + column] = count;
    });
  });
  return cumulative;
}
