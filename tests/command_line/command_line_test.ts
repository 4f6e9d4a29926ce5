import assert from "node:assert/strict";
import fc from "fast-check";
import { parseCommandLine } from "../../lib/command_line/parse.ts";
import { parseDuration, parseUserIdRange } from "../../lib/command_line/values.ts";
import { parseGrpcAddress, parseRestUrl } from "../../lib/net/address.ts";
import { InvalidValueError } from "../../lib/terminal/invalid_value.ts";
import { TOOL_VERSION } from "../../lib/version.ts";
import { inProcess } from "../support/in_process.ts";

function runPlan(line: string, cores = 2) {
  const command = parseCommandLine(line.split(" "), cores);
  assert(command.kind === "run");
  return command;
}

Deno.test("the defaults are the published ones", () => {
  const { plan, presentation } = runPlan("-r 500");
  assert.deepEqual(plan.extent, { kind: "requests", requests: 500 });
  assert.equal(plan.schedule, "interleaved");
  assert.deepEqual(plan.warmUp, { kind: "automatic" });
  assert.equal(plan.margin.percent, 5);
  assert.deepEqual(plan.userIdRange, { min: 1, max: 10_000 });
  assert.equal(plan.concurrency, 25);
  assert.equal(plan.connections, 1);
  assert.equal(plan.timeoutMs, 10_000);
  assert.equal(plan.targets.rest.display, "http://localhost:8080");
  assert.equal(plan.targets.grpc.display, "localhost:9090");
  assert.equal(plan.targets.grpc.tls, false);
  assert.equal(presentation.formatter.name, "console");
  assert.equal(presentation.verbose, false);
  assert(Number.isSafeInteger(plan.seed));
});

Deno.test("run is the default command, and every option has its short or long form", () => {
  const long = runPlan(
    "run --requests 7 --concurrency 3 --user-id-range 2-4 --timeout 1.5s --seed -9 --output csv --verbose",
  );
  const short = runPlan("-r 7 -c 3 --user-id-range=2-4 --timeout 1500ms --seed=-9 -o csv -v");
  assert.deepEqual(long, short);
  assert.equal(long.plan.seed, -9);
  assert.equal(long.plan.timeoutMs, 1500);
});

Deno.test("never more requests are in flight than there are", () => {
  assert.equal(runPlan("-r 5 -c 9").plan.concurrency, 5);
  assert.equal(runPlan("-r 5 --connections 4").plan.connections, 4);
});

Deno.test("without -c, 100 are in flight, or a twentieth of the requests, so that there are ten blocks", () => {
  const inFlight = (line: string) => runPlan(line).plan.concurrency;
  assert.deepEqual(
    ["-r 10", "-r 100", "-r 500", "-r 1000", "-r 2000", "-r 50000"].map(inFlight),
    [1, 5, 25, 50, 100, 100],
  );
  assert.equal(inFlight("-r 500 -c 100"), 100, "what is asked for is not lowered");
  assert.deepEqual(
    ["--duration 1s", "--rate 10 -r 20", "--rate 500 --duration 1s"].map(inFlight),
    [100, 20, 100],
  );
});

Deno.test("threads are chosen by cores and load: one for a small run, and a core left for local servers", () => {
  const workers = (line: string, cores: number) => runPlan(line, cores).plan.workers;
  const remote = "--rest-url http://rest.test --grpc-url grpc.test:1";
  assert.equal(workers("-r 99999", 8), 1);
  assert.equal(workers("-r 100000", 8), 7);
  assert.equal(workers(`-r 100000 ${remote}`, 8), 8);
  assert.equal(workers("-r 100000 -c 25", 8), 2);
  assert.equal(workers("-r 100000", 1), 1);
  assert.equal(workers("-r 10 --workers 4", 1), 4);
  assert.equal(workers("-r 3 --workers 4", 1), 3);
});

Deno.test("two runs without a seed draw different ones", () => {
  assert.notEqual(runPlan("-r 5").plan.seed, runPlan("-r 5").plan.seed);
});

Deno.test("a REST URL keeps its base path and loses its trailing slash", () => {
  const target = parseRestUrl("https://api.test/v1/");
  assert.deepEqual([target.display, target.basePath], ["https://api.test/v1", "/v1"]);
  assert.deepEqual([target.hostname, target.port, target.tls], ["api.test", 443, true]);
});

Deno.test("gRPC addresses may be names, IPv4 or IPv6, in plain or with TLS", () => {
  const parts = (text: string) => {
    const { hostname, port, tls, display } = parseGrpcAddress(text);
    return [hostname, port, tls, display];
  };
  assert.deepEqual(parts("localhost:9090"), ["localhost", 9090, false, "localhost:9090"]);
  assert.deepEqual(parts("10.0.0.7:80"), ["10.0.0.7", 80, false, "10.0.0.7:80"]);
  assert.deepEqual(parts("[::1]:9090"), ["::1", 9090, false, "[::1]:9090"]);
  assert.deepEqual(parts("https://h:443"), ["h", 443, true, "https://h:443"]);
  assert.deepEqual(parts("http://h:80"), ["h", 80, false, "h:80"]);
});

Deno.test("parseUserIdRange() reads back every range, and throws on anything else", () => {
  fc.assert(fc.property(fc.integer({ min: 1, max: 2 ** 30 }), fc.nat(2 ** 30), (min, width) => {
    assert.deepEqual(parseUserIdRange(`${min}-${min + width}`), { min, max: min + width });
  }));
  fc.assert(fc.property(fc.string(), (text) => {
    fc.pre(!/^\d+-\d+$/.test(text));
    assert.throws(() => parseUserIdRange(text), InvalidValueError);
  }));
});

Deno.test("parseDuration() knows milliseconds, seconds and minutes", () => {
  assert.deepEqual(["5ms", "0.5s", "2m", "5", "5 s", ""].map(parseDuration), [
    5,
    500,
    120_000,
    NaN,
    NaN,
    NaN,
  ]);
});

Deno.test("no line of any help is longer than 80 characters", async () => {
  for (const line of ["--help", "run -h", "demo -h", "serve -h", "report -h", "self-test -h"]) {
    const { stdout } = await inProcess(line.split(" "));
    for (const it of stdout.split("\n")) assert(it.length <= 80, `${line}: ${it}`);
  }
});

Deno.test("an option given twice is refused, with both values, however it is written", async () => {
  const twice = [
    [
      "-r 5 -r 6",
      /^error: Cannot use --requests twice, with "5" and "6": expected it once\.\nUsage/,
    ],
    ["-r 5 --requests=6", /--requests twice, with "5" and "6"/],
    ["-r5 --timeout 2s -o json --timeout 3s", /--timeout twice, with "2s" and "3s"/],
    ["demo --latency 1ms --latency 2ms", /--latency twice/],
    ["serve --rest-port 0 --rest-port 1", /--rest-port twice/],
    ["report a.json -o csv -o json", /--output twice/],
    ["self-test --runs 1 --runs 2", /--runs twice/],
  ] as const;
  for (const [line, expected] of twice) {
    const { stderr, code } = await inProcess(line.split(" "));
    assert.equal(code, 2, line);
    assert.match(stderr, expected);
  }
  assert.equal(runPlan("-r 5 --requests=5 -v -v --warmup off --warmup off").plan.timeoutMs, 10_000);
});

Deno.test("help goes to stdout with examples, for the program and for every command", async () => {
  const lines = ["--help", "-h", "help", "run -h", "demo --help", "serve -h", "help report"];
  // A task names its command itself, so that help comes behind it.
  for (const line of [...lines, "run help", "run help report", "demo help"]) {
    const { stdout, stderr, code } = await inProcess(line.split(" "));
    assert.equal(code, 0, line);
    assert.equal(stderr, "");
    assert.match(stdout, /Usage:/);
    assert.match(stdout, /Examples:\n {2}protoduel/);
  }
});

Deno.test("the version is deno.json's", async () => {
  for (const line of ["-V", "--version", "run -V", "demo --version", "-r 5 -V"]) {
    const { stdout, code } = await inProcess(line.split(" "));
    assert.deepEqual([stdout, code], [`protoduel ${TOOL_VERSION}\n`, 0]);
  }
});

Deno.test("an option that takes less effect than it says is told", () => {
  const adjustments = (line: string) => runPlan(line).adjustments;
  assert.deepEqual(adjustments("-r 500"), []);
  assert.deepEqual(adjustments("-r 500 -c 100000"), [
    '--concurrency "100000" is lowered to 500: there are 500 requests',
  ]);
  assert.deepEqual(adjustments("--duration 5s -c 100000"), []);
  assert.deepEqual(adjustments("-r 3 --workers 4"), [
    '--workers "4" is lowered to 3: a thread needs a request in flight',
  ]);
  assert.deepEqual(adjustments("-r 5 --connections 4 --client wire"), []);
  assert.deepEqual(adjustments("-r 500 -c 9 --connections 1000000 --client wire"), [
    '--connections "1000000" is lowered to 9: a connection needs a request in flight',
  ]);
  assert.match(adjustments("-r 5 --connections 4")[0]!, /^--connections "4" has no effect on the /);
  assert.match(
    adjustments("-r 5 --ca a --insecure")[0]!,
    /^--ca, --insecure have no effect: neither/,
  );
  assert.deepEqual(adjustments("-r 5 --ca a --grpc-url https://h:1"), []);
});

Deno.test("adjustments go to stderr before anything is measured", async () => {
  const { stderr } = await inProcess([
    ...["-r", "2", "-c", "9", "--rest-url", "http://127.0.0.1:2", "--grpc-url", "127.0.0.1:2"],
  ]);
  assert.match(stderr, /^note: --concurrency "9" is lowered to 2: there are 2 requests$/m);
});
