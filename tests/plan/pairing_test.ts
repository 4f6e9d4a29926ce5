import assert from "node:assert/strict";
import { type Pairing, REST_BY_GRPC, sidesOf } from "../../lib/plan/pairing.ts";
import { SIDE_LABELS } from "../../lib/report/labels.ts";
import { BlockLedger } from "../../lib/stats/record/block_ledger.ts";
import { Recorder } from "../../lib/stats/record/recorder.ts";
import { successAfter } from "../support/simulated_server.ts";

/** A finished turn of that many successes. */
function turnOf(successes: number): Recorder {
  const recorder = new Recorder();
  for (let request = 0; request < successes; request++) recorder.record(successAfter(5));
  return recorder;
}

Deno.test("REST is measured by gRPC, and both are called so", () => {
  assert.deepEqual(sidesOf(REST_BY_GRPC, { rest: 1, grpc: 2 }), { subject: 1, baseline: 2 });
  assert.deepEqual(SIDE_LABELS, { subject: "REST", baseline: "gRPC" });
});

Deno.test("a ledger pairs any two of its contenders, either way round", () => {
  const ledger = new BlockLedger();
  const duration = { totalMs: 100, wallMs: 100 };
  for (const [contender, successes] of [["rest", 1], ["grpc", 2], ["v2", 3]] as const) {
    for (const block of [0, 1]) ledger.add(block, contender, turnOf(successes), duration);
  }
  ledger.add(2, "v2", turnOf(3), duration);
  const successesOf = (subject: string, baseline: string) =>
    ledger.pairs({ subject, baseline }).map((pair) => [
      pair.subject.successes,
      pair.baseline.successes,
    ]);
  const swapped: Pairing = { subject: "grpc", baseline: "rest" };
  assert.deepEqual(successesOf(swapped.subject, swapped.baseline), [[2, 1], [2, 1]]);
  assert.deepEqual(successesOf("v2", "rest"), [[3, 1], [3, 1]], "a block that only one finished");
  assert.deepEqual(successesOf("v2", "absent"), []);
});
