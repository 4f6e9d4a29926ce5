import assert from "node:assert/strict";
import { monotonicClock } from "../../lib/clock.ts";
import { consoleFormatter } from "../../lib/formatters/console.ts";
import { csvFormatter } from "../../lib/formatters/csv.ts";
import { inProcessOverriding as inProcess } from "../support/in_process.ts";
import {
  answerAtOnce,
  type Answering,
  withObservingServers,
} from "../support/observing_servers.ts";
import { protoduel } from "../support/process.ts";
import { withReferenceServers } from "../support/reference.ts";
import { validReport } from "../support/saved_document.ts";

function answerAfter(delayMs: number): Answering {
  return () => new Promise((resolve) => setTimeout(resolve, delayMs, true));
}

const SLOWER_GRPC = { rest: answerAfter(2), grpc: answerAfter(20) };

Deno.test("a side that is clearly slower loses: verdict, interval, winner and conclusion agree", async () => {
  await withObservingServers(async ({ targets }) => {
    const args = ["-r", "500", "-c", "10", ...targets, "--schedule", "interleaved"];
    const { stdout } = await inProcess([...args, "-o", "json"]);
    const { comparison, conclusion, test_metadata: metadata } = validReport(stdout);
    const median = comparison.verdicts.median_response_time;
    assert.equal(metadata.blocks, 10);
    assert.equal(median.verdict, "REST wins");
    assert.equal(median.scale, "ratio");
    assert(median.low! < median.estimate! && median.estimate! < median.high!);
    assert(median.high! < 1 / 1.05);
    assert.equal(comparison.winner.median_response_time, "REST");
    assert.match(conclusion[0]!, /^REST wins on median response time, the primary metric: /);
    const console = (await inProcess(args)).stdout;
    assert.match(console, /^Median Response Time \* +0\.\d+ +0\.\d+ to 0\.\d+ +REST wins$/m);
  }, SLOWER_GRPC);
});

Deno.test("a run of one block names no winner on time, and says what it takes", async () => {
  await withObservingServers(async ({ targets }) => {
    const { stdout, stderr } = await inProcess(["-r", "20", "-c", "10", ...targets, "-o", "json"]);
    const { comparison, conclusion } = validReport(stdout);
    assert.equal(comparison.verdicts.median_response_time.verdict, "unsupported");
    assert.match(comparison.verdicts.median_response_time.reason!, /it takes 4 blocks/);
    const { avg_payload_size: smaller, ...others } = comparison.winner;
    assert.equal(smaller, "gRPC", "which takes no blocks");
    assert.deepEqual([...new Set(Object.values(others))], ["none"]);
    assert.match(stderr, /^note: 20 requests per protocol with 10 in flight make 1 block of load/m);
    assert.match(conclusion[0]!, /^No verdict on median response time/);
  }, SLOWER_GRPC);
});

Deno.test("where one side fails materially more often, that is said first, and no winner is named on time", async () => {
  let answered = 0;
  const failHalf: Answering = () =>
    new Promise((resolve) => setTimeout(resolve, 1, answered++ % 2 === 0));
  await withObservingServers(async ({ targets }) => {
    const { stdout } = await inProcess(["-r", "600", "-c", "10", ...targets, "-o", "json"]);
    const { comparison, conclusion } = validReport(stdout);
    assert.match(
      conclusion[0]!,
      /^Error rates differ: 0\.0% of the REST requests failed and 50\.0%/,
    );
    assert.equal(comparison.verdicts.median_response_time.verdict, "error rates differ");
    assert.equal(comparison.winner.median_response_time, "none");
    assert.equal(comparison.winner.success_rate, "REST");
  }, { rest: answerAfter(5), grpc: failHalf });
});

Deno.test("a server that stops answering is told from when on; what came before is judged, and reliability is not", async () => {
  const stopAfter: Answering = ({ userIds }) =>
    new Promise((resolve) => {
      if (userIds.length <= 330) setTimeout(resolve, 20, true);
    });
  await withObservingServers(async ({ targets }) => {
    const args = ["-r", "500", "-c", "10", ...targets, "--schedule", "interleaved", "-o", "json"];
    const { stdout, code } = await inProcess([...args, "--timeout", "300ms"]);
    assert.equal(code, 0);
    const { outages, conclusion, comparison, test_metadata: metadata } = validReport(stdout);
    assert.deepEqual(
      outages.map(({ protocol, first_block: block, answered_again: again }) => [
        protocol,
        block,
        again,
      ]),
      [["gRPC", 7, false]],
    );
    assert.match(
      conclusion[0]!,
      /^gRPC stopped answering \d+\.\d+ s after the start, in block 7, /,
    );
    assert.equal(metadata.blocks, 6);
    assert.equal(comparison.winner.median_response_time, "REST");
    assert.equal(comparison.verdicts.success_rate.verdict, "unsupported");
  }, { rest: answerAfter(2), grpc: stopAfter });
});

Deno.test("a server that answers errors from some time on is told so, and fails: it is not out", async () => {
  const failAfter: Answering = ({ userIds }) =>
    new Promise((resolve) => setTimeout(resolve, 2, userIds.length <= 330));
  await withObservingServers(async ({ targets }) => {
    const args = ["-r", "500", "-c", "10", ...targets, "--schedule", "interleaved", "-o", "json"];
    const report = validReport((await inProcess(args)).stdout);
    assert.deepEqual(report.outages, []);
    assert.deepEqual(
      report.error_spells.map((spell) => [spell.protocol, spell.error_type, spell.succeeded_again]),
      [["REST", "HTTP 500", false], ["gRPC", "INTERNAL", false]],
    );
    const { conclusion, comparison } = report;
    assert.match(conclusion[0]!, /^Too many failures: /);
    assert.match(
      conclusion[1]!,
      /^From \d+\.\d+ s after the start on REST answered only HTTP 500: /,
    );
    assert.equal(comparison.verdicts.median_response_time.verdict, "too many failures");
  }, { rest: failAfter, grpc: failAfter });
});

Deno.test("a server that is silent for long ends the run early, with what was measured until then", async () => {
  let aheadMs = 0;
  const clock = () => monotonicClock() + aheadMs;
  // Whoever waits for this server waits long.
  const fallSilent: Answering = ({ userIds }) => {
    if (userIds.length <= 400) return Promise.resolve(true);
    aheadMs += 1500;
    return new Promise(() => {});
  };
  await withObservingServers(async ({ targets }) => {
    const args = ["-r", "20000", "-c", "10", ...targets, "--timeout", "300ms", "-o", "json"];
    const { stdout, code } = await inProcess([...args, "--schedule", "interleaved"], { clock });
    const { conclusion, rest, outages } = validReport(stdout);
    assert.equal(code, 0);
    assert(rest.failed_requests >= 20 && rest.failed_requests < 100, `${rest.failed_requests}`);
    assert.equal(outages[0]?.answered_again, false);
    const told = "The run ended early, since REST did not come back: this is what was measured " +
      "until then";
    assert(conclusion.includes(told), conclusion.join("\n"));
  }, { rest: fallSilent, grpc: answerAtOnce });
});

Deno.test("--margin decides what matters", async () => {
  await withObservingServers(async ({ targets }) => {
    const args = ["-r", "500", "-c", "10", ...targets, "--margin", "100%", "-o", "json"];
    const { comparison } = validReport((await inProcess(args)).stdout);
    assert.equal(comparison.margin_pct, 100);
    const { verdict } = comparison.verdicts.avg_payload_size;
    assert.equal(verdict, "real but small", "JSON is less than twice as long here");
    assert.equal(comparison.winner.avg_payload_size, "none");
  }, SLOWER_GRPC);
});

Deno.test("a simultaneous schedule puts both under load at once, and warns", async () => {
  let [restInFlight, grpcInFlight, together] = [0, 0, 0];
  const track = (begin: () => void, end: () => void): Answering => async () => {
    begin();
    if (restInFlight > 0 && grpcInFlight > 0) together++;
    await new Promise((resolve) => setTimeout(resolve, 2));
    end();
    return true;
  };
  await withObservingServers(async ({ targets }) => {
    const args = ["-r", "50", "-c", "5", ...targets, "--schedule", "simultaneous", "-o", "json"];
    const { stdout, stderr } = await inProcess(args);
    const { rest, grpc, notes } = validReport(stdout);
    assert.deepEqual([rest.total_requests, grpc.total_requests], [50, 50]);
    assert(together > 0);
    assert.match(stderr, /^warning: both protocols share this client/);
    assert(notes.some((note) => note.startsWith("Simultaneous:")));
  }, {
    rest: track(() => restInFlight++, () => restInFlight--),
    grpc: track(() => grpcInFlight++, () => grpcInFlight--),
  });
});

Deno.test("interleaved blocks alternate between the protocols, and each gets every request", async () => {
  const order: string[] = [];
  const log = (name: string): Answering => () => (order.push(name), Promise.resolve(true));
  await withObservingServers(async ({ targets }) => {
    await inProcess(["-r", "500", "-c", "5", ...targets, "--schedule", "interleaved"]);
  }, { rest: log("REST"), grpc: log("gRPC") });
  const load = order.slice(2);
  assert.equal(load.filter((name) => name === "REST").length, 500);
  const changes = load.filter((name, index) => index > 0 && name !== load[index - 1]).length;
  assert(changes >= 9 && changes <= 19, `${changes} changes between 10 blocks`);
});

Deno.test("the warm-up comes before the run, and is in no count", async () => {
  await withObservingServers(async ({ targets, rest, grpc }) => {
    const args = ["-r", "39", "-c", "4", "--seed", "3", ...targets, "-o", "json"];
    const cold = validReport((await inProcess(args)).stdout);
    const ids = rest.userIds.splice(0).slice(1);
    const warm = validReport((await inProcess([...args, "--warmup", "25"])).stdout);
    assert.deepEqual([cold.rest.total_requests, warm.rest.total_requests], [39, 39]);
    // Four more fill the places of the one block.
    assert.equal(warm.test_metadata.warm_up_requests, 25 + 4);
    assert.equal(rest.userIds.length, 1 + 25 + 4 + 39);
    assert.equal(grpc.userIds.length, 1 + 39 + 1 + 25 + 4 + 39);
    const ascending = (list: readonly number[]) => list.toSorted((a, b) => a - b);
    assert.deepEqual(
      ascending(rest.userIds.slice(30)),
      ascending(ids),
      "the seed's ids are measured",
    );
  });
});

Deno.test("--until-decided stops at the first look at a clear case, and goes on to the limit at equals", async () => {
  const until = ["--until-decided", "--schedule", "interleaved", "-o", "json"];
  await withObservingServers(async ({ targets }) => {
    const { stdout } = await inProcess(["-r", "500", "-c", "10", ...targets, ...until]);
    const { test_metadata: metadata, comparison } = validReport(stdout);
    assert.equal(metadata.requests_per_protocol, 500);
    const { confidence } = comparison.verdicts.median_response_time;
    assert.equal(
      confidence!.toFixed(4),
      (1 - 0.05 / 6).toFixed(4),
      "six looks share the chance of error",
    );
    // So much slower that a busy machine cannot blur it.
  }, { rest: answerAfter(2), grpc: answerAfter(60) });
  await withObservingServers(async ({ targets }) => {
    const { stdout } = await inProcess(
      ["-r", "20", "-c", "10", "--max-requests", "70", ...targets, ...until],
    );
    const { test_metadata: metadata, rest } = validReport(stdout);
    assert.equal(rest.total_requests, 70, "never decided: too few blocks");
    assert.equal(metadata.requests_per_protocol, 70);
  });
});

Deno.test("--duration loads each side for so long, and reports what came of it", async () => {
  await withReferenceServers(async ({ restUrl, grpcAddress }) => {
    const { stdout, code } = await inProcess(
      [
        "--duration",
        "200ms",
        "-c",
        "4",
        "--rest-url",
        restUrl,
        "--grpc-url",
        grpcAddress,
        "-o",
        "json",
      ],
    );
    assert.equal(code, 0);
    const { test_metadata: metadata, rest, grpc } = validReport(stdout);
    assert.equal(metadata.duration_s, 0.2);
    assert(rest.wall_duration! >= 0.2 && grpc.wall_duration! >= 0.2);
    assert.equal(
      metadata.requests_per_protocol,
      Math.max(rest.total_requests, grpc.total_requests),
    );
  });
});

Deno.test("--rate sends at its times, and tells service time, lateness and what was never sent", async () => {
  await withReferenceServers(async ({ restUrl, grpcAddress }) => {
    const { stdout } = await inProcess([
      ...["--rate", "500", "--duration", "400ms", "--arrivals", "poisson", "-o", "json"],
      ...["--rest-url", restUrl, "--grpc-url", grpcAddress],
    ]);
    const { test_metadata: metadata, rest, grpc } = validReport(stdout);
    assert.deepEqual([metadata.load, metadata.rate], ["open", "500/s, poisson arrivals"]);
    for (const { total_requests: total, open_load: open } of [rest, grpc]) {
      assert(open !== null);
      assert.equal(total + open.unsent_requests, 200);
      assert.equal(open.service_time!.samples, 200 - open.unsent_requests);
    }
  });
});

Deno.test("a run measures first what its clients cost, and says so in every format", async () => {
  await withReferenceServers(async ({ restUrl, grpcAddress }) => {
    // Wide, since a busy machine may delay one client by more than the usual 5% of 30 ms.
    const args = ["-r", "80", "-c", "4", "--margin", "50%", "-o", "json"];
    const { stdout, stderr } = await protoduel(
      ...[...args, "--rest-url", restUrl, "--grpc-url", grpcAddress],
    );
    assert.equal(stderr, "");
    const report = validReport(stdout);
    for (const side of [report.client_check!.rest, report.client_check!.grpc]) {
      assert(side.floor_median! > 0 && side.floor_throughput! > 0 && side.cpu_share! > 0);
    }
    // The servers take 30 ms, in which no client has a share worth a word.
    assert.equal(report.client_check!.explains_result, false);
    assert.match(
      consoleFormatter.format(report),
      /^Client Floor: +\d+\.\d\d ms \(\d+% of the median\)$/m,
    );
    assert.match(csvFormatter.format(report), /^Client Floor Median \(ms\),\d/m);
  }, { latencyMs: 30 });
});

Deno.test("a client that may start no process measures without knowing its own cost, and says why", async () => {
  await withReferenceServers(async ({ restUrl, grpcAddress }) => {
    const args = ["-r", "20", "-c", "2", "--rest-url", restUrl, "--grpc-url", grpcAddress];
    const { stdout, code } = await inProcess([...args, "-o", "json"]);
    assert.equal(code, 0);
    const { client_check: check, conclusion } = validReport(stdout);
    assert.deepEqual([check!.rest.verdict, check!.grpc.verdict], ["unknown", "unknown"]);
    assert(
      conclusion.some((line) => /^What the clients themselves take is not known: /.test(line)),
    );
  }, { latencyMs: 50 });
});
