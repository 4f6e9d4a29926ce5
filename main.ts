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
 * 4 a protocol had no success, 5 the self-test failed, 6 the result could not be written,
 * 130 interrupted.
 *
 * @module
 */
import { fstatSync } from "node:fs";
import process from "node:process";
import { runCli } from "./lib/cli.ts";
import { monotonicClock, processCpuClock } from "./lib/clock.ts";
import type { Host } from "./lib/commands/host.ts";
import { readBounded, readBytesBounded } from "./lib/commands/read_bounded.ts";
import { ReaderGoneError, ResultNotWrittenError } from "./lib/errors.ts";
import { plainProgress, terminalProgress } from "./lib/terminal/progress.ts";

/** SIGHUP comes when the terminal closes. */
const STOP_SIGNALS: readonly Deno.Signal[] = Deno.build.os === "windows"
  ? ["SIGINT"]
  : ["SIGINT", "SIGTERM", "SIGHUP"];

/** What is read of the environment: grpc-js's switches, and the proxies that are not to be used. */
const ENVIRONMENT = "GRPC_*,HTTP_PROXY,HTTPS_PROXY,ALL_PROXY,http_proxy,https_proxy,all_proxy";

const STDIN = 0;

/**
 * Whether nohup was asked to keep this process from its terminal's end. Which signals are ignored cannot
 * be asked without every permission, but GNU's nohup puts a device that cannot be read in stdin's place.
 */
function isUnderNohup(): boolean {
  try {
    if (Deno.stdin.isTerminal() || !fstatSync(STDIN).isCharacterDevice()) return false;
    Deno.stdin.readSync(new Uint8Array(1));
    return false;
  } catch {
    return true;
  }
}

/** The first signal asks the run to end; a second one finds no handler and ends the process. */
function interruptSignal(): AbortSignal {
  const controller = new AbortController();
  // Once Deno listens to any signal, it dies of a SIGHUP that was to be ignored.
  const underNohup = Deno.build.os !== "windows" && isUnderNohup();
  if (underNohup) Deno.addSignalListener("SIGHUP", () => {});
  const signals = underNohup ? STOP_SIGNALS.filter((it) => it !== "SIGHUP") : STOP_SIGNALS;
  const stop = () => {
    for (const signal of signals) Deno.removeSignalListener(signal, stop);
    controller.abort();
  };
  for (const signal of signals) Deno.addSignalListener(signal, stop);
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

/**
 * A reader that went away may have what it wanted, as `head` does: it is told nothing, and the caller by the
 * exit code alone. Whatever else keeps a result from where it is to go is told.
 *
 * @throws {ReaderGoneError | ResultNotWrittenError}
 */
async function writeResult(text: string): Promise<void> {
  const bytes = new TextEncoder().encode(text);
  try {
    for (let written = 0; written < bytes.length;) {
      written += await Deno.stdout.write(bytes.subarray(written));
    }
  } catch (error) {
    if (error instanceof Deno.errors.BrokenPipe) throw new ReaderGoneError();
    const reason = error instanceof Error ? error.message : String(error);
    throw new ResultNotWrittenError(
      `Cannot write the result to standard output: ${reason}. ` +
        "Expected a place that takes it; send it to another file, or make room.",
    );
  }
}

/** What cannot be told on stderr, nobody can be told; the result may still go where it is to. */
function writeToStderr(text: string): void {
  const bytes = new TextEncoder().encode(text);
  try {
    for (let written = 0; written < bytes.length;) {
      written += Deno.stderr.writeSync(bytes.subarray(written));
    }
  } catch {
    // Full, closed, or a terminal that is gone.
  }
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

const interrupt = interruptSignal();

const host: Host = {
  clock: monotonicClock,
  cpuClock: processCpuClock,
  now: () => new Date(),
  runtime: `deno ${Deno.version.deno}`,
  denoVersion: Deno.version.deno,
  platform: `${Deno.build.os} ${Deno.build.arch}`,
  cores: navigator.hardwareConcurrency,
  ignoredProxies: forgetProxies(),
  interrupt,
  unheardError: unheardError(),
  stdinEnd: async () => {
    for await (const _chunk of Deno.stdin.readable) { /* only its end matters */ }
  },
  writeResult,
  readFile: (path) => readBounded(() => Deno.open(path), interrupt),
  readBytes: (path) => readBytesBounded(() => Deno.open(path), interrupt),
  environment: (name) => Deno.env.get(name),
  spawnSelf,
};

const onTerminal = Deno.stderr.isTerminal();
const colour = onTerminal && !Deno.noColor;
const progress = onTerminal
  ? terminalProgress(process.stderr, colour)
  : plainProgress(writeToStderr);
// Of a terminal that is gone, as above.
process.stderr.on("error", () => {});

Deno.exit(await runCli(Deno.args, host, { progress, colour }));
