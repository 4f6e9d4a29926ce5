import type { Clock } from "../clock.ts";
import type { Extent } from "../extent.ts";
import { collectGarbage, toleratedGrowthBytes } from "../garbage.ts";
import { drawUserIds, type UserIds } from "../ids.ts";
import { mergeObservations } from "../protocols/observations.ts";
import type { ProtocolClient, ProtocolKey } from "../protocols/protocol.ts";
import { contenderOf } from "../protocols/protocols.ts";
import type { Sample } from "../sample.ts";
import { Recorder } from "../stats/recorder.ts";
import type { TestPlan } from "../test_plan.ts";
import { preciseAlarm } from "./alarm.ts";
import { runClosedLoop } from "./closed_loop.ts";
import type {
  FailureListener,
  LoadGenerator,
  LoadResult,
  LoadResults,
  LoadShare,
  Observations,
  Stretch,
} from "./load_generator.ts";
import { runOpenLoop } from "./open_loop.ts";
import { ArrivalTimes } from "./pacing.ts";
import { Sleeper } from "./sleeper.ts";

/** Keeps the warm-up's ids apart from the measured ones, drawn from the same seed. */
const WARM_UP_SEED_OFFSET = 0x3a4;

/** In flight while an open load is warmed up. */
const GENTLE_CONCURRENCY = 10;

/** What says when the requests of an open load are sent. */
interface Pacing {
  readonly arrivalTimes: ArrivalTimes;
  readonly sleeper: Sleeper;
}

interface Lane {
  readonly client: ProtocolClient;
  /** The ids of the whole load, without an end; a stretch takes the next of them. */
  readonly userIds: Readonly<Record<Stretch["purpose"], UserIds>>;
  /** `null` where the load is closed; an open one is warmed up by a closed one. */
  readonly pacing: Pacing | null;
  /** Of the current stretch. */
  readonly recorder: Recorder;
}

/** Generates its share of a load in this thread. */
export class LocalGenerator implements LoadGenerator {
  /** Begun once for each protocol. */
  readonly #lanes = new Map<ProtocolKey, Promise<Lane>>();
  #current: readonly Lane[] = [];

  constructor(
    readonly plan: TestPlan,
    readonly share: LoadShare,
    readonly clock: Clock,
    readonly interrupt: AbortSignal,
  ) {}

  get finished(): number {
    return this.#current.reduce((sum, { recorder }) => sum + recorder.finished, 0);
  }

  async run(stretch: Stretch, onFailure: FailureListener): Promise<LoadResults> {
    const lanes = await Promise.all(
      stretch.protocols.map(async (protocol) => [protocol, await this.#laneOf(protocol)] as const),
    );
    this.#current = lanes.map(([, lane]) => lane);
    for (const { recorder } of this.#current) recorder.reset();
    const results = lanes.map(async ([protocol, lane]) =>
      [protocol, await this.#runLane(protocol, lane, stretch, onFailure)] as const
    );
    return new Map(await Promise.all(results));
  }

  settle(): Promise<void> {
    collectGarbage(toleratedGrowthBytes(this.plan.lens, this.plan.load));
    return Promise.resolve();
  }

  async observed(): Promise<Observations> {
    const of = async (protocol: ProtocolKey) => {
      const lane = await this.#lanes.get(protocol);
      return mergeObservations(lane === undefined ? [] : [lane.client.observed()]);
    };
    return { rest: await of("rest"), grpc: await of("grpc") };
  }

  async close(): Promise<void> {
    const lanes = await Promise.all(this.#lanes.values());
    for (const { pacing } of lanes) pacing?.sleeper.close();
    await Promise.all(lanes.map(({ client }) => client.close()));
  }

  async #runLane(
    protocol: ProtocolKey,
    { client, userIds, pacing, recorder }: Lane,
    { extent, purpose }: Stretch,
    onFailure: FailureListener,
  ): Promise<LoadResult> {
    const { plan, share, clock, interrupt } = this;
    const tellOfNew = (sample: Sample) => {
      if (sample.kind === "failure" && !recorder.hasSeen(sample.errorType)) {
        onFailure(protocol, sample);
      }
    };
    const load = {
      userIds: nextOf(userIds[purpose], { extent, ofRun: plan.extent }, share, clock),
      concurrency: shareOf(plan.concurrency, share),
      send: (userId: number, done: (sample: Sample) => void) => client.send(userId, done),
      interrupt,
      clock,
    };
    if (pacing !== null && purpose === "measurement" && extent.kind === "requests") {
      const { unsent, ...span } = await runOpenLoop({
        ...load,
        arrivals: pacing.arrivalTimes.stretch(extent.requests, share),
        graceMs: plan.timeoutMs,
        record: (sample, timing) => {
          tellOfNew(sample);
          recorder.recordScheduled(sample, timing);
        },
        alarm: preciseAlarm(clock, pacing.sleeper),
      });
      recorder.countUnsent(unsent);
      return { recorder, ...span };
    }
    const span = await runClosedLoop({
      ...load,
      // A server that is to get a rate may not be able to serve more than that.
      concurrency: Math.min(load.concurrency, pacing === null ? Infinity : GENTLE_CONCURRENCY),
      record: (sample) => {
        tellOfNew(sample);
        recorder.record(sample);
      },
    });
    return { recorder, ...span };
  }

  #laneOf(protocol: ProtocolKey): Promise<Lane> {
    const lane = this.#lanes.get(protocol) ?? this.#openLane(protocol);
    this.#lanes.set(protocol, lane);
    return lane;
  }

  async #openLane(protocol: ProtocolKey): Promise<Lane> {
    const { plan, clock } = this;
    const pacing = plan.load.kind === "open"
      ? {
        arrivalTimes: new ArrivalTimes(plan.load, plan.seed),
        sleeper: await Sleeper.start(),
      }
      : null;
    const recorder = new Recorder();
    const client = contenderOf(plan, protocol).connect({
      ...plan,
      // Every share has a client of its own, which needs a connection at least.
      connections: Math.max(1, shareOf(plan.connections, this.share)),
      target: plan.targets[protocol],
      clock,
      onConnection: (timing) => recorder.connections.record(timing),
    });
    const idsFrom = (seed: number) => drawUserIds(plan.userIdRange, Infinity, seed);
    const userIds = {
      "warm-up": idsFrom(plan.seed + WARM_UP_SEED_OFFSET),
      measurement: idsFrom(plan.seed),
    };
    return { client, userIds, pacing, recorder };
  }
}

/** More than can be sent; like every other count an integer, of 31 bits, for which V8 has compiled the path. */
const UNLIMITED = 2 ** 31 - 1;

/**
 * The share's part of the next ids. In a run that is measured in time, the warm-up looks at the clock as well,
 * though it ends by its number of requests: else V8 would drop the compiled path of a request as soon as the
 * measurement begins, and compile it anew during the next half a second.
 */
function nextOf(
  userIds: UserIds,
  { extent, ofRun }: { readonly extent: Extent; readonly ofRun: Extent },
  share: LoadShare,
  clock: Clock,
): UserIds {
  const own = shareOfNext(userIds, extent.kind === "requests" ? extent.requests : UNLIMITED, share);
  if (ofRun.kind === "requests") return own;
  const untilMs = extent.kind === "duration" ? clock() + extent.durationMs : Infinity;
  return () => clock() < untilMs ? own() : null;
}

/** Takes all of the next `count` ids, so that every share stays in step, and gives out the share's own. */
function shareOfNext(userIds: UserIds, count: number, { index, of }: LoadShare): UserIds {
  let position = 0;
  return () => {
    while (position < count) {
      const userId = userIds();
      if (position++ % of === index) return userId;
    }
    return null;
  };
}

/** The shares add up to the whole, and differ by one at most. */
function shareOf(total: number, { index, of }: LoadShare): number {
  return Math.floor(total / of) + (index < total % of ? 1 : 0);
}
