import assert from "node:assert/strict";
import { randomIntegers } from "../../../lib/ids.ts";
import { DurationDistribution } from "../../../lib/stats/record/duration_distribution.ts";
import { percentileInterval } from "../../../lib/stats/judge/percentile_interval.ts";

function distributionOf(valuesMs: Iterable<number>): DurationDistribution {
  const distribution = new DurationDistribution();
  for (const valueMs of valuesMs) distribution.record(valueMs);
  return distribution;
}

function intervalOf(count: number, confidence = 0.9) {
  const values = Array.from({ length: count }, (_, index) => index + 1);
  return percentileInterval(distributionOf(values).buckets(), 99, confidence);
}

Deno.test("a p99 has no upper bound until so many samples lie below it that a later one would be a surprise", () => {
  assert.equal(percentileInterval(distributionOf([]).buckets(), 99, 0.9), null);
  assert.equal(intervalOf(1)!.high, null);
  // 0.99^298 > 5% >= 0.99^299
  assert.equal(intervalOf(298)!.high, null);
  assert(Math.abs(intervalOf(299)!.high! - 299) < 1);
});

Deno.test("the interval narrows around the percentile, and holds it about as often as it promises", () => {
  const wide = intervalOf(1000)!;
  const narrow = intervalOf(100_000)!;
  assert(wide.low < 990 && wide.high! > 990);
  assert(narrow.low > 98_800 && narrow.high! < 99_200);
  const draw = randomIntegers(5);
  let held = 0;
  for (let run = 0; run < 400; run++) {
    const values = Array.from({ length: 600 }, () => draw(1, 1_000_000) / 1000);
    const { low, high } = percentileInterval(distributionOf(values).buckets(), 99, 0.9)!;
    if (low <= 990 && (high === null || high >= 990)) held++;
  }
  assert(held >= 350 && held <= 400, `${held} of 400`);
});
