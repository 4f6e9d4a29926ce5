import assert from "node:assert/strict";
import fc from "fast-check";
import { chanceInterval } from "../../../lib/stats/record/binomial.ts";

function assertInterval(count: number, trials: number, low: number, high: number): void {
  const interval = chanceInterval({ count, trials }, 0.95);
  assert(Math.abs(interval.low - low) < 5e-5, `low ${interval.low}`);
  assert(Math.abs(interval.high - high) < 5e-5, `high ${interval.high}`);
}

Deno.test("the exact interval is that of published tables", () => {
  // Clopper and Pearson's own example, 3 of 10; then the rule of three, its mirror, and large numbers.
  assertInterval(3, 10, 0.0667, 0.6525);
  assertInterval(0, 20, 0, 0.1684);
  assertInterval(20, 20, 0.8316, 1);
  assertInterval(10, 200, 0.0242, 0.09);
});

Deno.test("of no trial nothing is known", () => {
  assert.deepEqual(chanceInterval({ count: 0, trials: 0 }, 0.95), { low: 0, high: 1 });
});

const frequencies = fc.integer({ min: 1, max: 5000 }).chain((trials) =>
  fc.record({ count: fc.integer({ min: 0, max: trials }), trials: fc.constant(trials) })
);

Deno.test("the interval holds the share that was seen, and mirrors", () => {
  fc.assert(
    fc.property(frequencies, ({ count, trials }) => {
      const { low, high } = chanceInterval({ count, trials }, 0.95);
      assert(low <= count / trials && count / trials <= high);
      const mirrored = chanceInterval({ count: trials - count, trials }, 0.95);
      assert(Math.abs(mirrored.low - (1 - high)) < 1e-9);
    }),
    { numRuns: 50 },
  );
});
