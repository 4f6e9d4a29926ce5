import { ServerStartError } from "../../errors.ts";
import type { ServerAddresses } from "../announcement.ts";
import { announcedBy, type SpawnSelf } from "../server_process.ts";

/** Null servers in a child process, so that they share no thread with the client. */
export interface NullServerProcess {
  /** Rejects with a {@link ServerStartError} where they do not come up. */
  readonly addresses: Promise<ServerAddresses>;
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
    const reason = error instanceof Error ? error.message : String(error);
    return { addresses: rejected(reason), stop: () => Promise.resolve() };
  }
  const addresses = announcedBy(child).then((announced) =>
    announced ?? rejected("their process ended before it listened")
  );
  // Whoever stops before it listens does not ask for the addresses any more.
  addresses.catch(() => {});
  return {
    addresses,
    stop: async () => {
      killIfAlive(child);
      await Promise.allSettled([child.stdin.close(), child.status, addresses]);
    },
  };
}

function rejected(reason: string): Promise<never> {
  const rejection = Promise.reject(
    new ServerStartError(`Cannot start the null servers: ${reason}. The run goes on without.`),
  );
  rejection.catch(() => {});
  return rejection;
}

/** It holds nothing that a sudden end could harm, and as it starts up it would not yet hear of a gentle one. */
function killIfAlive(child: Deno.ChildProcess): void {
  try {
    child.kill("SIGKILL");
  } catch {
    // Ended already.
  }
}
