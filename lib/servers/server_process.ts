import { InterruptedError, ServerStartError } from "../errors.ts";
import { parseAnnouncement, type ServerAddresses } from "./announcement.ts";
import type { ReferenceSetup } from "./behaviour.ts";

/**
 * Reference servers in a child process. It ends when its standard input does, so that it cannot outlive this
 * process even if that is killed.
 */
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
 * @throws {InterruptedError} where the user stops it before; the child is gone then.
 */
export async function startServerProcess(
  { latencyMs, failureRate, seed, grpcServer }: ReferenceSetup,
  spawnSelf: SpawnSelf,
  interrupt: AbortSignal,
): Promise<ServerProcess> {
  if (interrupt.aborted) throw stoppedAtStart();
  const child = spawnSelf([
    ...["serve", "--end-with-stdin", "--rest-port", "0", "--grpc-port", "0"],
    ...["--latency", `${latencyMs}ms`, "--failure-rate", `${failureRate}`, "--seed", `${seed}`],
    ...["--grpc-server", grpcServer],
  ]);
  // As it starts up, it does not yet hear that its standard input ends.
  const kill = () => killIfAlive(child);
  interrupt.addEventListener("abort", kill);
  const addresses = await announcedBy(child);
  interrupt.removeEventListener("abort", kill);
  const stop = async () => {
    await Promise.allSettled([child.stdin.close(), child.status]);
  };
  if (addresses !== null && !interrupt.aborted) return { ...addresses, stop };
  await stop();
  // A Ctrl-C reaches the child as well, and may end it before this process hears of its own.
  if (interrupt.aborted || isStopSignal((await child.status).signal)) throw stoppedAtStart();
  throw new ServerStartError(
    'Cannot start the reference servers: their process ended before it listened. Try "protoduel serve".',
  );
}

function stoppedAtStart(): InterruptedError {
  return new InterruptedError("Cannot show a result: stopped before anything was measured.");
}

function isStopSignal(signal: Deno.Signal | null): boolean {
  return signal === "SIGINT" || signal === "SIGTERM" || signal === "SIGHUP";
}

/** For a child that holds nothing which a sudden end could harm. */
export function killIfAlive(child: Deno.ChildProcess): void {
  try {
    child.kill("SIGKILL");
  } catch {
    // Ended already.
  }
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
