import assert from "node:assert/strict";
import fc from "fast-check";
import type { MetricKind } from "../../../lib/stats/judge/metric.ts";
import {
  DEFAULT_MARGIN,
  judge,
  moreReliableOf,
  type Verdict,
  type Withheld,
} from "../../../lib/stats/judge/verdict.ts";

function verdictOn(
  metricKind: MetricKind,
  [low, value, high]: readonly [number, number, number],
  withheld: Withheld | null = null,
): Verdict {
  const scale = metricKind === "share" ? "points" : "ratio";
  return judge({
    metricKind,
    measured: {
      kind: "estimated",
      estimate: { scale, value, standardError: 0.01, degreesOfFreedom: 9 },
      interval: { confidence: 0.95, low, high },
    },
    withheld,
    requests: 1000,
  }, DEFAULT_MARGIN);
}

Deno.test("a win takes an interval wholly beyond the margin", () => {
  assert.deepEqual(verdictOn("time", [1.06, 1.2, 1.36]), { kind: "win", winner: "baseline" });
  assert.deepEqual(verdictOn("time", [0.7, 0.8, 0.94]), { kind: "win", winner: "subject" });
  assert.deepEqual(verdictOn("rate", [1.06, 1.2, 1.36]), { kind: "win", winner: "subject" });
  assert.deepEqual(verdictOn("size", [1.06, 1.2, 1.36]), { kind: "win", winner: "baseline" });
  assert.deepEqual(verdictOn("share", [1.1, 2, 2.9]), { kind: "win", winner: "subject" });
});

Deno.test("an interval wholly within the margin is equivalence, or a real but small difference", () => {
  assert.deepEqual(verdictOn("time", [0.98, 1, 1.02]), { kind: "equivalent" });
  assert.deepEqual(verdictOn("time", [1.01, 1.02, 1.03]), {
    kind: "small-difference",
    better: "baseline",
  });
  assert.deepEqual(verdictOn("time", [1, 1, 1]), { kind: "equivalent" });
  assert.deepEqual(verdictOn("share", [-0.9, -0.5, -0.1]), {
    kind: "small-difference",
    better: "baseline",
  });
});

Deno.test("an interval across the margin decides nothing, and says who leads only if that is sure", () => {
  const unsure = verdictOn("time", [0.9, 1.01, 1.13]);
  assert(unsure.kind === "inconclusive" && unsure.better === null);
  const leading = verdictOn("time", [1.02, 1.1, 1.19]);
  assert(leading.kind === "inconclusive" && leading.better === "baseline");
});

Deno.test("a percentage margin is the same for either side: 1.05 times as much, or 1.05 times less", () => {
  assert.equal(verdictOn("time", [1 / 1.049, 1, 1.049]).kind, "equivalent");
  assert.equal(verdictOn("time", [1 / 1.051, 1, 1.049]).kind, "inconclusive");
});

Deno.test("the wider the interval, the more requests it takes to decide, as its square", () => {
  const needed = (halfWidth: number) => {
    const verdict = verdictOn("time", [Math.exp(-halfWidth), 1, Math.exp(halfWidth)]);
    assert(verdict.kind === "inconclusive");
    return verdict.requestsToDecide!;
  };
  assert(needed(0.1) > 1000);
  const growth = needed(0.4) / needed(0.1);
  assert(growth > 14.4 && growth < 17.6, `${growth}`);
});

Deno.test("no number of requests is named where none would decide", () => {
  const onTheEdge = verdictOn("time", [0.9, 1.05, 1.225]);
  assert(onTheEdge.kind === "inconclusive");
  assert.equal(onTheEdge.requestsToDecide, null);
  const endless = verdictOn("time", [0, 1.2, Infinity]);
  assert(endless.kind === "inconclusive");
  assert.equal(endless.requestsToDecide, null);
});

const RATES_DIFFER = { kind: "error-rates-differ", moreReliable: "subject" } as const;

Deno.test("where error rates differ, nothing but reliability can be won", () => {
  for (const kind of ["time", "size", "rate"] as const) {
    assert.deepEqual(verdictOn(kind, [1.5, 2, 3], RATES_DIFFER), RATES_DIFFER);
  }
  assert.equal(verdictOn("share", [10, 20, 30], RATES_DIFFER).kind, "win");
  assert.equal(verdictOn("count", [1.5, 2, 3], RATES_DIFFER).kind, "win");
});

Deno.test("error rates differ materially beyond one percentage point, with confidence", () => {
  const of = (low: number, high: number) =>
    moreReliableOf({ confidence: 0.95, low, high }, DEFAULT_MARGIN);
  assert.equal(of(1.1, 3), "subject");
  assert.equal(of(-3, -1.1), "baseline");
  assert.equal(of(0.5, 3), null);
  assert.equal(of(-0.1, 0.1), null);
});

Deno.test("what the run lacks is named, unless error rates say more", () => {
  const evidence = {
    metricKind: "time",
    measured: {
      kind: "lacking",
      shortfall: { reason: "few-samples", samples: 500, needed: 1000 },
    },
    requests: 1000,
  } as const;
  assert.deepEqual(judge({ ...evidence, withheld: null }, DEFAULT_MARGIN), {
    kind: "unsupported",
    shortfall: { reason: "few-samples", samples: 500, needed: 1000 },
  });
  assert.equal(
    judge({ ...evidence, withheld: RATES_DIFFER }, DEFAULT_MARGIN).kind,
    "error-rates-differ",
  );
});

Deno.test("swapping the sides mirrors every verdict", () => {
  // Thousandths and a bit: an end exactly on an edge would be decided by rounding.
  const logs = fc.integer({ min: -300, max: 300 }).map((thousandths) => thousandths / 1000);
  const widths = fc.nat(200).map((thousandths) => (thousandths + 0.3) / 1000);
  const kinds = fc.constantFrom<MetricKind>("time", "size", "rate", "count");
  const other = { subject: "baseline", baseline: "subject" } as const;
  fc.assert(fc.property(kinds, logs, widths, (kind, log, width) => {
    const there = verdictOn(kind, [Math.exp(log - width), Math.exp(log), Math.exp(log + width)]);
    const back = verdictOn(kind, [Math.exp(-log - width), Math.exp(-log), Math.exp(width - log)]);
    assert.equal(there.kind, back.kind);
    if (there.kind === "win" && back.kind === "win") {
      assert.equal(there.winner, other[back.winner]);
    }
    if (there.kind === "small-difference" && back.kind === "small-difference") {
      assert.equal(there.better, other[back.better]);
    }
  }));
});
