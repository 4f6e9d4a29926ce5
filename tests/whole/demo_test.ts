import assert from "node:assert/strict";
import { PLAIN_LOAD } from "../support/observing_servers.ts";
import { finished, startProtoduel } from "../support/process.ts";
import { type RunningProcess, withProtoduel } from "../support/running_process.ts";
import { validReport } from "../support/saved_document.ts";

/** The ports that a verbose demo names on stderr. */
async function portsOf({ stderrMatch }: Pick<RunningProcess, "stderrMatch">): Promise<number[]> {
  const [, rest, grpc] = await stderrMatch(
    /^verbose: reference servers: http:\/\/127\.0\.0\.1:(\d+) and 127\.0\.0\.1:(\d+)$/m,
  );
  return [Number(rest), Number(grpc)];
}

async function listens(port: number): Promise<boolean> {
  try {
    (await Deno.connect({ hostname: "127.0.0.1", port })).close();
    return true;
  } catch (error) {
    // Accepted by a listener that closed at that moment: whoever asks again is refused.
    if (error instanceof Deno.errors.ConnectionReset) return true;
    assert(error instanceof Deno.errors.ConnectionRefused, String(error));
    return false;
  }
}

Deno.test("demo measures its own servers, and nothing of them is left afterwards", async () => {
  const args = ["demo", "-v", "-r", "200", "-o", "json", "--seed", "1"];
  await withProtoduel(args, async (running) => {
    const ports = await portsOf(running);
    assert.deepEqual(await Promise.all(ports.map(listens)), [true, true]);
    const { stdout, code } = await running.finished();
    assert.equal(code, 0);
    const report = validReport(stdout);
    assert.deepEqual(
      [report.rest.successful_requests, report.grpc.successful_requests],
      [200, 200],
    );
    assert.equal(report.test_metadata.seed, 1);
    assert.match(report.notes[0]!, /^Measured against the reference servers/);
    assert.deepEqual(await Promise.all(ports.map(listens)), [false, false]);
  });
});

Deno.test("demo without -v says nothing on stderr, and can start itself with the task's permissions", async () => {
  const { stdout, stderr, code } = await finished(startProtoduel(["demo", "-r", "80"]));
  assert.deepEqual([stderr, code], ["", 0]);
  assert.match(stdout, /^ {2}- Requests per Protocol: 80$/m);
});

Deno.test("demo --grpc-server grpc-js measures that library, and says so", async () => {
  const args = ["demo", "-r", "80", "--grpc-server", "grpc-js", ...PLAIN_LOAD, "-o", "json"];
  const { stdout, code } = await finished(startProtoduel(args));
  const { grpc, notes } = validReport(stdout);
  assert.deepEqual([code, grpc.successful_requests], [0, 80]);
  assert(
    notes.some((note) => note.includes(", gRPC by grpc-js: it shows what that library")),
    stdout,
  );
});

Deno.test("demo --latency is in every response time", async () => {
  const args = ["demo", "-r", "20", "-c", "10", "--latency", "40ms", "-o", "json"];
  const { stdout } = await finished(startProtoduel(args));
  const { rest, grpc } = validReport(stdout);
  // A timer may fire a fraction of a millisecond early.
  for (const { min_response_time } of [rest, grpc]) assert(min_response_time! > 39);
});

Deno.test("demo --failure-rate is counted by type, and repeats with the seed", async () => {
  const args = [
    "demo",
    "-r",
    "100",
    "-c",
    "1",
    "--failure-rate",
    "10%",
    "--seed",
    "9",
    ...PLAIN_LOAD,
  ];
  const errors = async () => {
    const { stdout, code } = await finished(startProtoduel([...args, "-o", "json"]));
    assert.equal(code, 0);
    const { rest, grpc } = validReport(stdout);
    return [rest.errors, grpc.errors];
  };
  const [rest, grpc] = await errors();
  const failed = rest!["HTTP 503"]!;
  assert(failed > 0 && failed < 50);
  assert.deepEqual([rest, grpc], [{ "HTTP 503": failed }, { UNAVAILABLE: failed }]);
  assert.deepEqual(await errors(), [rest, grpc]);
});

const LONG_DEMO = ["demo", "-v", "-r", "100000", "-c", "2", "--latency", "20ms", "-o", "json"];

Deno.test("an interrupted demo prints what it measured, and stops its servers", async () => {
  await withProtoduel(LONG_DEMO, async (running) => {
    const ports = await portsOf(running);
    await running.stderrMatch(/^verbose: warm-up: /m);
    running.child.kill("SIGINT");
    const { stdout, code } = await running.finished();
    assert.equal(code, 130);
    assert.equal(validReport(stdout).test_metadata.interrupted, true);
    assert.deepEqual(await Promise.all(ports.map(listens)), [false, false]);
  });
});

Deno.test("an interrupt does not wait for the latency of the demo's servers", async () => {
  const args = ["demo", "-v", "--latency", "10m", "--timeout", "20m"];
  await withProtoduel(args, async (running) => {
    const ports = await portsOf(running);
    running.child.kill("SIGINT");
    const { stdout, code } = await running.finished();
    assert.deepEqual([stdout, code], ["", 130]);
    assert.deepEqual(await Promise.all(ports.map(listens)), [false, false]);
  });
});

Deno.test("a demo that is killed takes its servers with it", async () => {
  await withProtoduel(LONG_DEMO, async (running) => {
    const ports = await portsOf(running);
    running.child.kill("SIGKILL");
    await running.child.status;
    // The servers find out on their own: ends only when both are gone.
    for (const port of ports) {
      while (await listens(port)) await new Promise((resolve) => setTimeout(resolve, 10));
    }
  });
});
