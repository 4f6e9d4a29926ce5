import { withTempDir } from "../../tests/support/temp_dir.ts";
import { V8_FLAGS } from "../v8_flags.ts";
import { findProgram } from "./find_program.ts";
import { interrupt } from "./interrupt.ts";

/** What one run of a load generator says of itself. */
export interface Reading {
  readonly requestsPerSecond: number;
  /** `null` where the tool does not tell. */
  readonly p50Ms: number | null;
  readonly p99Ms: number | null;
}

/** How long a load generator runs, and with how many requests in flight. */
export interface BenchLoad {
  readonly seconds: number;
  readonly concurrency: number;
}

/** A load generator that can be run against a server. */
export interface Contender {
  readonly name: string;
  run(address: string): Promise<Reading>;
}

/** The core that every client runs on; servers have the last one. */
const CLIENT_CORE = "0";
const FIXTURE_CA = "tests/fixtures/ca_cert.pem";
const USER_PATH = "/api/users/4242";
const METHOD_PATH = "/api.performance.UserService/GetUser";

/** Runs a program on the clients' core and gives its standard output. */
async function outputOf(program: string, args: readonly string[], env = {}): Promise<string> {
  const taskset = await findProgram("taskset");
  const [command, ...prefix] = taskset === null ? [program] : [taskset, "-c", CLIENT_CORE, program];
  const { stdout, stderr, success } = await new Deno.Command(command!, {
    args: [...prefix, ...args],
    env,
    stdin: "null",
    signal: interrupt,
  }).output();
  const decoder = new TextDecoder();
  if (!success) throw new Error(`Cannot run "${program}": ${decoder.decode(stderr)}`);
  return decoder.decode(stdout);
}

/** How protoduel itself is started: as its users start it, but for the benchmark's pinning. */
const PROTODUEL = [
  ...["run", "--quiet", V8_FLAGS],
  ...["--allow-net=127.0.0.1", "--allow-read", "--allow-env", "main.ts"],
];

export async function protoduelOutput(args: readonly string[]): Promise<string> {
  return await outputOf(Deno.execPath(), [...PROTODUEL, ...args]);
}

/** The load of one run of protoduel. */
interface WireLoad {
  /** How much of it, per protocol, as an option says it. */
  readonly extent: readonly ["-r" | "--duration", string];
  readonly concurrency: number;
  readonly workers: number;
}

/** One side after the other, like its peers: a change of side would be measured with every block. */
function wireRun(restUrl: string, grpcUrl: string, load: WireLoad): string[] {
  return [
    ...[...load.extent, "-c", String(load.concurrency)],
    ...["--workers", String(load.workers), "--rest-url", restUrl, "--grpc-url", grpcUrl],
    ...["--client", "wire", "--schedule", "sequential", "--no-client-check", "-o", "json"],
  ];
}

/** What a process took, all its threads together. */
export interface Cost {
  readonly cpuSeconds: number;
  readonly peakMegabytes: number;
}

/** What a run of protoduel takes. @returns `null` where GNU time is not installed. */
export async function costOf(
  restUrl: string,
  grpcUrl: string,
  load: WireLoad,
): Promise<Cost | null> {
  const time = await findProgram("time");
  if (time === null) return null;
  return await withTempDir(async (folder) => {
    const file = `${folder}/cost`;
    await outputOf(time, [
      ...["-f", "%U %S %M", "-o", file, Deno.execPath(), ...PROTODUEL],
      ...wireRun(restUrl, grpcUrl, load),
    ]);
    const [user, system, peakKibibytes] = (await Deno.readTextFile(file)).split(" ").map(Number);
    return { cpuSeconds: user! + system!, peakMegabytes: peakKibibytes! * 1.024 / 1000 };
  });
}

/**
 * One side of a protoduel run with the wire clients; the other side gets the same load. By time, as its
 * peers run: each block of a number of requests ends with ever fewer of them in flight.
 */
export function protoduel(
  side: "rest" | "grpc",
  otherAddress: string,
  { seconds, concurrency }: BenchLoad,
): Contender {
  return {
    name: "protoduel",
    run: async (address) => {
      const [restUrl, grpcUrl] = side === "rest"
        ? [address, otherAddress]
        : [otherAddress, address];
      const report = JSON.parse(
        await protoduelOutput([
          ...wireRun(restUrl, grpcUrl, {
            extent: ["--duration", `${seconds}s`],
            concurrency,
            workers: 1,
          }),
          ...["--ca", FIXTURE_CA],
        ]),
      );
      const summary = report[side];
      if (summary.failed_requests > 0) throw new Error(JSON.stringify(summary.errors));
      return {
        requestsPerSecond: summary.throughput,
        p50Ms: summary.median_response_time,
        p99Ms: summary.p99_response_time,
      };
    },
  };
}

/** How each peer is run, and its output read, in the settings that its users call its fastest. */
export const PEERS: Readonly<Record<string, (program: string, load: BenchLoad) => Contender>> = {
  wrk: (program, { seconds, concurrency }) => ({
    name: `wrk -t1 -c${concurrency}`,
    run: async (address) => {
      const args = ["-t1", `-c${concurrency}`, `-d${seconds}s`, "--latency"];
      const text = await outputOf(program, [...args, address + USER_PATH]);
      return {
        requestsPerSecond: numberAfter(text, /Requests\/sec:\s+([\d.]+)/),
        p50Ms: milliseconds(text, /50%\s+([\d.]+)(us|ms|s)/),
        p99Ms: milliseconds(text, /99%\s+([\d.]+)(us|ms|s)/),
      };
    },
  }),
  hey: (program, { seconds, concurrency }) => ({
    name: `hey -c${concurrency}`,
    run: async (address) => {
      const args = ["-c", String(concurrency), "-z", `${seconds}s`];
      const text = await outputOf(program, [...args, address + USER_PATH]);
      return {
        requestsPerSecond: numberAfter(text, /Requests\/sec:\s+([\d.]+)/),
        p50Ms: numberAfter(text, /50% in ([\d.]+) secs/) * 1000,
        p99Ms: numberAfter(text, /99% in ([\d.]+) secs/) * 1000,
      };
    },
  }),
  oha: (program, { seconds, concurrency }) => ({
    name: `oha -c ${concurrency}`,
    run: async (address) => {
      // By time alone it would break off what is in flight, and count that as failed.
      const args = ["-c", String(concurrency), "-z", `${seconds}s`, "-w", "--no-tui"];
      args.push("--output-format", "json", address + USER_PATH);
      const { summary, latencyPercentiles } = JSON.parse(await outputOf(program, args));
      return {
        requestsPerSecond: summary.requestsPerSec,
        p50Ms: latencyPercentiles.p50 * 1000,
        p99Ms: latencyPercentiles.p99 * 1000,
      };
    },
  }),
  autocannon: (program, { seconds, concurrency }) => ({
    name: `autocannon -c${concurrency}`,
    run: async (address) => {
      const args = ["-c", String(concurrency), "-d", String(seconds), "--json"];
      const result = JSON.parse(await outputOf(program, [...args, address + USER_PATH]));
      return {
        requestsPerSecond: result.requests.average,
        p50Ms: result.latency.p50,
        p99Ms: result.latency.p99,
      };
    },
  }),
  k6: (program, load) => ({
    name: `k6, ${load.concurrency} VUs`,
    run: async (address) => {
      return await withTempDir(async (folder) => {
        await Deno.writeTextFile(`${folder}/load.js`, k6Script(address + USER_PATH, load));
        const environment = { K6_NO_USAGE_REPORT: "true" };
        await outputOf(
          program,
          ["run", "--quiet", "--summary-export", `${folder}/summary.json`, `${folder}/load.js`],
          environment,
        );
        const { metrics } = JSON.parse(await Deno.readTextFile(`${folder}/summary.json`));
        return {
          requestsPerSecond: metrics.http_reqs.rate,
          p50Ms: metrics.http_req_duration.med,
          p99Ms: null,
        };
      });
    },
  }),
  h2load: (program, { seconds, concurrency }) => ({
    name: `h2load -c1 -m${concurrency}`,
    run: async (address) => {
      return await withTempDir(async (folder) => {
        await Deno.writeFile(`${folder}/request`, new Uint8Array([0, 0, 0, 0, 3, 8, 0x92, 0x21]));
        const base = address.startsWith("https://") ? address : `http://${address}`;
        const args = ["-c1", "-t1", `-m${concurrency}`, "-d", `${folder}/request`];
        const headers = ["-H", "content-type: application/grpc", "-H", "te: trailers"];
        // As the others send it: a deadline is work for a server.
        headers.push("-H", "grpc-timeout: 10S");
        const url = base + METHOD_PATH;
        const text = await outputOf(program, [...args, ...headers, "-D", String(seconds), url]);
        // The log costs h2load time, so that its percentiles come from a short run apart.
        const log = `${folder}/log`;
        await outputOf(program, [...args, ...headers, "-n", "50000", "--log-file", log, url]);
        const latencies = (await Deno.readTextFile(log)).trim().split("\n")
          .map((line) => Number(line.split("\t")[2]) / 1000).sort((a, b) => a - b);
        return {
          requestsPerSecond: numberAfter(text, /finished in .*?, ([\d.]+) req\/s/),
          p50Ms: latencies[Math.floor(latencies.length * 0.5)]!,
          p99Ms: latencies[Math.floor(latencies.length * 0.99)]!,
        };
      });
    },
  }),
  ghz: (program, { seconds, concurrency }) => ({
    name: `ghz -c ${concurrency}`,
    run: async (address) => {
      const result = JSON.parse(
        await outputOf(program, [
          ...["--insecure", "--proto", "proto/user_service.proto", "--skipFirst", "500"],
          ...["--call", "api.performance.UserService.GetUser", "-d", '{"user_id":4242}'],
          // With `--cpus 1`, more connections or as bytes it is slower.
          ...["-c", String(concurrency), "-z", `${seconds}s`, "-O", "json", address],
        ]),
      );
      const percentile = (percent: number) =>
        result.latencyDistribution.find((it: { percentage: number }) => it.percentage === percent)
          .latency / 1e6;
      return { requestsPerSecond: result.rps, p50Ms: percentile(50), p99Ms: percentile(99) };
    },
  }),
};

/** @returns The named peer, or `null` where it is not installed. */
export async function findPeer(name: string, load: BenchLoad): Promise<Contender | null> {
  const program = await findProgram(name);
  return program === null ? null : PEERS[name]!(program, load);
}

function k6Script(url: string, { seconds, concurrency }: BenchLoad): string {
  return `
    import http from "k6/http";
    export const options = {
      vus: ${concurrency}, duration: "${seconds}s", discardResponseBodies: true,
      summaryTrendStats: ["med"],
    };
    export default function () { http.get("${url}"); }`;
}

function numberAfter(text: string, pattern: RegExp): number {
  const value = Number(pattern.exec(text)?.[1]);
  if (Number.isNaN(value)) throw new Error(`Cannot find ${pattern} in "${text.slice(0, 500)}"`);
  return value;
}

function milliseconds(text: string, pattern: RegExp): number {
  const unit = pattern.exec(text)?.[2];
  return numberAfter(text, pattern) * (unit === "us" ? 0.001 : unit === "s" ? 1000 : 1);
}
