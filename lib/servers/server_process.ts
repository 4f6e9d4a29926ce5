import { ServerStartError } from "../errors.ts";
import { parseAnnouncement, type ServerAddresses } from "./announcement.ts";
import type { ServerBehaviour } from "./behaviour.ts";

/** Reference servers in a child process. */
export interface ServerProcess extends ServerAddresses {
  /** Ends the process and waits until it is gone. */
  stop(): Promise<void>;
}

/** Starts this program again as a process of its own. */
export type SpawnSelf = (args: readonly string[]) => Deno.ChildProcess;

/**
 * Starts `serve` on free ports in a child process and waits until it listens.
 *
 * @throws {ServerStartError} where the child ends before it listens.
 */
export async function startServerProcess(
  { latencyMs, failureRate, seed }: ServerBehaviour,
  spawnSelf: SpawnSelf,
): Promise<ServerProcess> {
  const process = await startListening(spawnSelf([
    ...["serve", "--end-with-stdin", "--rest-port", "0", "--grpc-port", "0"],
    ...["--latency", `${latencyMs}ms`, "--failure-rate", `${failureRate}`, "--seed", `${seed}`],
  ]));
  if (process !== null) return process;
  throw new ServerStartError(
    'Cannot start the reference servers: their process ended before it listened. Try "protoduel serve".',
  );
}

/**
 * The child ends when its standard input does, so it cannot outlive this process even if that is killed.
 *
 * @returns `null` where the child ends before it listens.
 */
async function startListening(child: Deno.ChildProcess): Promise<ServerProcess | null> {
  const stop = async () => {
    await child.stdin.close();
    await child.status;
  };
  const addresses = await announcedBy(child);
  if (addresses !== null) return { ...addresses, stop };
  await stop();
  return null;
}

/** @returns `null` where the child ends before it listens. */
export async function announcedBy({ stdout }: Deno.ChildProcess): Promise<ServerAddresses | null> {
  let announced = "";
  for await (const text of stdout.pipeThrough(new TextDecoderStream())) {
    announced += text;
    const addresses = parseAnnouncement(announced);
    if (addresses !== null) return addresses;
  }
  return null;
}
