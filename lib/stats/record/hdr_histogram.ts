/** Three significant digits: from here on, two buckets of one width count every value of a power of two. */
const SUB_BUCKETS = 1024;
const SUB_BUCKET_BITS = 10;
/** Up to 65,535; it doubles with whatever larger value comes. */
const INITIAL_BUCKETS = 7 * SUB_BUCKETS;
/** Bitwise operators take 32 bits; a larger value loses its lowest bits first, which no bucket tells. */
const FIRST_LONG_VALUE = 2 ** 31;
const LONG_SHIFT = 21;

/**
 * Counts whole numbers from 0 to 2^52 in the buckets of an HDR histogram with three significant digits
 * (G. Tene, hdrhistogram.org): below 2048 each number has its own, and above that a power of two is cut
 * into 1024 of equal width.
 *
 * Here and not from npm because it is called three times for each request: hdr-histogram-js finds a
 * bucket by a logarithm and two powers, which costs several times as much as counting leading zeros.
 */
export class HdrHistogram {
  #counts = new Uint32Array(INITIAL_BUCKETS);
  #total = 0;

  record(value: number, count: number): void {
    const bucket = bucketOf(value);
    if (bucket >= this.#counts.length) this.#growTo(bucket);
    this.#counts[bucket]! += count;
    this.#total += count;
  }

  /** Counts from nothing again, and keeps its memory. */
  reset(): void {
    this.#counts.fill(0);
    this.#total = 0;
  }

  add(other: HdrHistogram): void {
    for (const bucket of other.usedBuckets()) this.record(lowestIn(bucket), other.countIn(bucket));
  }

  countIn(bucket: number): number {
    return this.#counts[bucket]!;
  }

  /** In ascending order. */
  usedBuckets(): number[] {
    const used: number[] = [];
    this.#counts.forEach((count, bucket) => {
      if (count > 0) used.push(bucket);
    });
    return used;
  }

  /** The bucket of the smallest value that at least `percentile` % of all values do not exceed. */
  bucketAtPercentile(percentile: number): number {
    const rank = Math.max(1, Math.ceil(percentile * this.#total / 100));
    let bucket = 0;
    for (let count = this.#counts[0]!; count < rank; count += this.#counts[bucket]!) bucket++;
    return bucket;
  }

  #growTo(bucket: number): void {
    const grown = new Uint32Array(Math.max(bucket + 1, 2 * this.#counts.length));
    grown.set(this.#counts);
    this.#counts = grown;
  }
}

function bucketOf(value: number): number {
  if (value < 2 * SUB_BUCKETS) return value;
  const isLong = value >= FIRST_LONG_VALUE;
  const leading = isLong ? Math.floor(value / 2 ** LONG_SHIFT) : value;
  const shift = 31 - SUB_BUCKET_BITS - Math.clz32(leading);
  return (isLong ? shift + LONG_SHIFT : shift) * SUB_BUCKETS + (leading >> shift);
}

export function lowestIn(bucket: number): number {
  const shift = shiftOf(bucket);
  return (bucket - shift * SUB_BUCKETS) * 2 ** shift;
}

export function highestIn(bucket: number): number {
  return lowestIn(bucket) + 2 ** shiftOf(bucket) - 1;
}

/** By how many bits the values of a bucket are shifted to become a number below 2048. */
function shiftOf(bucket: number): number {
  return Math.max(0, Math.floor(bucket / SUB_BUCKETS) - 1);
}
