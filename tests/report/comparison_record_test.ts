import assert from "node:assert/strict";
import fc from "fast-check";
import { comparisonRecord } from "../../lib/report/comparison_record.ts";
import { CONTESTED_METRICS } from "../../lib/stats/judge/metrics.ts";
import type { SideRecord } from "../../lib/report/side_record.ts";
import { steadyFindings } from "../support/findings.ts";
import { SEED_GRPC, SEED_REST } from "../support/seed_sample.ts";

function summary(base: SideRecord, changes: Partial<SideRecord>): SideRecord {
  return { ...base, ...changes };
}

const WITHOUT_SUCCESS: Partial<SideRecord> = {
  successful_requests: 0,
  failed_requests: 1000,
  success_rate: 0,
  avg_response_time: null,
  median_response_time: null,
  p95_response_time: null,
  p99_response_time: null,
  avg_payload_size: null,
  total_bytes_transferred: 0,
  throughput: 0,
  data_transfer_rate: 0,
  network_efficiency: null,
};

function compare(rest: SideRecord, grpc: SideRecord) {
  return comparisonRecord({ subject: rest, baseline: grpc }, steadyFindings(rest, grpc));
}

Deno.test("the specification's sample gives the specification's winners and differences", () => {
  const comparison = compare(SEED_REST, SEED_GRPC);
  assert.equal(comparison.avg_response_time_diff_pct!.toFixed(1), "27.0");
  assert.equal(comparison.avg_payload_size_diff_pct!.toFixed(1), "-26.5");
  assert.equal(comparison.throughput_diff_pct!.toFixed(1), "22.3");
  assert.equal(comparison.winner.avg_response_time, "REST");
  assert.equal(comparison.winner.avg_payload_size, "gRPC");
  assert.equal(comparison.winner.success_rate, "gRPC");
});

Deno.test("swapping the sides swaps the winners and leaves the differences", () => {
  const values = fc.double({ min: 0.01, max: 1e6, noNaN: true });
  fc.assert(fc.property(values, values, (a, b) => {
    const keys = CONTESTED_METRICS.map(({ key }) => key);
    const all = (value: number) => Object.fromEntries(keys.map((key) => [key, value]));
    const there = compare(summary(SEED_REST, all(a)), summary(SEED_GRPC, all(b)));
    const back = compare(summary(SEED_REST, all(b)), summary(SEED_GRPC, all(a)));
    const swapped = { REST: "gRPC", gRPC: "REST", none: "none" } as const;
    for (const key of keys) {
      assert.equal(there[`${key}_diff_pct`], back[`${key}_diff_pct`]);
      assert.equal(swapped[there.winner[key]], back.winner[key]);
    }
  }));
});

Deno.test("the sign of a difference tells the kind of the metric", () => {
  const comparison = compare(SEED_REST, SEED_GRPC);
  for (const { key, kind } of CONTESTED_METRICS) {
    assert.equal(Math.sign(comparison[`${key}_diff_pct`]!), kind === "size" ? -1 : 1, key);
  }
});

Deno.test("equal values have no winner and no difference", () => {
  const comparison = compare(SEED_REST, summary(SEED_REST, { protocol: "gRPC" }));
  for (const { key } of CONTESTED_METRICS) {
    assert.equal(comparison.winner[key], "none");
    assert.equal(comparison[`${key}_diff_pct`], 0);
  }
});

Deno.test("a protocol without success has no difference of a finite size", () => {
  const comparison = compare(SEED_REST, summary(SEED_GRPC, WITHOUT_SUCCESS));
  assert.equal(comparison.avg_response_time_diff_pct, null);
  assert.equal(comparison.throughput_diff_pct, null);
  assert.equal(comparison.total_bytes_transferred_diff_pct, null);
});

Deno.test("only a win names a winner, however large the difference", () => {
  const undecided = { kind: "inconclusive", better: "subject", requestsToDecide: 5000 } as const;
  const steady = steadyFindings(SEED_REST, SEED_GRPC);
  const findings = {
    ...steady,
    throughput: { ...steady.throughput, verdict: undecided },
    avg_payload_size: {
      ...steady.avg_payload_size,
      verdict: { kind: "small-difference", better: "baseline" } as const,
    },
  };
  const { winner, throughput_diff_pct } = comparisonRecord(
    { subject: SEED_REST, baseline: SEED_GRPC },
    findings,
  );
  assert.equal(winner.throughput, "none");
  assert.equal(winner.avg_payload_size, "none");
  assert.equal(winner.p95_response_time, "REST");
  assert.equal(throughput_diff_pct!.toFixed(1), "22.3");
});
