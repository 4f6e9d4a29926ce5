import assert from "node:assert/strict";
import fc from "fast-check";
import { OutstandingCurve } from "../../../lib/stats/judge/outstanding_curve.ts";

const LENGTH_MS = 4000;

/** Due evenly, and answered evenly at another rate from the first on. */
function curveOf(duePerMs: number, answeredPerMs: number, waitMs = 0): OutstandingCurve {
  const curve = new OutstandingCurve(LENGTH_MS);
  for (let index = 0; index < duePerMs * LENGTH_MS; index++) {
    const dueMs = index / duePerMs;
    curve.record(dueMs, Math.max(dueMs, index / answeredPerMs) + waitMs);
  }
  return curve;
}

Deno.test("the growth is the share that a server cannot answer, and nothing where it answers all", () => {
  const lacking = fc.double({ min: 0, max: 0.6, noNaN: true });
  fc.assert(fc.property(lacking, (lack) => {
    const { share } = curveOf(2, 2 * (1 - lack)).growth(0)!;
    assert(Math.abs(share - lack) < 0.01, `${share} for ${lack}`);
  }));
});

Deno.test("the time that the first answers take is no growth", () => {
  for (const waitMs of [10, 300, 1000]) {
    assert(Math.abs(curveOf(2, 2, waitMs).growth(waitMs)!.share) < 0.01, `${waitMs} ms`);
  }
  assert.equal(curveOf(2, 2, 3500).growth(3500), null, "nothing is left to look at");
  assert.equal(new OutstandingCurve(LENGTH_MS).growth(0), null);
});

Deno.test("an order of service other than that of arrival changes nothing", () => {
  const curve = new OutstandingCurve(LENGTH_MS);
  const due = Array.from({ length: 4000 }, (_, index) => index);
  // The last to come is served first: half of them wait for ever.
  for (const index of due) curve.record(index, index % 2 === 0 ? index + 1 : 1e9);
  assert(Math.abs(curve.growth(1)!.share - 0.5) < 0.01);
});

Deno.test("curves of several threads add up to that of the whole", () => {
  const [whole, one, other] = [0, 0, 0].map(() => new OutstandingCurve(LENGTH_MS));
  for (let index = 0; index < 2000; index++) {
    const times = [index * 2, index * 2.2] as const;
    whole!.record(...times);
    (index % 2 === 0 ? one! : other!).record(...times);
  }
  one!.add(other!.snapshot());
  assert.deepEqual(one!.snapshot(), whole!.snapshot());
});
