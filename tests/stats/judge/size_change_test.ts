import assert from "node:assert/strict";
import { sizeChangeIn } from "../../../lib/stats/judge/size_change.ts";
import { blockTotals } from "../../../lib/stats/record/block_totals.ts";
import { Recorder } from "../../../lib/stats/record/recorder.ts";
import { successAfter } from "../../support/simulated_server.ts";

function blockOf(sizes: readonly number[]) {
  const recorder = new Recorder();
  for (const payloadBytes of sizes) recorder.record(successAfter(5, payloadBytes));
  return blockTotals(recorder, 1000);
}

const alike = (bytes: number) => blockOf(new Array(50).fill(bytes));

Deno.test("answers that became more than twice as large, or half as large, are counted", () => {
  const blocks = [alike(45), alike(46), alike(5000), alike(5000)];
  assert.deepEqual(sizeChangeIn(blocks), {
    answers: 200,
    changed: 100,
    firstBytes: 45,
    laterBytes: 5000,
  });
  assert.equal(sizeChangeIn([alike(5000), alike(45)])?.changed, 50);
  assert.equal(sizeChangeIn([alike(45), alike(80)]), null, "by less than a factor of two");
  const one = [...new Array(19).fill(0).map(() => alike(45)), alike(5000)];
  assert.equal(sizeChangeIn(one), null, "a twentieth of the answers");
  assert.equal(sizeChangeIn([]), null);
});

Deno.test("sizes that vary from the start, however much, hardly ever seem to change", () => {
  let state = 7;
  const random = () => (state = state * 48271 % 2147483647) / 2147483647;
  // Heavy tails, and now and then an answer a hundred times as large.
  const tails = () => 40 / (1 - random()) ** 0.8;
  const seldom = () => random() < 0.02 ? 5000 : 45;
  for (const size of [tails, seldom]) {
    let found = 0;
    for (let run = 0; run < 200; run++) {
      const blocks = Array.from({ length: 20 }, () => blockOf(Array.from({ length: 30 }, size)));
      if (sizeChangeIn(blocks) !== null) found++;
    }
    assert(found <= 2, `${found} of 200`);
  }
});
