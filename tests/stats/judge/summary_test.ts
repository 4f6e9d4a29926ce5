import assert from "node:assert/strict";
import fc from "fast-check";
import type { Sample } from "../../../lib/requests/sample.ts";
import { ConnectionTimes } from "../../../lib/stats/record/connection_times.ts";
import { Recorder } from "../../../lib/stats/record/recorder.ts";
import { summarize } from "../../../lib/stats/judge/summary.ts";

const noPhases = {
  connectionWaitMs: null,
  streamWaitMs: null,
  firstByteMs: null,
  downloadMs: null,
};

const samples = fc.array(
  fc.oneof(
    fc.record<Sample & { kind: "success" }>({
      kind: fc.constant("success"),
      responseTimeMs: fc.double({ min: 0.001, max: 10_000, noNaN: true }),
      payloadBytes: fc.nat(100_000),
      phases: fc.constant(noPhases),
      wireBytes: fc.constant(null),
    }),
    fc.record<Sample & { kind: "failure" }>({
      kind: fc.constant("failure"),
      errorType: fc.constantFrom("HTTP 500", "Connection Timeout", "__proto__"),
      cause: fc.string(),
      reason: fc.constant({ kind: "other" } as const),
    }),
  ),
  { maxLength: 300 },
);

function recorderOf(recorded: readonly Sample[]): Recorder {
  const recorder = new Recorder();
  for (const sample of recorded) recorder.record(sample);
  return recorder;
}

function summaryOf(recorder: Recorder, durationMs = 2000) {
  return summarize({
    recorder,
    duration: { totalMs: durationMs, wallMs: 2 * durationMs },
    pace: null,
    connectionTimes: new ConnectionTimes(),
  });
}

Deno.test("every request is counted once, as a success or as a failure of one type", () => {
  fc.assert(fc.property(samples, (recorded) => {
    const summary = summaryOf(recorderOf(recorded));
    const errorCount = Object.values(summary.errors).reduce((sum, count) => sum + count, 0);
    assert.equal(summary.successful_requests + summary.failed_requests, summary.total_requests);
    assert.equal(summary.total_requests, recorded.length);
    assert.equal(errorCount, summary.failed_requests);
  }));
});

Deno.test("rates and averages follow the contract's formulas", () => {
  fc.assert(fc.property(samples, (recorded) => {
    const summary = summaryOf(recorderOf(recorded));
    const successes = recorded.filter((sample) => sample.kind === "success");
    const bytes = successes.reduce((sum, { payloadBytes }) => sum + payloadBytes, 0);
    assert.equal(summary.total_bytes_transferred, bytes);
    assert.equal(summary.throughput, successes.length / 2);
    assert.equal(summary.data_transfer_rate, bytes / 2);
    if (successes.length === 0) {
      assert.equal(summary.avg_payload_size, null);
      assert.equal(summary.avg_response_time, null);
      assert.equal(summary.network_efficiency, null);
    } else {
      assert.equal(summary.avg_payload_size, bytes / successes.length);
      assert.equal(
        summary.network_efficiency,
        summary.avg_payload_size! / summary.avg_response_time!,
      );
    }
  }));
});

Deno.test("merged recorders summarize like one that saw everything", () => {
  fc.assert(fc.property(samples, samples, (first, second) => {
    const merged = recorderOf(first);
    merged.merge(recorderOf(second));
    const whole = summaryOf(recorderOf([...first, ...second]));
    const summary = summaryOf(merged);
    for (const key of ["total_requests", "failed_requests", "total_bytes_transferred"] as const) {
      assert.equal(summary[key], whole[key]);
    }
    assert.equal(summary.p95_response_time, whole.p95_response_time);
    assert.deepEqual(Object.entries(summary.errors).sort(), Object.entries(whole.errors).sort());
  }));
});

Deno.test("a protocol of which nothing ended has no rates at all", () => {
  const summary = summaryOf(new Recorder(), 0);
  assert.equal(summary.success_rate, null);
  assert.equal(summary.throughput, null);
  assert.equal(summary.data_transfer_rate, null);
});

Deno.test("errors are listed from the most to the least frequent", () => {
  const failure = (errorType: string): Sample => ({
    kind: "failure",
    errorType,
    cause: "",
    reason: { kind: "other" },
  });
  const recorder = recorderOf(["HTTP 404", "HTTP 500", "HTTP 500", "HTTP 400"].map(failure));
  assert.deepEqual(Object.keys(summaryOf(recorder).errors), ["HTTP 500", "HTTP 400", "HTTP 404"]);
});

Deno.test("a phase that the client cannot see is null, and one that it saw has its statistics", () => {
  const phases = { connectionWaitMs: null, streamWaitMs: null, firstByteMs: 3, downloadMs: null };
  const recorder = recorderOf([
    { kind: "success", responseTimeMs: 5, payloadBytes: 10, phases, wireBytes: null },
  ]);
  const { timing_breakdown: timing } = summaryOf(recorder);
  assert.equal(timing.connection_time, null);
  assert.deepEqual(timing.first_byte_time, { samples: 1, mean: 3, p50: 3, p95: 3, p99: 3 });
  assert.equal(timing.download_time, null);
});
