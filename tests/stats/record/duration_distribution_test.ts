import assert from "node:assert/strict";
import fc from "fast-check";
import { Int32Histogram } from "hdr-histogram-js";
import { HdrHistogram, highestIn } from "../../../lib/stats/record/hdr_histogram.ts";
import {
  DurationDistribution,
  lowerEdgeMs,
  upperEdgeMs,
} from "../../../lib/stats/record/duration_distribution.ts";

/** Durations from a microsecond to ten minutes, spread over all magnitudes. */
const durations = fc.array(
  fc.double({ min: -3, max: Math.log10(600_000), noNaN: true }).map((exponent) => 10 ** exponent),
  { minLength: 1, maxLength: 400 },
);

function distributionOf(values: readonly number[]): DurationDistribution {
  const distribution = new DurationDistribution();
  for (const value of values) distribution.record(value);
  return distribution;
}

/** Nearest rank: the smallest value that at least p percent of the values do not exceed. */
function exactPercentile(values: readonly number[], percent: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(percent * sorted.length / 100) - 1)]!;
}

function assertClose(actual: number, expected: number, relative: number, absolute: number) {
  const allowed = Math.max(Math.abs(expected) * relative, absolute);
  assert(
    Math.abs(actual - expected) <= allowed,
    `${actual} is not within ${allowed} of ${expected}`,
  );
}

Deno.test("percentiles are the exact ones to three digits or a microsecond", () => {
  fc.assert(fc.property(durations, (values) => {
    const statistics = distributionOf(values).statistics()!;
    assertClose(statistics.p50, exactPercentile(values, 50), 0.001, 0.001);
    assertClose(statistics.p95, exactPercentile(values, 95), 0.001, 0.001);
    assertClose(statistics.p99, exactPercentile(values, 99), 0.001, 0.001);
  }));
});

Deno.test("mean, extremes and deviation are exact but for rounding", () => {
  fc.assert(fc.property(durations, (values) => {
    const statistics = distributionOf(values).statistics()!;
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
    assert.equal(statistics.samples, values.length);
    assert.equal(statistics.min, Math.min(...values));
    assert.equal(statistics.max, Math.max(...values));
    assertClose(statistics.mean, mean, 1e-9, 1e-9);
    assertClose(statistics.stddev, Math.sqrt(variance), 1e-6, 1e-6);
  }));
});

Deno.test("percentiles never leave the range of what was recorded, and never fall", () => {
  fc.assert(fc.property(durations, (values) => {
    const { min, p50, p95, p99, max } = distributionOf(values).statistics()!;
    assert(min <= p50 && p50 <= p95 && p95 <= p99 && p99 <= max);
  }));
});

Deno.test("merging two distributions equals recording everything in one", () => {
  fc.assert(fc.property(durations, durations, (first, second) => {
    const merged = distributionOf(first);
    merged.merge(distributionOf(second));
    const whole = distributionOf([...first, ...second]).statistics()!;
    const statistics = merged.statistics()!;
    assert.deepEqual(
      [statistics.samples, statistics.min, statistics.max, statistics.p50, statistics.p95],
      [whole.samples, whole.min, whole.max, whole.p50, whole.p95],
    );
    assertClose(statistics.mean, whole.mean, 1e-9, 1e-9);
    assertClose(statistics.stddev, whole.stddev, 1e-6, 1e-6);
  }));
});

Deno.test("a distribution of nothing has no statistics, and merging it changes nothing", () => {
  const empty = new DurationDistribution();
  assert.equal(empty.statistics(), null);
  const one = distributionOf([1.5]);
  one.merge(empty);
  assert.equal(one.statistics()!.p99, 1.5);
  empty.merge(one);
  assert.equal(empty.statistics()!.mean, 1.5);
});

Deno.test("a duration of an hour is kept to three digits", () => {
  const { p50 } = distributionOf([3_599_000, 3_600_000, 3_600_000]).statistics()!;
  assertClose(p50, 3_600_000, 0.001, 0);
});

Deno.test("the buckets hold every duration between their edges, in ascending order", () => {
  fc.assert(fc.property(durations, (values) => {
    const { numbers, counts } = distributionOf(values).buckets();
    const lowerMs = Array.from(numbers, lowerEdgeMs);
    const upperMs = Array.from(numbers, upperEdgeMs);
    const sorted = [...values].sort((a, b) => a - b);
    let rank = 0;
    counts.forEach((count, bucket) => {
      assert(count > 0);
      assert(bucket === 0 || lowerMs[bucket]! >= upperMs[bucket - 1]! - 1e-9);
      for (const value of sorted.slice(rank, rank + count)) {
        assertClose(value, Math.min(Math.max(value, lowerMs[bucket]!), upperMs[bucket]!), 0, 1e-9);
      }
      rank += count;
    });
    assert.equal(rank, values.length);
  }));
  assert.equal(new DurationDistribution().buckets().counts.length, 0);
});

Deno.test("percentiles are those of another implementation of the same histogram", () => {
  fc.assert(fc.property(durations, fc.integer({ min: 1, max: 99 }), (values, percentile) => {
    const histogram = new HdrHistogram();
    const other = new Int32Histogram(1, 60_000_000, 3);
    other.autoResize = true;
    for (const value of values.map((value) => Math.round(value * 1_000_000))) {
      histogram.record(value, 1);
      other.recordValue(value);
    }
    assert.equal(
      highestIn(histogram.bucketAtPercentile(percentile)),
      other.getValueAtPercentile(percentile),
    );
  }));
});
