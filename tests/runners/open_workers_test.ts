import assert from "node:assert/strict";
import { inProcess } from "../support/in_process.ts";
import {
  answerAtOnce,
  type Answering,
  withObservingServers,
} from "../support/observing_servers.ts";
import { validReport } from "../support/saved_document.ts";

/** Holds back every answer from the n-th request on, until so much later. */
function stallFrom(nth: number, stallMs: number): Answering {
  let over: Promise<void> | null = null;
  return async ({ userIds }) => {
    if (userIds.length >= nth) over ??= new Promise((resolve) => setTimeout(resolve, stallMs));
    await over;
    return true;
  };
}

Deno.test("threads agree on where a stretch ends that had to catch up, and each id is sent once", async () => {
  await withObservingServers(async ({ targets, rest, grpc }) => {
    const { stdout } = await inProcess([
      ..."-r 400 -c 400 --rate 200 --workers 2 --seed 6 -o json".split(" "),
      "--user-id-range",
      "1-1000000",
      ...targets,
    ]);
    const report = validReport(stdout);
    for (const side of [report.rest, report.grpc]) {
      assert.equal(side.total_requests, 400);
      assert.equal(side.open_load!.unsent_requests, 0);
      assert(side.total_duration >= 1.9, String(side.total_duration));
    }
    const uncounted = report.test_metadata.warm_up_requests;
    const asked = (ids: readonly number[]) => new Set(ids.slice(1));
    // The same requests on both sides, whatever was sent besides to see whether a side catches up.
    const common = [...asked(rest.userIds)].filter((id) => asked(grpc.userIds).has(id));
    assert(common.length >= 400, `${common.length} of 400 and ${uncounted} besides`);
    // A stall of half a second delays a hundred requests, by a quarter of a second on average.
    assert(report.rest.p95_response_time! > 250);
  }, { rest: stallFrom(60, 500), grpc: answerAtOnce });
});
