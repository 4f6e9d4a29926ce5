import assert from "node:assert/strict";
import { inProcess } from "../support/in_process.ts";

/** Nothing listens here: below 1024, and assigned to nothing. */
const DEAD = ["--rest-url", "http://127.0.0.1:2", "--grpc-url", "127.0.0.1:2"];

/** Arguments, the exit code, and what the one error line must say. */
const BAD_INPUTS: readonly (readonly [args: string, code: number, says: RegExp])[] = [
  ["", 2, /without --requests: expected an integer of at least 1/],
  ["run", 2, /without --requests/],
  ["-r", 2, /"-r, --requests <n>": expected a value/],
  ["-r 0", 2, /--requests "0": expected an integer of at least 1/],
  ["-r -1", 2, /--requests "-1": expected an integer of at least 1/],
  ["-r 1.5", 2, /--requests "1.5"/],
  ["-r 1e3", 2, /--requests "1e3"/],
  ["-r 0x10", 2, /--requests "0x10"/],
  ["-r ten", 2, /--requests "ten"/],
  ["-r NaN", 2, /--requests "NaN"/],
  ["-r 99999999999999999999", 2, /--requests "99999999999999999999"/],
  ["-r 5 -c 0", 2, /--concurrency "0": expected an integer of at least 1/],
  ["-r 5 -c -3", 2, /--concurrency "-3"/],
  ["-r 5 --concurrency many", 2, /--concurrency "many"/],
  ["-r 5 --workers 0", 2, /--workers "0": expected an integer from 1 to 256/],
  ["-r 5 --user-id-range 5", 2, /--user-id-range "5": expected "min-max"/],
  ["-r 5 --user-id-range 9-3", 2, /--user-id-range "9-3"/],
  ["-r 5 --user-id-range 0-3", 2, /--user-id-range "0-3"/],
  ["-r 5 --user-id-range -1-3", 2, /--user-id-range "-1-3"/],
  ["-r 5 --user-id-range 1-2-3", 2, /--user-id-range "1-2-3"/],
  ["-r 5 --user-id-range a-b", 2, /--user-id-range "a-b"/],
  ["-r 5 --user-id-range 1-2147483648", 2, /max <= 2147483647/],
  ["-r 5 --timeout 10", 2, /--timeout "10": expected a duration/],
  ["-r 5 --timeout 0ms", 2, /--timeout "0ms"/],
  ["-r 5 --timeout -5s", 2, /--timeout "-5s"/],
  ["-r 5 --timeout 2h", 2, /--timeout "2h"/],
  ["-r 5 --timeout 61m", 2, /--timeout "61m".*to 60m/],
  ["-r 5 --timeout soon", 2, /--timeout "soon"/],
  ["-r 5 --seed 1.5", 2, /--seed "1.5": expected an integer/],
  ["-r 5 --seed abc", 2, /--seed "abc"/],
  ["-r 5 --seed 9007199254740993", 2, /--seed "9007199254740993"/],
  ["-r 5 -o xml", 2, /--output "xml": expected one of console, json, csv/],
  ["-r 5 -o JSON", 2, /--output "JSON"/],
  [
    "-r 5 --rest-url localhost:8080",
    2,
    /--rest-url "localhost:8080": expected an http or https URL/,
  ],
  ["-r 5 --rest-url ftp://h/", 2, /--rest-url "ftp:\/\/h\/"/],
  ["-r 5 --rest-url http://", 2, /--rest-url "http:\/\/"/],
  ["-r 5 --rest-url http://h:99999", 2, /--rest-url "http:\/\/h:99999"/],
  ["-r 5 --rest-url http://h:0", 2, /--rest-url "http:\/\/h:0"/],
  ["-r 5 --rest-url http://h/?a=1", 2, /without \? and #/],
  [
    "-r 5 --rest-url http://ann:secret@h",
    2,
    /"http:\/\/\*\*\*@h": .*without a user name or password/,
  ],
  ["-r 5 --grpc-url localhost", 2, /--grpc-url "localhost": expected host:port/],
  ["-r 5 --grpc-url :9090", 2, /--grpc-url ":9090"/],
  ["-r 5 --grpc-url h:port", 2, /--grpc-url "h:port"/],
  ["-r 5 --grpc-url h:0", 2, /--grpc-url "h:0"/],
  ["-r 5 --grpc-url h:70000", 2, /--grpc-url "h:70000"/],
  ["-r 5 --grpc-url h:1/path", 2, /--grpc-url "h:1\/path"/],
  ["-r 5 --grpc-url grpc://h:1", 2, /--grpc-url "grpc:\/\/h:1"/],
  ["-r 5 --grpc-url ann:secret@h:1", 2, /"\*\*\*@h:1": .*without a user name or password/],
  ["-r 5 --schedule random", 2, /--schedule "random": expected one of interleaved, sequential/],
  ["-r 5 --warmup some", 2, /--warmup "some": expected auto, off, or requests/],
  ["-r 5 --warmup -1", 2, /--warmup "-1"/],
  ["-r 5 --margin 0", 2, /--margin "0": expected a percentage from 0.1%/],
  ["-r 5 --margin 101%", 2, /--margin "101%"/],
  ["-r 5 --margin five", 2, /--margin "five"/],
  ["-r 5 --duration 5s", 2, /--duration "5s" with --requests "5": expected one of the two/],
  ["--duration 30", 2, /--duration "30": expected a duration/],
  ["-r 5 --rate 0", 2, /--rate "0": expected requests per second, more than 0/],
  ["-r 5 --rate fast", 2, /--rate "fast"/],
  ["-r 5 --rate 10 --ramp 1:2:3s", 2, /--rate with --ramp: expected one of the two/],
  ["-r 5 --ramp 1:2", 2, /--ramp "1:2": expected "from:to:over"/],
  ["--steps 10:5", 2, /--steps "10:5"/],
  ["--rate 1 --duration 10ms", 2, /--duration "10ms": expected long enough for one request/],
  ["-r 5 --arrivals poisson", 2, /--arrivals "poisson" alone: expected --rate/],
  ["-r 5 --rate 10 --arrivals random", 2, /--arrivals "random": expected one of uniform, poisson/],
  ["-r 5 --knee fast", 2, /--knee "fast": expected a duration/],
  ["-r 5 --max-requests 10", 2, /--max-requests "10" alone: expected --until-decided/],
  ["-r 5 --until-decided --max-requests 4", 2, /--max-requests "4": expected at least as many as/],
  ["--duration 1s --until-decided", 2, /--until-decided with --duration/],
  ["-r 5 --until-decided --schedule sequential", 2, /--until-decided with --schedule "sequential"/],
  ["-r 5 --frobnicate", 2, /Unknown option --frobnicate: expected one of those that --help lists/],
  ["-r 5 --reqests 3", 2, /Unknown option --reqests: did you mean --requests\?$/],
  ["-r 5 -y", 2, /Unknown option -y: expected/],
  ["-r 5 --concurency 3", 2, /Unknown option --concurency: did you mean --concurrency\?$/],
  ["-r 5 --conc 3", 2, /did you mean --concurrency\?$/],
  ["-r 5 --verbose=true", 2, /--verbose with a value: expected it alone/],
  ["-n 500", 2, /Unknown option -n: did you mean --requests\?$/],
  ["-r 5 -d 30s", 2, /--data alone: expected --call with it/],
  ["-r 5 -k", 2, /did you mean --insecure\?$/],
  ["-r 5 -t 4", 2, /did you mean --workers or --timeout\?$/],
  ["-r 5 --rps=100", 2, /Unknown option --rps: did you mean --rate\?$/],
  ["-r 5 --json", 2, /did you mean -o json\?$/],
  ["-r 5 --vus 10", 2, /did you mean --concurrency\?$/],
  ["-r 5 --cacert x.pem", 2, /did you mean --ca\?$/],
  ["-r 5 --header=Xsecret", 2, /--header as given: expected a name and a value/],
  ["-r 5 -HHost:secret", 2, /--header "Host": expected another name/],
  [
    "-r 5 -uann:secret",
    2,
    /Unknown option -u: did you mean --concurrency\? \(a login goes into --header/,
  ],
  ["-r 5 -psecret", 2, /Unknown option -p: /],
  ["-rate 50 -duration 5s", 2, /Unknown option -rate: did you mean --rate\?$/],
  ["-r 5 -skipTLS", 2, /Unknown option -skipTLS: did you mean --insecure\?$/],
  ["-r 5 --cert ./a.pem", 2, /--cert ".\/a.pem" alone: expected --key/],
  ["--rate 1 --duration 0.001m", 2, /--duration "0.001m": expected long enough/],
  ["--steps 0.1:1s", 2, /--steps "0.1:1s": expected long enough/],
  ["-r +5 --duration 0.5m", 2, /--duration "0.5m" with --requests "\+5"/],
  ["-r +5 --until-decided --max-requests +4", 2, /"\+4": expected at least as many as .* "\+5"/],
  ["-r 5 extra", 2, /the argument "extra": expected options only/],
  ["-r 5 demo", 2, /the argument "demo": expected a command to come first/],
  ["500", 2, /the argument "500": expected -r before a number/],
  ["http://localhost:8080 -r 5", 2, /expected --rest-url or --grpc-url before an address/],
  ["rum -r 5", 2, /the command "rum": did you mean run\?$/],
  ["help bench", 2, /the command "bench": expected one of/],
  ["run help bench", 2, /the command "bench": expected one of/],
  ["serve -n 5", 2, /Unknown option -n: expected one of those that --help lists/],
  ["serve --requests 5", 2, /Unknown option --requests: it is an option of run, demo, self-test/],
  ["serve --rest-port 9090", 2, /--rest-port "9090": expected another port than --grpc-port/],
  ["serve --rest-port 9000 --grpc-port 09000", 2, /--grpc-port "09000": expected another port/],
  [
    "report a.json -v",
    2,
    /Unknown option -v: it is an option of run, demo, self-test, not of report/,
  ],
  ["bench -r 5", 2, /the command "bench": expected one of run, demo, serve, report/],
  ["toString", 2, /the command "toString"/],
  ["demo -r none", 2, /--requests "none"/],
  ["demo --failure-rate 1.5", 2, /--failure-rate "1.5": expected a share from 0 to 1/],
  ["demo --failure-rate 101%", 2, /--failure-rate "101%"/],
  ["demo --latency fast", 2, /--latency "fast"/],
  [
    "demo --rest-url http://h",
    2,
    /Unknown option --rest-url: it is an option of run, not of demo\./,
  ],
  ["serve --rest-port 70000", 2, /--rest-port "70000": expected an integer from 0 to 65535/],
  ["serve --grpc-port http", 2, /--grpc-port "http"/],
  ["serve --rest-port 9000 --grpc-port 9000", 2, /--grpc-port "9000": expected another port/],
  ["serve --host no/host", 2, /--host "no\/host"/],
  [
    "serve --host 192.0.2.1 --rest-port 0 --grpc-port 0",
    3,
    /Cannot start the REST reference server/,
  ],
  ["report", 2, /without a FILE/],
  ["report missing.json", 2, /the file "missing.json": no such file/],
  ["report a.json b.json", 2, /the argument "b.json": expected a single FILE/],
  ["report a.json -o yaml", 2, /--output "yaml"/],
  [`-r 5 ${DEAD.join(" ")}`, 3, /"http:\/\/127.0.0.1:2": the connection was refused/],
  ["-r 5 --rest-url http://no-such-host.invalid --grpc-url 127.0.0.1:2", 3, /does not resolve/],
];

for (const [line, code, says] of BAD_INPUTS) {
  Deno.test(`bad input is explained in one line: protoduel ${line}`, async () => {
    const result = await inProcess(line === "" ? [] : line.split(" "));
    const [first = "", ...rest] = result.stderr.split("\n");
    assert.equal(result.code, code, result.stderr);
    assert.match(first, /^error: (Cannot|Unknown option) /);
    assert.match(first, says);
    assert.equal(result.stdout, "");
    assert.doesNotMatch(result.stderr, /^\s+at |file:\/\/|secret/m);
    if (code === 2 && !line.includes("missing.json")) {
      assert.match(rest.join("\n"), /^Usage: protoduel /);
    }
  });
}

Deno.test("an argument with control characters cannot write to the terminal", async () => {
  const { stderr } = await inProcess(["-r", "\x1b[2J\r\nfake: line"]);
  // deno-lint-ignore no-control-regex
  assert.doesNotMatch(stderr, /\x1b|\r/);
  assert.doesNotMatch(stderr, /^fake/m);
});
