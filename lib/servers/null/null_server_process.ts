import type { ServerAddresses } from "../announcement.ts";
import { announcedBy, killIfAlive, type SpawnSelf } from "../server_process.ts";

/** What became of the start. */
export type NullServerStart =
  | { readonly kind: "listening"; readonly addresses: ServerAddresses }
  | { readonly kind: "failed"; readonly reason: string };

/** Null servers in a child process, so that they share no thread with the client. */
export interface NullServerProcess {
  /** Never rejects. */
  readonly started: Promise<NullServerStart>;
  /** Ends the process, whether it is up yet or not, and waits until it is gone. */
  stop(): Promise<void>;
}

/**
 * Starts a child that listens soon, so that something else can be done meanwhile. It ends when its
 * standard input does, and cannot outlive this process even if that is killed.
 */
export function startNullServerProcess(spawnSelf: SpawnSelf): NullServerProcess {
  let child: Deno.ChildProcess;
  try {
    child = spawnSelf(["serve", "--null"]);
  } catch (error) {
    const failed = failure(error instanceof Error ? error.message : String(error));
    return { started: Promise.resolve(failed), stop: () => Promise.resolve() };
  }
  const started = announcedBy(child).then((addresses): NullServerStart =>
    addresses === null
      ? failure("their process ended before it listened")
      : { kind: "listening", addresses }
  );
  return {
    started,
    stop: async () => {
      // As it starts up it would not yet hear of a gentle end.
      killIfAlive(child);
      await Promise.allSettled([child.stdin.close(), child.status, started]);
    },
  };
}

function failure(reason: string): NullServerStart {
  return { kind: "failed", reason: `the null servers did not start: ${reason}` };
}
