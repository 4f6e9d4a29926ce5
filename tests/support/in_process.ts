import { runCli } from "../../lib/cli.ts";
import { monotonicClock } from "../../lib/clock.ts";
import type { Host } from "../../lib/commands/host.ts";
import { plainProgress } from "../../lib/terminal/progress.ts";
import type { ProcessResult } from "./process.ts";

/** A host that keeps what is written; `changes` replaces what a test wants otherwise. */
function testHost(output: string[], changes: Partial<Host>): Host {
  return {
    clock: monotonicClock,
    // The process is shared with other test files, and their work is none of this run's.
    cpuClock: () => 0,
    // Nor is it this run's, how long they keep it from its turn.
    standstillMs: Infinity,
    now: () => new Date("2024-01-15T14:30:00.000Z"),
    runtime: "deno 2.9.3",
    denoVersion: "2.9.3",
    platform: "linux x86_64",
    cores: 2,
    ignoredProxies: [],
    interrupt: new AbortController().signal,
    // The test runner hears of it.
    unheardError: new Promise(() => {}),
    stdinEnd: () => Promise.resolve(),
    writeResult: (text) => Promise.resolve(void output.push(text)),
    readFile: (path) => Promise.reject(new Error(`no such file: open '${path}'`)),
    readBytes: (path) => Promise.reject(new Error(`no such file: open '${path}'`)),
    environment: () => undefined,
    spawnSelf: () => {
      throw new Error("this test starts no process");
    },
    ...changes,
  };
}

/** Runs the whole program in this process. */
export async function inProcess(
  args: readonly string[],
  changes: Partial<Host> = {},
): Promise<ProcessResult> {
  const stdout: string[] = [];
  const stderr: string[] = [];
  const progress = plainProgress((text) => stderr.push(text));
  const code = await runCli(args, testHost(stdout, changes), { progress, colour: false });
  return { stdout: stdout.join(""), stderr: stderr.join(""), code };
}

/** As {@link inProcess}, for arguments of which the last of an option stands for what all tests have there. */
export function inProcessOverriding(
  args: readonly string[],
  changes: Partial<Host> = {},
): Promise<ProcessResult> {
  const isReplaced = (at: number) => {
    const arg = args[at];
    return arg !== undefined && arg.startsWith("--") && args.lastIndexOf(arg) > at &&
      args[args.lastIndexOf(arg) + 1] !== args[at + 1];
  };
  return inProcess(args.filter((_, at) => !isReplaced(at) && !isReplaced(at - 1)), changes);
}
