import { fileURLToPath } from "node:url";
import { parseGrpcAddress, parseRestUrl } from "../../lib/net/address.ts";
import type { ProtocolKey } from "../../lib/clients/protocol.ts";
import type { Target } from "../../lib/net/target.ts";
import { startNullServerProcess } from "../../lib/servers/null/null_server_process.ts";
import { DEFAULT_GRPC_SERVER } from "../../lib/servers/grpc_server_name.ts";
import { startServerProcess } from "../../lib/servers/server_process.ts";
import type { DelayServerOptions, DelayServerPorts, DelayServerRecord } from "./delay_server.ts";
import { V8_FLAGS } from "../v8_flags.ts";
import { pinned, SERVER_CORE } from "./pinned.ts";

export type Targets = Readonly<Record<ProtocolKey, Target>>;

const DELAY_SERVER = fileURLToPath(new URL("./delay_server.ts", import.meta.url));
const MAIN = fileURLToPath(new URL("../../main.ts", import.meta.url));
const DENO_ARGS = ["run", "--quiet", V8_FLAGS];
/** A heap that needs no collection while it is measured: that would delay answers. */
const ROOMY_DENO_ARGS = [
  ...["run", "--quiet"],
  "--v8-flags=--min-semi-space-size=64,--max-semi-space-size=64,--initial-heap-size=1024",
];

/**
 * Runs `use` beside the reference servers, in a process on the servers' core.
 *
 * @param latencyMs That they add to every answer.
 */
export async function withReferenceServers<T>(
  latencyMs: number,
  use: (targets: Targets) => Promise<T>,
): Promise<T> {
  const { program, args } = await pinned(SERVER_CORE, Deno.execPath(), [
    ...DENO_ARGS,
    ...["--allow-net=127.0.0.1", "--allow-env", MAIN],
  ]);
  const setup = { latencyMs, failureRate: 0, seed: 1, grpcServer: DEFAULT_GRPC_SERVER };
  const servers = await startServerProcess(
    setup,
    (more) => spawn(program, [...args, ...more]),
    new AbortController().signal,
  );
  try {
    return await use({
      rest: parseRestUrl(servers.restUrl),
      grpc: parseGrpcAddress(servers.grpcAddress),
    });
  } finally {
    await servers.stop();
  }
}

/** Runs `use` beside servers that do nothing but answer, in a process on the servers' core. */
export async function withNullServers<T>(use: (targets: Targets) => Promise<T>): Promise<T> {
  const { program, args } = await pinned(SERVER_CORE, Deno.execPath(), [
    ...DENO_ARGS,
    ...["--allow-net=127.0.0.1", "--allow-env", MAIN],
  ]);
  const servers = startNullServerProcess((more) => spawn(program, [...args, ...more]));
  try {
    const started = await servers.started;
    if (started.kind === "failed") throw new Error(started.reason);
    const { restUrl, grpcAddress } = started.addresses;
    return await use({ rest: parseRestUrl(restUrl), grpc: parseGrpcAddress(grpcAddress) });
  } finally {
    await servers.stop();
  }
}

/** What was done beside servers with known delays, and what each pair of them did. */
export interface BesideDelays<T> {
  readonly result: T;
  readonly records: readonly DelayServerRecord[];
}

/**
 * Runs `use` beside pairs of servers with known delays, all in one process.
 *
 * @param cores That it may use, as taskset lists them.
 */
export async function withDelayServers<T>(
  servers: readonly DelayServerOptions[],
  cores: string,
  use: (targets: readonly Targets[]) => Promise<T>,
): Promise<BesideDelays<T>> {
  const { program, args } = await pinned(cores, Deno.execPath(), [
    ...ROOMY_DENO_ARGS,
    ...["--allow-net=127.0.0.1", "--allow-read", DELAY_SERVER, JSON.stringify(servers)],
  ]);
  const child = spawn(program, args);
  const lines = linesOf(child.stdout);
  try {
    const ports: DelayServerPorts[] = JSON.parse(await nextOf(lines));
    const result = await use(ports.map(({ restPort, grpcPort }) => ({
      rest: parseRestUrl(`http://127.0.0.1:${restPort}`),
      grpc: parseGrpcAddress(`127.0.0.1:${grpcPort}`),
    })));
    await child.stdin.close();
    return { result, records: JSON.parse(await nextOf(lines)) };
  } finally {
    await child.stdin.close().catch(() => {});
    // Else a child whose record nobody reads would wait for ever where it is longer than a pipe holds.
    await lines.return(undefined);
    await child.status;
  }
}

function spawn(program: string, args: readonly string[]): Deno.ChildProcess {
  return new Deno.Command(program, {
    args: [...args],
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
}

async function* linesOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  let begun = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    const [...whole] = (begun + text).split("\n");
    begun = whole.pop()!;
    yield* whole;
  }
}

async function nextOf(lines: AsyncGenerator<string>): Promise<string> {
  const { value, done } = await lines.next();
  if (done) throw new Error("Cannot read from the servers: their process ended.");
  return value;
}
