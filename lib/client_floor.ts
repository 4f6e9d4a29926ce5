import { parseGrpcAddress, parseRestUrl } from "./command_line/values.ts";
import { ServerStartError } from "./errors.ts";
import type { Surroundings } from "./measurement.ts";
import { DEFAULT_TLS } from "./net/tls_settings.ts";
import type { ProtocolKey } from "./protocols/protocol.ts";
import type { LoadGenerator, LoadResult } from "./runners/load_generator.ts";
import type { ServerAddresses } from "./servers/announcement.ts";
import type { TestPlan } from "./test_plan.ts";

/**
 * What one protocol's client measures, under the run's own load, against a server that does nothing but
 * answer: no server can look faster through this client.
 */
export type Floor =
  | {
    readonly kind: "measured";
    readonly medianMs: number;
    readonly p99Ms: number;
    /** Successes per second. */
    readonly throughput: number;
    readonly requests: number;
  }
  | { readonly kind: "unknown"; readonly reason: string };

export type ClientFloor = Readonly<Record<ProtocolKey, Floor>>;

/** What carries a plan's load; closed by whoever opened it. */
export type OpenGenerator = (
  plan: TestPlan,
  surroundings: Pick<Surroundings, "clock" | "interrupt">,
) => Promise<LoadGenerator>;

/** Per protocol: enough for grpc-js to get warm, little enough not to be missed. */
const WANTED_MS = 300;
const MOST_REQUESTS = 10_000;
/** The first stretch opens connections and runs cold code. */
const LEAST_STRETCHES = 2;
const WANTED_STRETCH_MS = 40;
const LEAST_STRETCH_REQUESTS = 200;
/** How often each place in flight is filled: once would measure the first burst alone. */
const LEAST_ROUNDS = 2;
/** For loads of which a single round takes long: then what has ended until here must do. */
const LONGEST_MS = 2000;
/** With fewer, a median would be luck. */
const LEAST_SUCCESSES = 50;
const TOO_FEW = "too few requests ended well in time";

/**
 * Measures the floor of both protocols' clients, as they are set up for the run: the same lens, places in
 * flight, threads and connections. Never rejects because of the servers: what cannot be measured is unknown.
 *
 * @param nullServers As started by `startNullServerProcess`; they may still be on their way.
 */
export async function measureFloor(
  plan: TestPlan,
  nullServers: Promise<ServerAddresses>,
  openGenerator: OpenGenerator,
  surroundings: Pick<Surroundings, "clock" | "interrupt">,
): Promise<ClientFloor> {
  let addresses: ServerAddresses;
  try {
    addresses = await nullServers;
  } catch (error) {
    if (!(error instanceof ServerStartError)) throw error;
    const unknown: Floor = { kind: "unknown", reason: error.message };
    return { rest: unknown, grpc: unknown };
  }
  const floorPlan = planAgainst(plan, addresses);
  const rest = await measureOne("rest", floorPlan, openGenerator, surroundings);
  const grpc = await measureOne("grpc", floorPlan, openGenerator, surroundings);
  return { rest, grpc };
}

function planAgainst(plan: TestPlan, { restUrl, grpcAddress }: ServerAddresses): TestPlan {
  return {
    ...plan,
    targets: { rest: parseRestUrl(restUrl), grpc: parseGrpcAddress(grpcAddress) },
    tls: DEFAULT_TLS,
    // The ids must not run out: how many it takes shows on the way.
    requestsPerProtocol: Infinity,
  };
}

async function measureOne(
  protocol: ProtocolKey,
  plan: TestPlan,
  openGenerator: OpenGenerator,
  { clock, interrupt }: Pick<Surroundings, "clock" | "interrupt">,
): Promise<Floor> {
  const tooLong = new AbortController();
  const timer = setTimeout(() => tooLong.abort(), LONGEST_MS);
  const end = AbortSignal.any([interrupt, tooLong.signal]);
  const generator = await openGenerator(plan, { clock, interrupt: end });
  try {
    const load = (requests: number) => runStretch(generator, protocol, requests);
    return await fastestStretch(plan.concurrency, load, end);
  } finally {
    clearTimeout(timer);
    await generator.close();
  }
}

/**
 * Of several short stretches the fastest: whatever disturbs a client, and its own warming up, only ever
 * makes it slower, and a floor that is too high would blame the client for what the server does.
 */
async function fastestStretch(
  concurrency: number,
  load: (requests: number) => Promise<LoadResult>,
  end: AbortSignal,
): Promise<Floor> {
  const leastRequests = Math.max(LEAST_STRETCH_REQUESTS, LEAST_ROUNDS * concurrency);
  let fastest: Floor = { kind: "unknown", reason: TOO_FEW };
  let requests = leastRequests;
  let sent = 0;
  let spentMs = 0;
  for (let stretches = 0; !end.aborted; stretches++) {
    if (stretches >= LEAST_STRETCHES && (spentMs >= WANTED_MS || sent >= MOST_REQUESTS)) break;
    const result = await load(requests);
    const tookMs = result.endMs - result.startMs;
    const floor = floorOf(result);
    if (floor.kind === "measured") {
      if (fastest.kind === "unknown" || floor.throughput > fastest.throughput) fastest = floor;
      const pacedRequests = Math.ceil(floor.requests * WANTED_STRETCH_MS / tookMs);
      requests = Math.max(leastRequests, Math.min(pacedRequests, MOST_REQUESTS));
    }
    sent += requests;
    spentMs += tookMs;
  }
  return fastest;
}

function runStretch(
  generator: LoadGenerator,
  protocol: ProtocolKey,
  requests: number,
): Promise<LoadResult> {
  return generator.run(protocol, requests, () => {});
}

function floorOf({ recorder, startMs, endMs }: LoadResult): Floor {
  const { successes } = recorder;
  const statistics = recorder.responseTime.statistics();
  if (statistics === null || successes < LEAST_SUCCESSES || endMs <= startMs) {
    return { kind: "unknown", reason: TOO_FEW };
  }
  return {
    kind: "measured",
    medianMs: statistics.p50,
    p99Ms: statistics.p99,
    throughput: successes / (endMs - startMs) * 1000,
    requests: successes,
  };
}
