import { startGenerator, type Surroundings } from "./measurement.ts";
import { DEFAULT_TLS } from "./net/tls_settings.ts";
import type { ProtocolKey } from "./protocols/protocol.ts";
import type { LoadGenerator, LoadResult } from "./runners/load_generator.ts";
import { meanOccupationMs } from "./runners/occupation.ts";
import type { ServerAddresses } from "./servers/announcement.ts";
import type { NullServerStart } from "./servers/null/null_server_process.ts";
import { serverTargets } from "./servers/server_targets.ts";
import type { TestPlan } from "./test_plan.ts";

/**
 * What one protocol's client measures, under the run's own load, against a server that does nothing but
 * answer: hardly any server can look faster through this client.
 */
export type Floor = MeasuredFloor | { readonly kind: "unknown"; readonly reason: string };

export interface MeasuredFloor {
  readonly kind: "measured";
  readonly medianMs: number;
  readonly p99Ms: number;
  /** Successes per second. */
  readonly throughput: number;
  /** That the figures rest on. */
  readonly requests: number;
}

export type ClientFloor = Readonly<Record<ProtocolKey, Floor>>;

/** Per protocol: enough for grpc-js to get warm, little enough not to be missed. */
const WANTED_MS = 250;
const MOST_REQUESTS = 10_000;
/** The first stretch opens connections and runs cold code. */
const LEAST_STRETCHES = 2;
const WANTED_STRETCH_MS = 40;
const LEAST_STRETCH_REQUESTS = 200;
/** How often each place in flight is filled: once would measure the first burst alone. */
const LEAST_ROUNDS = 2;
/** For loads of which a single round takes long: then what has ended until here must do. */
const LONGEST_MS = 3000;
/** With fewer, a median would be luck. */
const LEAST_SUCCESSES = 50;

/**
 * Measures the floor of both protocols' clients, one after the other, as they are set up for the run: the
 * same lens, places in flight, threads and connections. What cannot be measured is unknown.
 *
 * @param nullServers As started by `startNullServerProcess`; they may still be on their way.
 */
export async function measureFloor(
  plan: TestPlan,
  nullServers: Promise<NullServerStart>,
  { clock, interrupt }: Pick<Surroundings, "clock" | "interrupt">,
): Promise<ClientFloor> {
  const servers = await nullServers;
  if (servers.kind === "failed") return unknownFloor(servers.reason);
  const tooLong = new AbortController();
  const end = AbortSignal.any([interrupt, tooLong.signal]);
  const generator = await startGenerator(planAgainst(plan, servers.addresses), {
    clock,
    interrupt: end,
  });
  const timer = setTimeout(() => tooLong.abort(), LONGEST_MS);
  const floorFor = (protocol: ProtocolKey) =>
    typicalStretch(plan.concurrency, (requests) => runStretch(generator, protocol, requests), end);
  try {
    return { rest: await floorFor("rest"), grpc: await floorFor("grpc") };
  } finally {
    clearTimeout(timer);
    await generator.close();
  }
}

function unknownFloor(reason: string): ClientFloor {
  const floor: Floor = { kind: "unknown", reason };
  return { rest: floor, grpc: floor };
}

function planAgainst(plan: TestPlan, addresses: ServerAddresses): TestPlan {
  const targets = serverTargets(addresses);
  const { contenders } = plan;
  return {
    ...plan,
    targets: { rest: targets[contenders.rest], grpc: targets[contenders.grpc] },
    tls: DEFAULT_TLS,
    // What the client can do at most is asked, whatever the run will ask of it.
    load: { kind: "closed" },
  };
}

/**
 * Of several short stretches the middle one by throughput, without the first, which opens connections:
 * one that was disturbed, or still cold, then counts as little as one that was lucky.
 */
async function typicalStretch(
  concurrency: number,
  load: (requests: number) => Promise<LoadResult>,
  end: AbortSignal,
): Promise<Floor> {
  const leastRequests = Math.max(LEAST_STRETCH_REQUESTS, LEAST_ROUNDS * concurrency);
  const stretches: MeasuredFloor[] = [];
  let requests = leastRequests;
  let sent = 0;
  let spentMs = 0;
  while (!end.aborted) {
    if (stretches.length >= LEAST_STRETCHES && (spentMs >= WANTED_MS || sent >= MOST_REQUESTS)) {
      break;
    }
    const result = await load(requests);
    const floor = floorOf(result);
    // Where so few succeed, no second try would bring a floor.
    if (floor === null) break;
    stretches.push(floor);
    const tookMs = result.endMs - result.startMs;
    sent += requests;
    spentMs += tookMs;
    const pacedRequests = Math.ceil(floor.requests * WANTED_STRETCH_MS / tookMs);
    requests = Math.max(leastRequests, Math.min(pacedRequests, MOST_REQUESTS));
  }
  const settled = stretches.slice(1).sort((a, b) => a.throughput - b.throughput);
  return settled[Math.floor(settled.length / 2)] ??
    { kind: "unknown", reason: "too few requests to the null servers ended well in time" };
}

async function runStretch(
  generator: LoadGenerator,
  protocol: ProtocolKey,
  requests: number,
): Promise<LoadResult> {
  const results = await generator.run({
    protocols: [protocol],
    extent: { kind: "requests", requests },
    purpose: "measurement",
  }, () => {});
  return results.get(protocol)!;
}

function floorOf({ recorder, occupation }: LoadResult): MeasuredFloor | null {
  const { successes } = recorder;
  const occupiedMs = meanOccupationMs(occupation);
  const statistics = recorder.responseTime.statistics();
  if (statistics === null || successes < LEAST_SUCCESSES || occupiedMs <= 0) return null;
  return {
    kind: "measured",
    medianMs: statistics.p50,
    p99Ms: statistics.p99,
    throughput: successes / occupiedMs * 1000,
    requests: successes,
  };
}
