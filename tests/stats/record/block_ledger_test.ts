import assert from "node:assert/strict";
import type { Failure } from "../../../lib/requests/sample.ts";
import { BlockLedger, type LoadDuration } from "../../../lib/stats/record/block_ledger.ts";
import { REST_BY_GRPC } from "../../../lib/plan/pairing.ts";
import { Recorder } from "../../../lib/stats/record/recorder.ts";
import { summarize } from "../../../lib/stats/judge/summary.ts";
import { ConnectionTimes } from "../../../lib/stats/record/connection_times.ts";
import { successAfter } from "../../support/simulated_server.ts";

const NO_PORT: Failure = {
  kind: "failure",
  errorType: "No Free Local Port",
  cause: "EADDRNOTAVAIL",
  reason: { kind: "own-limit", limit: "ports" },
};

const UNAVAILABLE: Failure = {
  kind: "failure",
  errorType: "UNAVAILABLE",
  cause: "it is down",
  reason: { kind: "grpc-status", status: "UNAVAILABLE" },
};

function lasting(ms: number): LoadDuration {
  return { totalMs: ms, wallMs: ms };
}

function recorded(successes: number, failures: readonly Failure[] = []): Recorder {
  const recorder = new Recorder();
  for (let request = 0; request < successes; request++) recorder.record(successAfter(5));
  for (const failure of failures) recorder.record(failure);
  return recorder;
}

Deno.test("a block in which this machine ran out of something is in no verdict, on either side", () => {
  const ledger = new BlockLedger();
  for (const block of [0, 1, 2]) {
    ledger.add(block, "rest", recorded(10, block === 1 ? [NO_PORT, NO_PORT] : []), lasting(100));
    ledger.add(block, "grpc", recorded(10, [UNAVAILABLE]), lasting(100));
  }
  assert.equal(ledger.pairs(REST_BY_GRPC).length, 2);
  const { clientFaults } = ledger;
  assert.deepEqual([clientFaults.blocks, clientFaults.ownLimits], [1, ["ports"]]);
  const connectionTimes = new ConnectionTimes();
  const rest = summarize({ ...ledger.totals("rest"), pace: null, connectionTimes });
  const grpc = summarize({ ...ledger.totals("grpc"), pace: null, connectionTimes });
  assert.deepEqual([rest.total_requests, rest.failed_requests, rest.client_failures], [32, 2, 2]);
  assert.equal(rest.success_rate, 100, "no server failed one of these");
  assert.equal(grpc.success_rate, 100 * 30 / 33);
  assert.deepEqual(rest.errors, { "No Free Local Port": 2 });
});

Deno.test("where this machine made every request fail, there is no success rate", () => {
  const ledger = new BlockLedger();
  ledger.add(0, "rest", recorded(0, [NO_PORT]), lasting(100));
  const summary = summarize({
    pace: null,
    ...ledger.totals("rest"),
    connectionTimes: new ConnectionTimes(),
  });
  assert.deepEqual([summary.success_rate, summary.client_failures], [null, 1]);
});

Deno.test("a turn that a standstill hit counts nowhere, and its block in no verdict", () => {
  const ledger = new BlockLedger();
  for (const block of [0, 1]) {
    ledger.add(block, "rest", recorded(10), lasting(100));
    if (block === 0) ledger.drop(block, recorded(3, [UNAVAILABLE]));
    else ledger.add(block, "grpc", recorded(10), lasting(100));
  }
  assert.equal(ledger.pairs(REST_BY_GRPC).length, 1);
  assert.equal(ledger.totals("grpc").recorder.finished, 10);
  const { blocks, droppedRequests } = ledger.clientFaults;
  assert.deepEqual([blocks, droppedRequests], [1, 4]);
});

Deno.test("failures that this machine made travel between threads and blocks with the others", () => {
  const copy = new Recorder();
  copy.add(recorded(5, [NO_PORT, UNAVAILABLE]).snapshot());
  copy.merge(recorded(5, [NO_PORT]));
  assert.deepEqual([copy.failures, copy.ownFailures, copy.finished], [3, 2, 13]);
  copy.reset();
  assert.deepEqual([copy.failures, copy.ownFailures, [...copy.ownLimits]], [0, 0, []]);
});
