import assert from "node:assert/strict";
import { consoleFormatter } from "../../../lib/formatters/console.ts";
import { inFlightSentences } from "../../../lib/report/in_flight_sentences.ts";
import { fallsShort, meanInFlight } from "../../../lib/stats/record/in_flight.ts";
import type { Report } from "../../../lib/report/report.ts";
import { startNullServers } from "../../../lib/servers/null/null_servers.ts";
import { inProcess } from "../../support/in_process.ts";
import { type Answering, withObservingServers } from "../../support/observing_servers.ts";
import { withReferenceServers } from "../../support/reference.ts";
import { validReport } from "../../support/saved_document.ts";
import { SEED_GRPC, SEED_REST, seedReport } from "../../support/seed_sample.ts";

function timesOf(
  { successes, failuresAtServerMs = 0 }: { successes: number; failuresAtServerMs?: number },
  sums: number[],
) {
  const [firstByteMs = 0, downloadMs = 0] = sums;
  return {
    successes,
    failuresAtServerMs,
    firstByte: { sumMs: firstByteMs },
    download: { sumMs: downloadMs },
  };
}

Deno.test("what was at the server at a time is the time there over the time that passed", () => {
  // 100 requests of 9 + 1 ms within 100 ms.
  assert.equal(meanInFlight(timesOf({ successes: 100 }, [900, 100]), 100), 10);
  // Failures count as long as they took, whatever a success takes.
  const mixed = timesOf({ successes: 50, failuresAtServerMs: 2500 }, [450, 50]);
  assert.equal(meanInFlight(mixed, 1000), (500 + 2500) / 1000);
});

Deno.test("nothing is said where nothing succeeded", () => {
  assert.equal(meanInFlight(timesOf({ successes: 0 }, []), 100), null);
});

Deno.test("a shortfall is told from a tenth on, and from a whole request on", () => {
  assert.equal(fallsShort(91, 100), false);
  assert.equal(fallsShort(89, 100), true);
  assert.equal(fallsShort(0.5, 1), false);
  assert.equal(fallsShort(4.2, 5), false);
});

const asked = { concurrency: 1000, workers: 1 };

Deno.test("the note on a shortfall names what was kept, its cause and what would help", () => {
  const [note, ...others] = inFlightSentences(
    [{ ...SEED_REST, in_flight_kept: 512.4 }, { ...SEED_GRPC, in_flight_kept: 970 }],
    asked,
  );
  assert.deepEqual(others, []);
  assert.match(note!, /^REST: of 1000 requests in flight, 512 were at the server at a time/);
  assert.match(note!, /fewer in flight \(-c\), more threads \(--workers\) or another machine/);
  const [threaded] = inFlightSentences([{ ...SEED_REST, in_flight_kept: 512.4 }], {
    ...asked,
    workers: 2,
  });
  assert.doesNotMatch(threaded!, /--workers/);
  assert.deepEqual(inFlightSentences([{ ...SEED_REST, in_flight_kept: null }], asked), []);
});

Deno.test("where a server's stream limit holds requests back, the note says that and no other", () => {
  const wait = { samples: 1000, mean: 1800, p50: 1800, p95: 1800, p99: 1800 };
  const [note] = inFlightSentences([{
    ...SEED_GRPC,
    total_requests: 1000,
    successful_requests: 1000,
    in_flight_kept: 100,
    total_duration: 2,
    timing_breakdown: { ...SEED_GRPC.timing_breakdown, stream_wait_time: wait },
  }], asked);
  assert.match(note!, /100 were at the server at a time, and 900 waited for one of its streams/);
  assert.match(note!, /--connections/);
});

Deno.test("where requests wait for connections, the client is blamed for no more than what is left", () => {
  const noteOf = (connectionWaitMs: number) => {
    const wait = { samples: 1000, mean: connectionWaitMs, p50: 0, p95: 0, p99: 0 };
    const [note] = inFlightSentences([{
      ...SEED_REST,
      total_requests: 1000,
      successful_requests: 1000,
      in_flight_kept: 1.4,
      total_duration: 8.21,
      timing_breakdown: { ...SEED_REST.timing_breakdown, connection_wait_time: wait },
    }], { concurrency: 10, workers: 1 });
    return note!;
  };
  assert.match(
    noteOf(70.8),
    /1\.4 were at the server at a time, and 8\.6 waited for a connection; /,
  );
  assert.doesNotMatch(noteOf(70.8), /this client/);
  assert.match(noteOf(30), /1\.4 .*, 3\.7 waited for a connection, and 4\.9 were in this client/);
});

Deno.test("a failure was at the server for as long as it took, over both wire clients", async () => {
  const slowToFail: Answering = ({ userIds }) =>
    userIds.length % 2 === 1
      ? Promise.resolve(true)
      : new Promise((resolve) => setTimeout(resolve, 100, false));
  await withObservingServers(async (servers) => {
    for (
      const { in_flight_kept: kept } of sidesOf(await runOn(servers, "--client", "wire", "-c", "5"))
    ) {
      assert(kept! > 3, String(kept));
    }
  }, { rest: slowToFail, grpc: slowToFail });
});

Deno.test("the console tells what was kept where it falls short, and only there", () => {
  const line = (kept: number | null) =>
    consoleFormatter.format(seedReport({ ...SEED_REST, in_flight_kept: kept }))
      .split("\n").filter((it) => it.startsWith("Kept in Flight"));
  const { concurrency } = seedReport().test_metadata;
  assert.deepEqual(line(concurrency / 2), [
    `Kept in Flight:       ${concurrency / 2} of ${concurrency} at the server, on average`,
  ]);
  assert.deepEqual(line(concurrency), []);
  assert.deepEqual(line(null), []);
});

async function runOn(
  { restUrl, grpcAddress }: { restUrl: string; grpcAddress: string },
  ...options: string[]
): Promise<Report> {
  const targets = ["--rest-url", restUrl, "--grpc-url", grpcAddress];
  const { stdout } = await inProcess([
    ...["-r", "300", "-o", "json", "--no-client-check", "--warmup", "off"],
    ...[...targets, ...options],
  ]);
  return validReport(stdout);
}

Deno.test("the wire clients tell how many were at the server, the native ones and a set rate do not", async () => {
  const servers = startNullServers();
  try {
    for (
      const { in_flight_kept: kept } of sidesOf(
        await runOn(servers, "--client", "wire", "-c", "20"),
      )
    ) {
      assert(kept !== null && kept > 0 && kept <= 20, String(kept));
    }
    for (const options of [["--client", "native"], ["--client", "wire", "--rate", "2000"]]) {
      for (const { in_flight_kept: kept } of sidesOf(await runOn(servers, ...options))) {
        assert.equal(kept, null);
      }
    }
  } finally {
    await servers.close();
  }
});

Deno.test("before a slow server, all that was asked for is there", async () => {
  await withReferenceServers(async (servers) => {
    const { rest, grpc } = await runOn(servers, "--client", "wire", "-c", "10");
    for (const { in_flight_kept: kept } of [rest, grpc]) assert(kept! > 3, String(kept));
  }, { latencyMs: 20 });
});

Deno.test("a result from before the key was there renders as one in which nobody saw it", async () => {
  const report = seedReport();
  const without = (side: object) =>
    Object.fromEntries(Object.entries(side).filter(([key]) => key !== "in_flight_kept"));
  const old = { ...report, rest: without(report.rest), grpc: without(report.grpc) };
  const { stdout, code } = await inProcess(["report", "saved.json", "-o", "json"], {
    readFile: () => Promise.resolve(JSON.stringify(old)),
  });
  assert.equal(code, 0);
  assert.equal(validReport(stdout).rest.in_flight_kept, null);
});

function sidesOf({ rest, grpc }: Report) {
  return [rest, grpc];
}
