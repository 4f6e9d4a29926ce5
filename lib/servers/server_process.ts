import { ServerStartError } from "../errors.ts";
import { parseAnnouncement, type ServerAddresses } from "./announcement.ts";
import type { ServerBehaviour } from "./behaviour.ts";

/** Reference servers in a child process. */
export interface ServerProcess extends ServerAddresses {
  /** Ends the process and waits until it is gone. */
  stop(): Promise<void>;
}

/**
 * Starts `serve` on free ports in a child process and waits until it listens. The child ends when
 * its standard input does, so it cannot outlive this process even if that is killed.
 *
 * @throws {ServerStartError} where the child ends before it listens.
 */
export async function startServerProcess(
  { latencyMs, failureRate, seed }: ServerBehaviour,
  spawnSelf: (args: readonly string[]) => Deno.ChildProcess,
): Promise<ServerProcess> {
  const child = spawnSelf([
    ...["serve", "--end-with-stdin", "--rest-port", "0", "--grpc-port", "0"],
    ...["--latency", `${latencyMs}ms`, "--failure-rate", `${failureRate}`, "--seed", `${seed}`],
  ]);
  const stop = async () => {
    await child.stdin.close();
    await child.status;
  };
  const output = child.stdout.pipeThrough(new TextDecoderStream());
  let announced = "";
  for await (const text of output) {
    announced += text;
    const addresses = parseAnnouncement(announced);
    if (addresses !== null) return { ...addresses, stop };
  }
  await stop();
  throw new ServerStartError(
    'Cannot start the reference servers: their process ended before it listened. Try "protoduel serve".',
  );
}
