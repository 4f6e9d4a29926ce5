/**
 * protoduel: the same load against a REST and a gRPC server, and which one serves it better.
 *
 *     protoduel [run] -r N [options]      compare two servers that are already there
 *     protoduel demo [-r N] [options]     compare the built-in reference servers
 *     protoduel serve [options]           run the reference servers alone
 *     protoduel report FILE [-o FORMAT]   render a saved JSON result again
 *     protoduel self-test [options]       run each reference server against itself
 *
 *     protoduel -r 500
 *     protoduel -r 1000 --rest-url http://localhost:8080 --grpc-url localhost:9090
 *     protoduel -r 1000 --seed 42 -o json > results.json
 *     protoduel report results.json -o csv
 *
 * `protoduel --help` has the rest. The result goes to stdout, everything else to stderr.
 * Exit codes: 0 measured, 1 internal error, 2 bad usage, 3 a target was unavailable,
 * 4 a protocol had no success, 5 the self-test failed, 130 interrupted.
 *
 * @module
 */
import process from "node:process";
import { runCli } from "./lib/cli.ts";
import { monotonicClock, processCpuClock } from "./lib/clock.ts";
import type { Host } from "./lib/commands/host.ts";
import { plainProgress, terminalProgress } from "./lib/terminal/progress.ts";

const STOP_SIGNALS: readonly Deno.Signal[] = Deno.build.os === "windows"
  ? ["SIGINT"]
  : ["SIGINT", "SIGTERM"];

/** What is read of the environment: grpc-js's switches, and the proxies that are not to be used. */
const ENVIRONMENT = "GRPC_*,HTTP_PROXY,HTTPS_PROXY,ALL_PROXY,http_proxy,https_proxy,all_proxy";

const MAX_FILE_BYTES = 16 * 1024 * 1024;

/** The first signal asks the run to end; a second one finds no handler and ends the process. */
function interruptSignal(): AbortSignal {
  const controller = new AbortController();
  const stop = () => {
    for (const signal of STOP_SIGNALS) Deno.removeSignalListener(signal, stop);
    controller.abort();
  };
  for (const signal of STOP_SIGNALS) Deno.addSignalListener(signal, stop);
  return controller.signal;
}

/** Rejects with the first error that is thrown or rejected where nobody waits for it. */
function unheardError(): Promise<never> {
  return new Promise((_resolve, reject) => {
    addEventListener("unhandledrejection", (event) => {
      event.preventDefault();
      reject(event.reason);
    });
    addEventListener("error", (event) => {
      event.preventDefault();
      reject(event.error ?? event.message);
    });
  });
}

async function writeAll(stream: typeof Deno.stdout, text: string): Promise<void> {
  const bytes = new TextEncoder().encode(text);
  try {
    for (let written = 0; written < bytes.length;) {
      written += await stream.write(bytes.subarray(written));
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
  }
}

function writeAllSync(stream: typeof Deno.stderr, text: string): void {
  const bytes = new TextEncoder().encode(text);
  try {
    for (let written = 0; written < bytes.length;) {
      written += stream.writeSync(bytes.subarray(written));
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
  }
}

/** Reads no more than a result can be: a path may name a device that never ends. */
async function readFile(path: string): Promise<string> {
  using file = await Deno.open(path);
  const bytes = new Uint8Array(MAX_FILE_BYTES + 1);
  let length = 0;
  for (let count: number | null; (count = await file.read(bytes.subarray(length))) !== null;) {
    length += count;
    if (length > MAX_FILE_BYTES) throw new Error(`it is larger than ${MAX_FILE_BYTES} bytes`);
  }
  return new TextDecoder().decode(bytes.subarray(0, length));
}

function spawnSelf(args: readonly string[]): Deno.ChildProcess {
  const self = Deno.build.standalone ? [] : [
    ...["run", "--quiet", "--no-prompt", "--allow-net=127.0.0.1", `--allow-env=${ENVIRONMENT}`],
    new URL(import.meta.url).pathname,
  ];
  return new Deno.Command(Deno.execPath(), {
    args: [...self, ...args],
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
}

const PROXY_VARIABLES = ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"];

/**
 * fetch would send its requests through a proxy that the environment names, and the proxy would be
 * measured as if it were the server. grpc-js is told the same by an option.
 *
 * @returns The variables that were set.
 */
function forgetProxies(): string[] {
  const names = PROXY_VARIABLES.flatMap((name) => [name, name.toLowerCase()])
    .filter((name) => Deno.env.get(name));
  for (const name of names) Deno.env.delete(name);
  return names;
}

const host: Host = {
  clock: monotonicClock,
  cpuClock: processCpuClock,
  now: () => new Date(),
  runtime: `deno ${Deno.version.deno}`,
  denoVersion: Deno.version.deno,
  platform: `${Deno.build.os} ${Deno.build.arch}`,
  cores: navigator.hardwareConcurrency,
  ignoredProxies: forgetProxies(),
  interrupt: interruptSignal(),
  unheardError: unheardError(),
  stdinEnd: async () => {
    for await (const _chunk of Deno.stdin.readable) { /* only its end matters */ }
  },
  writeResult: (text) => writeAll(Deno.stdout, text),
  readFile,
  spawnSelf,
};

const onTerminal = Deno.stderr.isTerminal();
const colour = onTerminal && !Deno.noColor;
const progress = onTerminal
  ? terminalProgress(process.stderr, colour)
  : plainProgress((text) => writeAllSync(Deno.stderr, text));

Deno.exit(await runCli(Deno.args, host, { progress, colour }));
