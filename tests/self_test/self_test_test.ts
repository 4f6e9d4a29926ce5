import assert from "node:assert/strict";
import type { SelfTestRecord } from "../../lib/report/self_test_record.ts";
import { inProcess } from "../support/in_process.ts";
import { fromFileUrl } from "../support/paths.ts";
import { BASE_PERMISSIONS, finished, startProtoduel } from "../support/process.ts";

/** Starts the reference servers as the program itself would. */
function spawnServers(args: readonly string[]): Deno.ChildProcess {
  const main = fromFileUrl("../../main.ts");
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--cached-only", ...BASE_PERMISSIONS, main, ...args],
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
}

const SMALL = ["self-test", "--runs", "2", "-r", "200", "-c", "4", "--seed", "7"];

Deno.test("self-test runs each server against itself, and counts winners and intervals", async () => {
  const { stdout, stderr, code } = await inProcess([...SMALL, "-o", "json"], {
    spawnSelf: spawnServers,
  });
  assert.equal(stderr, "");
  const record: SelfTestRecord = JSON.parse(stdout);
  const { runs, requests_per_run, client, seed, interrupted } = record.self_test;
  assert.deepEqual([runs, requests_per_run, client, seed, interrupted], [
    2,
    200,
    "native",
    7,
    false,
  ]);
  for (const side of [record.rest, record.grpc]) {
    assert.deepEqual([side.runs, side.failed_requests], [2, 0]);
    assert.equal(side.winners_on_primary.of, 2);
    assert(side.winners_on_any.count >= side.winners_on_primary.count);
    assert.equal(side.coverage.median_response_time.of, 2);
    // 200 requests carry a p95, and no p99.
    assert.equal(side.coverage.p95_response_time.of, 2);
    assert.deepEqual([side.coverage.p99_response_time.of, side.coverage.p99_response_time.pct], [
      0,
      null,
    ]);
  }
  // So few runs can hardly break a promise; if they do, the exit code says so.
  const broken = [record.rest, record.grpc].some(({ promise }) => promise === "broken");
  assert.equal(code, broken ? 5 : 0);
});

Deno.test("self-test on the console has a table and a sentence for each protocol", async () => {
  const args = [...SMALL.map((it) => it === "2" ? "1" : it), "--client", "wire"];
  const { stdout } = await inProcess(args, { spawnSelf: spawnServers });
  for (const label of ["REST", "gRPC"]) {
    assert.match(stdout, new RegExp(`^${label} / ${label} +runs +share`, "m"));
    assert.match(stdout, new RegExp(`^- ${label} against itself: `, "m"));
  }
  for (const line of stdout.split("\n").filter((text) => !text.startsWith("- "))) {
    assert(line.length <= 80, line);
  }
});

Deno.test("runs too short to be judged are said to tell nothing", async () => {
  const args = ["self-test", "--runs", "1", "-r", "20", "-c", "4", "-o", "json"];
  const { stdout, code } = await inProcess(args, { spawnSelf: spawnServers });
  const { rest }: SelfTestRecord = JSON.parse(stdout);
  assert.deepEqual([rest.promise, code], ["untested", 0]);
  assert.match(rest.conclusion, /nothing to tell, since no run had an interval/);
});

Deno.test("an interrupted self-test prints the runs that were complete", async () => {
  const controller = new AbortController();
  let started = 0;
  // The clock is looked at all the time: here it tells when a good part has been measured.
  const clock = () => {
    if (++started === 20_000) controller.abort();
    return performance.now();
  };
  const args = ["self-test", "--runs", "100000", "-r", "200", "-c", "4", "-o", "json"];
  const { stdout, code } = await inProcess(args, {
    spawnSelf: spawnServers,
    interrupt: controller.signal,
    clock,
  });
  assert.equal(code, 130);
  const { self_test, rest }: SelfTestRecord = JSON.parse(stdout);
  assert.equal(self_test.interrupted, true);
  assert(rest.runs >= 1 && rest.runs < 100_000);
});

Deno.test("a self-test interrupted before its first run shows nothing", async () => {
  const { stdout, stderr, code } = await inProcess(SMALL, {
    spawnSelf: spawnServers,
    interrupt: AbortSignal.abort(),
  });
  assert.deepEqual([stdout, code], ["", 130]);
  assert.equal(stderr, "error: Cannot show a result: stopped before anything was measured.\n");
});

Deno.test("self-test can start itself with its task's permissions", async () => {
  const { stdout, stderr, code } = await finished(
    startProtoduel([...SMALL.slice(0, 1), "--runs", "1", "-r", "20", "-c", "2"]),
  );
  assert.deepEqual([stderr, code], ["", 0]);
  assert.match(stdout, /^SELF-TEST: /m);
});

Deno.test("self-test refuses what it does not know", async () => {
  const { stderr, code } = await inProcess(["self-test", "--runs", "0"]);
  assert.equal(code, 2);
  assert.match(stderr, /^error: Cannot use --runs "0": expected an integer of at least 1\.$/m);
  const csv = await inProcess(["self-test", "-o", "csv"]);
  assert.match(csv.stderr, /^error: Cannot use --output "csv": expected one of console, json\.$/m);
});
