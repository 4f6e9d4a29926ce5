import { DEFAULT_OPERATION } from "../requests/built_in/operations.ts";
import { startGenerator, type Surroundings } from "../measuring/measurement.ts";
import { DEFAULT_TLS } from "../net/tls_settings.ts";
import { type ByContender, type ContenderId, CONTENDERS } from "../plan/contender.ts";
import type { LoadGenerator, LoadResult, LoadResults, Stretch } from "../runners/load_generator.ts";
import { meanOccupationMs } from "../runners/occupation.ts";
import type { ServerAddresses } from "../servers/announcement.ts";
import { serverTargets } from "../servers/server_targets.ts";
import type { TestPlan } from "../plan/test_plan.ts";
import { warmUp } from "../measuring/warm_up.ts";

/**
 * What one protocol's client measures, with the run's own places in flight, threads and connections, against
 * a server that does nothing but answer: hardly any server can look faster through this client.
 */
export type Floor = MeasuredFloor | { readonly kind: "unknown"; readonly reason: string };

export interface MeasuredFloor {
  readonly kind: "measured";
  readonly medianMs: number;
  /** The lowest median of a stretch: how far down the floor's own scatter reaches. */
  readonly leastMedianMs: number;
  readonly p99Ms: number;
  /** Successes per second. */
  readonly throughput: number;
  /** How many requests the figures rest on. */
  readonly requests: number;
}

export type ClientFloor = ByContender<Floor>;

/** What one stretch against a null server showed. */
export interface FloorStretch {
  readonly medianMs: number;
  readonly p99Ms: number;
  readonly throughput: number;
  readonly requests: number;
}

/** A reading's stretches, in their order. */
export type FloorReading = ByContender<readonly FloorStretch[]>;

/** Of one protocol in one reading: enough for a middle that one disturbance does not move. */
const WANTED_MS = 250;
const LEAST_STRETCHES = 5;
const MOST_REQUESTS = 20_000;
const WANTED_STRETCH_MS = 40;
const LEAST_STRETCH_REQUESTS = 200;
/** How often each place in flight is filled: once would measure the first burst alone. */
const LEAST_ROUNDS = 2;
/** After the warm-up, for loads of which a single round takes long: then what has ended until here must do. */
const LONGEST_MS = 3000;
/** With fewer, a median would be luck. */
const LEAST_SUCCESSES = 50;
/** As much as warms the clients up before a run of this length. */
const WARM_UP_EXTENT = { kind: "requests", requests: 10_000 } as const;

/**
 * Reads the floor once: warms both clients up as a run does, and then loads the null servers in alternating
 * stretches, so that a machine that drifts does the same to both.
 */
export async function readFloor(
  plan: TestPlan,
  nullServers: ServerAddresses,
  { clock, interrupt }: Pick<Surroundings, "clock" | "interrupt">,
): Promise<FloorReading> {
  const tooLong = new AbortController();
  const end = AbortSignal.any([interrupt, tooLong.signal]);
  const generator = await startGenerator(planAgainst(plan, nullServers), { clock, interrupt: end });
  let timer: ReturnType<typeof setTimeout> | undefined;
  try {
    await warmUp(
      { kind: "automatic" },
      { concurrency: plan.concurrency, extent: WARM_UP_EXTENT },
      (protocol, requests) => runStretch(generator, protocol, requests, "warm-up"),
      clock,
    );
    timer = setTimeout(() => tooLong.abort(), LONGEST_MS);
    return await alternatingStretches(generator, plan.concurrency, end);
  } finally {
    clearTimeout(timer);
    await generator.close();
  }
}

/**
 * The floor that several readings show together: of each protocol the middle stretch by its median, so that
 * one that was disturbed counts as little as one that was lucky.
 */
export function floorFrom(readings: readonly FloorReading[]): ClientFloor {
  const of = (protocol: ContenderId): Floor => {
    const stretches = readings.flatMap((reading) => reading[protocol])
      .sort((a, b) => a.medianMs - b.medianMs);
    const middle = stretches[Math.floor(stretches.length / 2)];
    return middle === undefined
      ? { kind: "unknown", reason: "too few requests to the null servers ended well in time" }
      : { kind: "measured", ...middle, leastMedianMs: stretches[0]!.medianMs };
  };
  return { rest: of("rest"), grpc: of("grpc") };
}

export function unknownFloor(reason: string): ClientFloor {
  const floor: Floor = { kind: "unknown", reason };
  return { rest: floor, grpc: floor };
}

function planAgainst(plan: TestPlan, addresses: ServerAddresses): TestPlan {
  const targets = serverTargets(addresses);
  const { contenders } = plan;
  return {
    ...plan,
    // They answer nothing else, and are not to see what a user sends.
    operation: DEFAULT_OPERATION,
    targets: { rest: targets[contenders.rest], grpc: targets[contenders.grpc] },
    tls: DEFAULT_TLS,
    // What the client can do at most is asked, whatever the run will ask of it.
    load: { kind: "closed" },
  };
}

async function alternatingStretches(
  generator: LoadGenerator,
  concurrency: number,
  end: AbortSignal,
): Promise<FloorReading> {
  const sides = { rest: new SideReading(concurrency), grpc: new SideReading(concurrency) };
  while (!end.aborted && CONTENDERS.some((protocol) => sides[protocol].isWanting)) {
    for (const protocol of CONTENDERS) {
      const side = sides[protocol];
      if (!side.isWanting || end.aborted) continue;
      const results = await runStretch(generator, protocol, side.nextRequests, "measurement");
      // What was cut off shows the requests that were quick enough, and no others.
      if (!end.aborted || side.stretches.length === 0) side.add(results.get(protocol)!);
    }
  }
  return { rest: sides.rest.stretches, grpc: sides.grpc.stretches };
}

/** One protocol's stretches as they come, and how long the next one is to be. */
class SideReading {
  readonly stretches: FloorStretch[] = [];
  readonly #leastRequests: number;
  #nextRequests: number;
  #spentMs = 0;
  #sent = 0;
  #failed = false;

  constructor(concurrency: number) {
    this.#leastRequests = Math.max(LEAST_STRETCH_REQUESTS, LEAST_ROUNDS * concurrency);
    this.#nextRequests = this.#leastRequests;
  }

  get nextRequests(): number {
    return this.#nextRequests;
  }

  get isWanting(): boolean {
    if (this.#failed) return false;
    if (this.stretches.length < LEAST_STRETCHES) return true;
    return this.#spentMs < WANTED_MS && this.#sent < MOST_REQUESTS;
  }

  add(result: LoadResult): void {
    const stretch = stretchFrom(result);
    if (stretch === null) {
      // Where so few succeed, no second try would bring a floor.
      this.#failed = true;
      return;
    }
    this.stretches.push(stretch);
    const tookMs = result.endMs - result.startMs;
    this.#sent += stretch.requests;
    this.#spentMs += tookMs;
    const pacedRequests = Math.ceil(stretch.requests * WANTED_STRETCH_MS / tookMs);
    this.#nextRequests = Math.max(this.#leastRequests, Math.min(pacedRequests, MOST_REQUESTS));
  }
}

function runStretch(
  generator: LoadGenerator,
  protocol: ContenderId,
  requests: number,
  purpose: Stretch["purpose"],
): Promise<LoadResults> {
  const extent = { kind: "requests", requests } as const;
  return generator.run({ loads: new Map([[protocol, extent]]), purpose }, () => {});
}

function stretchFrom({ recorder, occupation }: LoadResult): FloorStretch | null {
  const { successes } = recorder;
  const occupiedMs = meanOccupationMs(occupation);
  const statistics = recorder.responseTime.statistics();
  if (statistics === null || successes < LEAST_SUCCESSES || occupiedMs <= 0) return null;
  return {
    medianMs: statistics.p50,
    p99Ms: statistics.p99,
    throughput: successes / occupiedMs * 1000,
    requests: successes,
  };
}
