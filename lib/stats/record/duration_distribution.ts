import { HdrHistogram, highestIn, lowestIn } from "./hdr_histogram.ts";

/** Statistics of a distribution of durations; all in milliseconds. */
export interface DurationStatistics {
  readonly samples: number;
  readonly mean: number;
  readonly min: number;
  readonly max: number;
  /** Population standard deviation. */
  readonly stddev: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

/**
 * What a distribution holds, bucket by bucket in ascending order, without the empty ones. A number
 * means the same bucket in every distribution: the durations between {@link lowerEdgeMs} and
 * {@link upperEdgeMs}.
 */
export interface DurationBuckets {
  readonly numbers: Uint32Array;
  readonly counts: Uint32Array;
}

/** What is kept exactly beside the histogram. */
interface DurationMoments {
  readonly count: number;
  readonly meanMs: number;
  /** In square milliseconds. */
  readonly squaredDeviationSum: number;
  readonly minMs: number;
  readonly maxMs: number;
}

/** A distribution as plain data: the buckets in use, each by a value of its own and its count. */
export interface DurationSnapshot extends DurationMoments {
  readonly valuesUs: readonly number[];
  readonly counts: readonly number[];
}

const MICROSECONDS_PER_MS = 1000;

/**
 * A distribution of durations whose memory does not depend on how many were recorded.
 *
 * Percentiles come from an HDR histogram (microseconds, 3 significant digits) by nearest rank: the
 * smallest recorded value that at least p% of the values do not exceed, within 0.1% or 1 µs.
 * Mean and deviation are running sums (Welford 1962; merged after Chan, Golub and LeVeque 1979),
 * minimum and maximum are kept as they were, so those four carry no bucket error.
 */
export class DurationDistribution {
  readonly #histogram = new HdrHistogram();
  #count = 0;
  #meanMs = 0;
  #squaredDeviationSum = 0;
  #minMs = Infinity;
  #maxMs = 0;

  get count(): number {
    return this.#count;
  }

  /** What the recorded durations add up to, in milliseconds. */
  get sumMs(): number {
    return this.#meanMs * this.#count;
  }

  /** @param durationMs Milliseconds, at least 0. */
  record(durationMs: number): void {
    this.#histogram.record(Math.round(durationMs * MICROSECONDS_PER_MS), 1);
    this.#count++;
    const deviation = durationMs - this.#meanMs;
    this.#meanMs += deviation / this.#count;
    this.#squaredDeviationSum += deviation * (durationMs - this.#meanMs);
    if (durationMs < this.#minMs) this.#minMs = durationMs;
    if (durationMs > this.#maxMs) this.#maxMs = durationMs;
  }

  /** Forgets everything, and keeps its memory. */
  reset(): void {
    if (this.#count === 0) return;
    this.#histogram.reset();
    this.#count = 0;
    this.#meanMs = 0;
    this.#squaredDeviationSum = 0;
    this.#minMs = Infinity;
    this.#maxMs = 0;
  }

  /** Adds everything that `other` recorded, as if it had been recorded here. */
  merge(other: DurationDistribution): void {
    if (other.#count === 0) return;
    this.#histogram.add(other.#histogram);
    this.#addMoments(other.#moments());
  }

  /** All that it holds, as plain data. */
  snapshot(): DurationSnapshot {
    const used = this.#histogram.usedBuckets();
    return {
      ...this.#moments(),
      valuesUs: used.map(lowestIn),
      counts: used.map((bucket) => this.#histogram.countIn(bucket)),
    };
  }

  /** Adds what another distribution held when it gave the snapshot. */
  add(snapshot: DurationSnapshot): void {
    if (snapshot.count === 0) return;
    snapshot.valuesUs.forEach((valueUs, bucket) =>
      this.#histogram.record(valueUs, snapshot.counts[bucket]!)
    );
    this.#addMoments(snapshot);
  }

  /** `null` where nothing was recorded: no statistic exists then. */
  statistics(): DurationStatistics | null {
    if (this.#count === 0) return null;
    return {
      samples: this.#count,
      mean: this.#meanMs,
      min: this.#minMs,
      max: this.#maxMs,
      stddev: Math.sqrt(this.#squaredDeviationSum / this.#count),
      p50: this.#percentileMs(50),
      p95: this.#percentileMs(95),
      p99: this.#percentileMs(99),
    };
  }

  /** A copy that takes memory only for the buckets in use, and no longer follows the distribution. */
  buckets(): DurationBuckets {
    const numbers = Uint32Array.from(this.#histogram.usedBuckets());
    return { numbers, counts: numbers.map((bucket) => this.#histogram.countIn(bucket)) };
  }

  #moments(): DurationMoments {
    return {
      count: this.#count,
      meanMs: this.#meanMs,
      squaredDeviationSum: this.#squaredDeviationSum,
      // JSON has no infinity; of nothing, nobody reads the minimum.
      minMs: this.#count === 0 ? 0 : this.#minMs,
      maxMs: this.#maxMs,
    };
  }

  #addMoments(other: DurationMoments): void {
    if (this.#count === 0) {
      // Copied, not computed: a snapshot gives back exactly what it was taken from.
      this.#count = other.count;
      this.#meanMs = other.meanMs;
      this.#squaredDeviationSum = other.squaredDeviationSum;
      this.#minMs = other.minMs;
      this.#maxMs = other.maxMs;
      return;
    }
    const count = this.#count + other.count;
    const deviation = other.meanMs - this.#meanMs;
    this.#squaredDeviationSum += other.squaredDeviationSum +
      deviation ** 2 * this.#count * other.count / count;
    this.#meanMs += deviation * other.count / count;
    this.#count = count;
    this.#minMs = Math.min(this.#minMs, other.minMs);
    this.#maxMs = Math.max(this.#maxMs, other.maxMs);
  }

  /** A bucket's upper edge may pass the extremes, which are known exactly: never report beyond them. */
  #percentileMs(percentile: number): number {
    const valueMs = highestIn(this.#histogram.bucketAtPercentile(percentile)) / MICROSECONDS_PER_MS;
    return Math.min(Math.max(valueMs, this.#minMs), this.#maxMs);
  }
}

/** A recorded value was rounded to whole microseconds, so a bucket reaches half of one further. */
export function lowerEdgeMs(bucket: number): number {
  return Math.max(0, lowestIn(bucket) - 0.5) / MICROSECONDS_PER_MS;
}

export function upperEdgeMs(bucket: number): number {
  return (highestIn(bucket) + 0.5) / MICROSECONDS_PER_MS;
}
