import type { Clock, CpuClock } from "../clock.ts";

/** The machine as the commands see it: the only way in and out, so that tests can stand in for it. */
export interface Host {
  readonly clock: Clock;
  readonly cpuClock: CpuClock;
  /** From how long a gap on this process has stood still; where it is not as usual. */
  readonly standstillMs?: number;
  readonly now: () => Date;
  /** `deno 2.9.3` */
  readonly runtime: string;
  readonly denoVersion: string;
  /** `linux x86_64` */
  readonly platform: string;
  readonly cores: number;
  /** Environment variables that name a proxy, which is not used. */
  readonly ignoredProxies: readonly string[];
  /** Aborts when the user asks to stop. */
  readonly interrupt: AbortSignal;
  /** Rejects with an error that was thrown where nobody waits for it; never resolves. */
  readonly unheardError: Promise<never>;
  /** Ends when standard input does. */
  readonly stdinEnd: () => Promise<void>;
  /** Writes the whole text; rejects with a {@link ReaderGoneError} where its reader has gone away before. */
  readonly writeResult: (text: string) => Promise<void>;
  readonly readFile: (path: string) => Promise<string>;
  readonly readBytes: (path: string) => Promise<Uint8Array>;
  /** One variable of the environment; only of names that a task's permissions allow. */
  readonly environment: (name: string) => string | undefined;
  /** Starts this program again as a process of its own. */
  readonly spawnSelf: (args: readonly string[]) => Deno.ChildProcess;
}
