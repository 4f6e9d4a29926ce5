import { parse as parseCsv } from "csv-parse/sync";
import assert from "node:assert/strict";
import { inProcess } from "../support/in_process.ts";
import {
  answerAtOnce,
  answerInBatchesOf,
  failAtOnce,
  type Observed,
  withObservingServers,
} from "../support/observing_servers.ts";
import { finished, protoduel, startProtoduel } from "../support/process.ts";
import { withReferenceServers } from "../support/reference.ts";
import { validReport } from "../support/saved_document.ts";
import { SPECIFIED_ROWS } from "../support/specified_rows.ts";

Deno.test("run prints the console result and nothing else", async () => {
  await withReferenceServers(async ({ restUrl, grpcAddress }) => {
    const { stdout, stderr, code } = await protoduel(
      ...["run", "-r", "80", "-c", "4", "--rest-url", restUrl, "--grpc-url", grpcAddress],
    );
    assert.deepEqual([stderr, code], ["", 0]);
    const headings = [...stdout.matchAll(/^={80}\n(.*)\n={80}$/gm)].map(([, title]) => title);
    assert.deepEqual(headings, [
      "PARALLEL PERFORMANCE TEST RESULTS",
      "REST RESULTS",
      "gRPC RESULTS",
      "COMPARISON & ANALYSIS",
    ]);
    assert.match(stdout, /^={80}\nPARALLEL/);
    assert.equal(stdout.match(/^Success Rate: +100\.0% \(80\/80 requests\)$/gm)?.length, 2);
    assert.match(stdout, /^ {2}- Requests per Protocol: 80$/m);
    // deno-lint-ignore no-control-regex
    assert.doesNotMatch(stdout, /\x1b/);
  });
});

Deno.test("run prints a JSON document that the published schema describes", async () => {
  await withReferenceServers(async ({ restUrl, grpcAddress }) => {
    const { stdout, stderr, code } = await protoduel(
      ...["-r", "80", "-o", "json", "--seed", "-7", "--user-id-range", "5-9"],
      ...["--rest-url", restUrl, "--grpc-url", grpcAddress],
    );
    assert.deepEqual([stderr, code], ["", 0]);
    const { test_metadata: metadata, rest, grpc } = validReport(stdout);
    assert.equal(metadata.seed, -7);
    assert.equal(metadata.user_id_range, "5-9");
    assert.equal(metadata.interrupted, false);
    assert.equal(metadata.rest_url, restUrl);
    assert.equal(metadata.grpc_url, grpcAddress);
    assert.equal(metadata.runtime, `deno ${Deno.version.deno}`);
    assert.deepEqual([rest.successful_requests, grpc.successful_requests], [80, 80]);
    assert(rest.avg_payload_size! > grpc.avg_payload_size!, "JSON spells out its keys");
  });
});

Deno.test("run prints CSV that a parser reads back: the specified header and rows, then the rest", async () => {
  await withReferenceServers(async ({ restUrl, grpcAddress }) => {
    const { stdout, stderr, code } = await protoduel(
      ...["-r", "80", "-c", "10", "-o", "csv", "--seed", "42"],
      ...["--rest-url", restUrl, "--grpc-url", grpcAddress],
    );
    assert.deepEqual([stderr, code], ["", 0]);
    const [header, ...rows] = parseCsv(stdout, { relax_column_count: false }) as string[][];
    assert.deepEqual(header, ["Metric", "REST", "gRPC", "Winner", "Difference_Pct"]);
    assert.deepEqual(rows.slice(0, SPECIFIED_ROWS.length).map(([label]) => label), SPECIFIED_ROWS);
    assert(rows.slice(0, SPECIFIED_ROWS.length).every((row) => !row.includes("")));
    assert.deepEqual(rows[0], ["Total Requests", "80", "80", "-", "-"]);
    const cellsOf = (wanted: string) => rows.find(([label]) => label === wanted)!.slice(1, 3);
    assert.deepEqual(cellsOf("URL"), [restUrl, grpcAddress]);
    assert.deepEqual(cellsOf("Seed"), ["42", "42"]);
    assert.deepEqual(cellsOf("Concurrency"), ["10", "10"]);
    assert.match(cellsOf("Timestamp")[0]!, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    for (const [label = "", , , winner, difference] of rows) {
      assert.match(winner!, /^(REST|gRPC|-)$/, label);
      assert.match(difference!, /^([+-]\d+\.\d|0\.0|-)$/, label);
    }
  });
});

Deno.test("a seed repeats the same ids, over each protocol in an order of its own", async () => {
  await withObservingServers(async ({ targets, rest, grpc }) => {
    const ids = async (seed: string) => {
      const { code, stderr } = await inProcess(
        ["-r", "60", "-c", "1", "-o", "json", "--seed", seed, ...targets],
      );
      assert.equal(code, 0, stderr);
      // The first request of each run is the preflight's.
      return [rest.userIds.splice(0).slice(1), grpc.userIds.splice(0).slice(1)];
    };
    const [restFirst, grpcFirst] = await ids("42");
    assert.equal(restFirst!.length, 60);
    assert(new Set(restFirst).size > 30);
    assert.notDeepEqual(grpcFirst, restFirst);
    assert.deepEqual(grpcFirst!.toSorted(), restFirst!.toSorted());
    assert.deepEqual(await ids("42"), [restFirst, grpcFirst]);
    assert.notDeepEqual((await ids("43"))[0], restFirst);
  });
});

Deno.test("a seed repeats the same ids at any concurrency, in whatever order they arrive", async () => {
  await withObservingServers(async ({ targets, rest, grpc }) => {
    const sortedIds = ({ userIds }: Observed) => userIds.splice(0).slice(1).sort((a, b) => a - b);
    await inProcess(["-r", "80", "-c", "1", "--seed", "5", ...targets]);
    const [one] = [sortedIds(rest), sortedIds(grpc)];
    await inProcess(["-r", "80", "-c", "16", "--seed", "5", ...targets]);
    assert.deepEqual([sortedIds(rest), sortedIds(grpc)], [one, one]);
  });
});

Deno.test("every id of the range is drawn, both ends included, and none beside it", async () => {
  await withObservingServers(async ({ targets, rest, grpc }) => {
    await inProcess(["-r", "100", "--seed", "1", "--user-id-range", "7-9", ...targets]);
    for (const { userIds } of [rest, grpc]) {
      assert.deepEqual([...new Set(userIds)].sort(), [7, 8, 9]);
    }
  });
});

Deno.test("as many requests are in flight as asked for, never more, over both protocols", async () => {
  const concurrency = 8;
  await withObservingServers(async ({ targets, rest, grpc }) => {
    // The servers answer only when this many wait: a run that sent fewer at once would time out.
    const { stdout, code } = await inProcess(
      ["-r", "32", "-c", String(concurrency), "--timeout", "5s", "-o", "json", ...targets],
    );
    assert.equal(code, 0);
    const report = validReport(stdout);
    for (const key of ["rest", "grpc"] as const) {
      assert.equal(report[key].successful_requests, 32);
    }
    assert.deepEqual([rest.mostInFlight, grpc.mostInFlight], [concurrency, concurrency]);
  }, { rest: answerInBatchesOf(concurrency), grpc: answerInBatchesOf(concurrency) });
});

Deno.test("the protocols are measured one after the other, each with the whole load", async () => {
  const order: string[] = [];
  await withObservingServers(async ({ targets }) => {
    await inProcess(["-r", "20", "-c", "4", ...targets]);
  }, {
    rest: () => (order.push("REST"), Promise.resolve(true)),
    grpc: () => (order.push("gRPC"), Promise.resolve(true)),
  });
  const probes = ["REST", "gRPC"];
  const load = [...Array(20).fill("REST"), ...Array(20).fill("gRPC")];
  assert.deepEqual(order, [...probes, ...load]);
});

Deno.test("a target that is not there ends in exit 3, and the other one gets no load", async () => {
  await withObservingServers(async ({ restUrl, grpcAddress, rest, grpc }) => {
    const [restDown, grpcDown] = await Promise.all([
      protoduel("-r", "50", "--rest-url", "http://127.0.0.1:2", "--grpc-url", grpcAddress),
      protoduel("-r", "50", "--rest-url", restUrl, "--grpc-url", "127.0.0.1:2"),
    ]);
    assert.deepEqual([restDown.code, restDown.stdout], [3, ""]);
    assert.match(restDown.stderr, /^error: .*"http:\/\/127\.0\.0\.1:2".*refused.*--rest-url.*\n$/);
    assert.deepEqual([grpcDown.code, grpcDown.stdout], [3, ""]);
    assert.match(grpcDown.stderr, /^error: .*"127\.0\.0\.1:2".*refused.*--grpc-url.*\n$/);
    assert(rest.userIds.length <= 1 && grpc.userIds.length <= 1, "nothing beyond the probe");
  });
});

for (
  const [failing, options, errors] of [
    ["REST", { rest: failAtOnce, grpc: answerAtOnce }, { rest: { "HTTP 500": 20 }, grpc: {} }],
    ["gRPC", { rest: answerAtOnce, grpc: failAtOnce }, { rest: {}, grpc: { INTERNAL: 20 } }],
    [
      "each",
      { rest: failAtOnce, grpc: failAtOnce },
      { rest: { "HTTP 500": 20 }, grpc: { INTERNAL: 20 } },
    ],
  ] as const
) {
  Deno.test(`${failing} side without a success: exit 4, and the result is still complete`, async () => {
    await withObservingServers(async ({ targets }) => {
      for (const format of ["console", "json", "csv"]) {
        const { stdout, stderr, code } = await inProcess(["-r", "20", "-o", format, ...targets]);
        assert.equal(code, 4);
        assert.match(stderr, /^warning: .* failed in the preflight/m);
        if (format === "console") assert.match(stdout, /^Average Response: +n\/a$/m);
        if (format === "csv") {
          const row = (parseCsv(stdout) as string[][]).find(([name]) =>
            name === "Avg Response Time (ms)"
          );
          assert(row!.slice(1, 3).includes(""));
          assert.deepEqual(row!.slice(3), ["-", ""]);
        }
        if (format !== "json") continue;
        const report = validReport(stdout);
        assert.deepEqual({ rest: report.rest.errors, grpc: report.grpc.errors }, errors);
        for (const side of [report.rest, report.grpc]) {
          if (side.successful_requests > 0) continue;
          assert.equal(side.avg_response_time, null);
          assert(!Object.values(report.comparison.winner).includes(side.protocol));
        }
      }
    }, options);
  });
}

Deno.test("a run with failures on both sides is measured: exit 0, and the schema holds", async () => {
  await withReferenceServers(async ({ restUrl, grpcAddress }) => {
    const { stdout, code } = await protoduel(
      ...["-r", "60", "-o", "json", "--rest-url", restUrl, "--grpc-url", grpcAddress],
    );
    assert.equal(code, 0);
    const { rest, grpc } = validReport(stdout);
    assert.deepEqual(Object.keys(rest.errors), ["HTTP 503"]);
    assert.deepEqual(Object.keys(grpc.errors), ["UNAVAILABLE"]);
    assert(rest.failed_requests > 0 && rest.successful_requests > 0);
    assert(grpc.failed_requests > 0 && grpc.successful_requests > 0);
  }, { failureRate: 0.5 });
});

Deno.test("bad usage ends in exit 2 with the flag named and the usage, on stderr only", async () => {
  const { stdout, stderr, code } = await protoduel("-r", "-5");
  assert.deepEqual([stdout, code], ["", 2]);
  assert.match(stderr, /^error: Cannot use --requests "-5".*\nUsage: protoduel/);
});

Deno.test("--verbose tells on stderr what happens, in order, and changes nothing on stdout", async () => {
  await withReferenceServers(async ({ restUrl, grpcAddress }) => {
    const { stdout, stderr, code } = await protoduel(
      ...["-v", "-r", "50", "-c", "5", "-o", "json", "--seed", "3", "--warmup", "10"],
      ...["--rest-url", restUrl, "--grpc-url", grpcAddress],
    );
    assert.equal(code, 0);
    const { rest, grpc } = validReport(stdout);
    const expected = [
      /^verbose: configuration: getUser, 50 requests per protocol, interleaved, 1 thread, 5 in flight.*seed 3, native clients$/,
      new RegExp(`^verbose: targets: REST ${restUrl}, gRPC ${grpcAddress}$`),
      /^verbose: preflight: both targets answer$/,
      /^verbose: REST: first "HTTP 503": HTTP 503$/,
      /^verbose: gRPC: first "UNAVAILABLE": injected failure$/,
      /^verbose: warm-up: 10 requests per protocol, not counted$/,
      /^verbose: after 2 blocks: /,
      new RegExp(`^verbose: REST: ${rest.failed_requests} × "HTTP 503"$`),
      new RegExp(
        `^verbose: REST: ended with ${rest.successful_requests} successes and ${rest.failed_requests} failures$`,
      ),
      new RegExp(`^verbose: gRPC: ${grpc.failed_requests} × "UNAVAILABLE"$`),
      /^verbose: gRPC: ended with \d+ successes and \d+ failures$/,
    ];
    const lines = stderr.split("\n");
    const places = expected.map((pattern) => lines.findIndex((line) => pattern.test(line)));
    assert(!places.includes(-1), `missing ${expected[places.indexOf(-1)]} in:\n${stderr}`);
    assert.deepEqual(places, places.toSorted((a, b) => a - b), stderr);
    assert.equal(stderr.match(/first "HTTP 503"/g)?.length, 1, "only the first of a kind");
  }, { failureRate: 0.5 });
});

Deno.test("more than 10000 requests earn one note, before anything is sent", async () => {
  const stderrOf = async (requests: string) => {
    // Ends right after the notes: the preflight finds nobody there.
    const dead = ["--rest-url", "http://127.0.0.1:2", "--grpc-url", "127.0.0.1:2"];
    return (await inProcess(["-r", requests, ...dead])).stderr;
  };
  assert.match(await stderrOf("10001"), /^note: 10001 requests .* recommended 10000.*\nerror: /);
  assert.doesNotMatch(await stderrOf("10000"), /note:/);
});

Deno.test("a reader of the result that goes away is no crash", async () => {
  await withReferenceServers(async ({ restUrl, grpcAddress }) => {
    const child = startProtoduel(
      ["-r", "80", "-o", "json", "--rest-url", restUrl, "--grpc-url", grpcAddress],
    );
    await child.stdout.cancel();
    const stderr = await new Response(child.stderr).text();
    const { code } = await child.status;
    assert.deepEqual([stderr, code], ["", 6]);
  });
});

Deno.test("a reader of the log that goes away does not cost the result", async () => {
  await withReferenceServers(async ({ restUrl, grpcAddress }) => {
    const child = startProtoduel(
      ["-v", "-r", "20", "-o", "json", "--rest-url", restUrl, "--grpc-url", grpcAddress],
    );
    await child.stderr.cancel();
    const stdout = await new Response(child.stdout).text();
    const { code } = await child.status;
    assert.equal(code, 0);
    assert.equal(validReport(stdout).rest.total_requests, 20);
  });
});

Deno.test("proxies that the environment names are not used, and that is said", async () => {
  await withReferenceServers(async ({ restUrl, grpcAddress }) => {
    const proxy = "http://127.0.0.1:2";
    const child = startProtoduel(
      ["-r", "80", "-o", "json", "--rest-url", restUrl, "--grpc-url", grpcAddress],
      { environment: { HTTP_PROXY: proxy, https_proxy: proxy } },
    );
    const { stdout, stderr, code } = await finished(child);
    assert.match(stderr, /^note: the proxy in HTTP_PROXY, https_proxy is not used.*\n$/);
    assert.equal(code, 0);
    assert.equal(validReport(stdout).rest.successful_requests, 80);
  });
});
