import assert from "node:assert/strict";
import fc from "fast-check";
import type { ArrivalProcess, RateProfile } from "../../lib/plan/load_model.ts";
import { arrivalsWithin, RateCurve } from "../../lib/plan/rate_curve.ts";
import { WHOLE_LOAD } from "../../lib/runners/load_generator.ts";
import { type Arrivals, ArrivalTimes } from "../../lib/runners/pacing.ts";

const rates = fc.double({ min: 0.01, max: 100_000, noNaN: true });
const spansMs = fc.double({ min: 1, max: 600_000, noNaN: true });
const profiles: fc.Arbitrary<RateProfile> = fc.oneof(
  fc.record({ kind: fc.constant("constant" as const), perSecond: rates }),
  fc.record({
    kind: fc.constant("ramp" as const),
    fromPerSecond: fc.oneof(fc.constant(0), rates),
    toPerSecond: rates,
    overMs: spansMs,
  }),
  fc.record({
    kind: fc.constant("steps" as const),
    steps: fc.array(fc.record({ perSecond: rates, durationMs: spansMs }), {
      minLength: 1,
      maxLength: 8,
    }),
  }),
);
const processes = fc.constantFrom<ArrivalProcess>("uniform", "poisson");

function timesOf(rate: RateProfile, arrivals: ArrivalProcess, seed = 1): ArrivalTimes {
  return new ArrivalTimes({ kind: "open", rate, arrivals }, seed);
}

function firstOf(arrivals: Arrivals, count: number): number[] {
  return Array.from({ length: count }, () => arrivals.next());
}

function intervalsOf(times: readonly number[]): number[] {
  return times.map((time, index) => time - (times[index - 1] ?? 0));
}

function assertNear(actual: number, expected: number, relative = 1e-9): void {
  const tolerance = relative * Math.max(1, Math.abs(expected));
  assert(Math.abs(actual - expected) <= tolerance, `${actual} is not ${expected}`);
}

Deno.test("at a constant rate n requests take n / R, one at the end of each interval", () => {
  const stretch = timesOf({ kind: "constant", perSecond: 200 }, "uniform").stretch(WHOLE_LOAD);
  assert.deepEqual(firstOf(stretch, 4), [5, 10, 15, 20]);
  assert.equal(stretch.timeOf(4), 20);
});

Deno.test("a ramp from nothing to 100 a second in 10 seconds sends 500 requests meanwhile", () => {
  const ramp = { kind: "ramp", fromPerSecond: 0, toPerSecond: 100, overMs: 10_000 } as const;
  assert.equal(arrivalsWithin(ramp, 10_000), 500);
  const times = firstOf(timesOf(ramp, "uniform").stretch(WHOLE_LOAD), 501);
  // Half of the way up, a quarter of the requests.
  assertNear(times[124]!, 5000);
  assertNear(times[499]!, 10_000);
  // Then the rate holds.
  assertNear(times[500]!, 10_010);
});

Deno.test("a ramp may lead down", () => {
  const ramp = { kind: "ramp", fromPerSecond: 100, toPerSecond: 20, overMs: 10_000 } as const;
  const curve = new RateCurve(ramp);
  assertNear(curve.countAt(10_000), 600);
  assertNear(curve.countAt(11_000), 620);
  assertNear(curve.timeAt(600), 10_000);
});

Deno.test("steps hold their rates one after the other, and the last one from then on", () => {
  const steps = [{ perSecond: 10, durationMs: 200 }, { perSecond: 20, durationMs: 100 }];
  const times = firstOf(timesOf({ kind: "steps", steps }, "uniform").stretch(WHOLE_LOAD), 6);
  times.forEach((time, index) => assertNear(time, [100, 200, 250, 300, 350, 400][index]!));
});

Deno.test("a profile's count at a time and its time at a count are each other's inverse", () => {
  fc.assert(fc.property(profiles, spansMs, (profile, timeMs) => {
    const curve = new RateCurve(profile);
    assertNear(curve.timeAt(curve.countAt(timeMs)), timeMs, 1e-6);
  }));
});

Deno.test("as many requests as a duration holds end within it, and one more would not", () => {
  fc.assert(fc.property(profiles, spansMs, (profile, durationMs) => {
    const count = arrivalsWithin(profile, durationMs);
    const curve = new RateCurve(profile);
    assert(curve.timeAt(count) <= durationMs * (1 + 1e-6));
    assert(curve.timeAt(count + 1) >= durationMs * (1 - 1e-6));
  }));
});

Deno.test("a duration keeps its last request, whatever the rate's rounding", () => {
  for (const perSecond of [0.1, 0.3, 0.7, 1.1, 29.97]) {
    const count = arrivalsWithin({ kind: "constant", perSecond }, 100_000);
    assert.equal(count, Math.floor(Math.round(perSecond * 10_000) / 100));
  }
});

Deno.test("arrivals never go back in time, and the last of them ends its stretch", () => {
  fc.assert(
    fc.property(profiles, processes, fc.integer({ min: 1, max: 300 }), (rate, arrivals, count) => {
      const stretch = timesOf(rate, arrivals).stretch(WHOLE_LOAD);
      const times = firstOf(stretch, count);
      assert.equal(times.length, count);
      assert(intervalsOf(times).every((interval) => interval >= 0));
      assert.equal(times.at(-1), stretch.timeOf(count));
      assert.equal(stretch.position, count);
    }),
  );
});

Deno.test("a load cut into stretches is the same load, with time standing still between them", () => {
  const counts = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 6 });
  fc.assert(fc.property(profiles, processes, counts, (rate, arrivals, lengths) => {
    const count = lengths.reduce((sum, length) => sum + length, 0);
    const whole = firstOf(timesOf(rate, arrivals).stretch(WHOLE_LOAD), count);
    const cut = timesOf(rate, arrivals);
    let startMs = 0;
    const joined = lengths.flatMap((length) => {
      const stretch = cut.stretch(WHOLE_LOAD);
      const times = firstOf(stretch, length).map((time) => time + startMs);
      startMs += stretch.timeOf(length);
      // What was drawn beyond the end comes again.
      firstOf(stretch, 3);
      stretch.endAfter(length);
      return times;
    });
    joined.forEach((time, index) => assertNear(time, whole[index]!));
  }));
});

Deno.test("shares of a load are together the load, each with every n-th request", () => {
  fc.assert(
    fc.property(profiles, processes, fc.integer({ min: 1, max: 5 }), (rate, arrivals, of) => {
      const whole = firstOf(timesOf(rate, arrivals).stretch(WHOLE_LOAD), 23);
      for (let index = 0; index < of; index++) {
        const times = timesOf(rate, arrivals);
        const share = { index, of };
        const own = whole.filter((_, position) => position % of === index);
        assert.deepEqual(firstOf(times.stretch(share), own.length), own);
      }
    }),
  );
});

Deno.test("equal seeds give equal Poisson arrivals, and others give others", () => {
  const rate = { kind: "constant", perSecond: 100 } as const;
  const times = (seed: number) => firstOf(timesOf(rate, "poisson", seed).stretch(WHOLE_LOAD), 50);
  assert.deepEqual(times(7), times(7));
  assert.notDeepEqual(times(7), times(8));
});

Deno.test("Poisson intervals have the rate's mean, and a deviation as large as the mean", () => {
  const count = 100_000;
  const rate = { kind: "constant", perSecond: 1000 } as const;
  const intervals = intervalsOf(firstOf(timesOf(rate, "poisson").stretch(WHOLE_LOAD), count));
  const mean = intervals.reduce((sum, interval) => sum + interval, 0) / count;
  const variance = intervals.reduce((sum, interval) => sum + (interval - mean) ** 2, 0) / count;
  // Standard errors: 1/316 of the mean, 1/112 of the variance; the seed is fixed.
  assertNear(mean, 1, 0.01);
  assertNear(variance, 1, 0.03);
  // Exponential: e⁻² of the intervals are longer than twice the mean.
  assertNear(intervals.filter((interval) => interval > 2).length / count, Math.exp(-2), 0.005);
});

Deno.test("Poisson arrivals in a window vary as much as they are many", () => {
  const rate = { kind: "constant", perSecond: 1000 } as const;
  // Short of the 5000 windows that hold the arrivals on average: the last must not lie beyond them.
  const counts = new Array<number>(4900).fill(0);
  for (const time of firstOf(timesOf(rate, "poisson").stretch(WHOLE_LOAD), 100_000)) {
    const window = Math.floor(time / 20);
    if (window < counts.length) counts[window]!++;
  }
  const mean = counts.reduce((sum, count) => sum + count, 0) / counts.length;
  const variance = counts.reduce((sum, count) => sum + (count - mean) ** 2, 0) / counts.length;
  assertNear(variance / mean, 1, 0.1);
});

Deno.test("Poisson arrivals keep to a ramp: half of the way up, a quarter of them has come", () => {
  const ramp = { kind: "ramp", fromPerSecond: 0, toPerSecond: 10_000, overMs: 10_000 } as const;
  const times = firstOf(timesOf(ramp, "poisson").stretch(WHOLE_LOAD), 50_000);
  const quarter = times.filter((time) => time < 5000).length;
  // 12,500 with a deviation of 112.
  assertNear(quarter, 12_500, 0.03);
});

Deno.test("so many are due by a time as have their own time before it, however many were drawn", () => {
  const draws = fc.array(fc.nat(20), { minLength: 1, maxLength: 30 });
  fc.assert(fc.property(profiles, processes, draws, (rate, arrivals, steps) => {
    const times = timesOf(rate, arrivals).stretch(WHOLE_LOAD);
    const all = firstOf(timesOf(rate, arrivals).stretch(WHOLE_LOAD), 1000);
    let reached = 0;
    for (const step of steps) {
      reached += step;
      if (step % 2 === 0) times.next();
      const timeMs = reached === 0 ? 0 : all[reached - 1]!;
      assert.equal(times.dueBy(timeMs), all.filter((time) => time <= timeMs).length);
    }
  }));
});

Deno.test("what lies behind is forgotten, and what a stretch may still go back to is not", () => {
  const arrivals = timesOf({ kind: "constant", perSecond: 1000 }, "poisson");
  const whole = firstOf(
    timesOf({ kind: "constant", perSecond: 1000 }, "poisson").stretch(WHOLE_LOAD),
    60_000,
  );
  const stretch = arrivals.stretch(WHOLE_LOAD);
  firstOf(stretch, 50_000);
  stretch.dueBy(whole[49_999]!);
  stretch.endAfter(49_500);
  const next = arrivals.stretch(WHOLE_LOAD).next();
  assertNear(next, whole[49_500]! - whole[49_499]!, 1e-6);
});
