import assert from "node:assert/strict";
import { inProcessOverriding as inProcess } from "../support/in_process.ts";
import {
  answerAtOnce,
  type Observed,
  type ObservingOptions,
  withObservingServers,
} from "../support/observing_servers.ts";
import { validReport } from "../support/saved_document.ts";

/** 40 requests, 4 in flight, in a few blocks. */
const LOAD = ["-r", "40", "-c", "4", "--seed", "3", "-o", "json"];
const PREFLIGHT = 1;

async function runWith(args: readonly string[], answering?: ObservingOptions) {
  return await withObservingServers(async ({ targets, rest, grpc }) => {
    const { stdout } = await inProcess([...LOAD, ...targets, ...args]);
    return { report: validReport(stdout), rest, grpc };
  }, answering);
}

function assertArrivals(observed: Observed, count: number): void {
  assert.equal(observed.userIds.length, PREFLIGHT + count);
}

for (const workers of ["1", "2"]) {
  Deno.test(`places are filled before a block counts, which is told (threads: ${workers})`, async () => {
    const { report, rest, grpc } = await runWith(["--warmup", "10", "--workers", workers]);
    const { blocks, warm_up_requests: uncounted } = report.test_metadata;
    assert(uncounted > 10 && uncounted <= 10 + 4 * blocks, `${uncounted} in ${blocks} blocks`);
    for (const observed of [rest, grpc]) assertArrivals(observed, uncounted + 40);
    assert.equal(report.rest.total_requests, 40);
    assert.equal(report.grpc.total_requests, 40);
  });
}

Deno.test("without a warm-up nothing is sent that does not count", async () => {
  const { report, rest, grpc } = await runWith(["--warmup", "off"]);
  for (const observed of [rest, grpc]) assertArrivals(observed, 40);
  assert.equal(report.test_metadata.warm_up_requests, 0);
});

Deno.test("what fails among the uncounted requests is in no statistic", async () => {
  // Ten warm up, and four fill the places of the first block.
  const failsFirst = ({ userIds }: Observed) =>
    Promise.resolve(userIds.length === PREFLIGHT || userIds.length > PREFLIGHT + 10 + 4);
  const { report } = await runWith(["--warmup", "10"], { rest: failsFirst, grpc: answerAtOnce });
  assert.deepEqual(report.rest.errors, {});
  assert.equal(report.rest.successful_requests, 40);
});

Deno.test("a timed block counts requests however long its places take to be filled", async () => {
  // One block of 50 ms; whoever fills a place waits for longer.
  const slow = async () => {
    await new Promise((resolve) => setTimeout(resolve, 80));
    return true;
  };
  const { report } = await withObservingServers(async ({ targets }) => {
    const args = ["--duration", "50ms", "-c", "2", "-o", "json", ...targets, "--warmup", "2"];
    return { report: validReport((await inProcess(args)).stdout) };
  }, { rest: slow, grpc: slow });
  assert(report.rest.total_requests >= 2 && report.grpc.total_requests >= 2);
  assert(report.rest.wall_duration! > report.rest.total_duration);
});
