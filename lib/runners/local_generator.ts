import type { Clock } from "../clock.ts";
import { drawUserIds, type UserIds } from "../ids.ts";
import type { ProtocolClient, ProtocolKey } from "../protocols/protocol.ts";
import { CLIENTS } from "../protocols/protocols.ts";
import type { Failure } from "../sample.ts";
import { Recorder } from "../stats/recorder.ts";
import type { TestPlan } from "../test_plan.ts";
import { runClosedLoop } from "./closed_loop.ts";
import type { LoadGenerator, LoadResult, LoadShare } from "./load_generator.ts";

interface Lane {
  readonly client: ProtocolClient;
  /** The whole plan's ids; a stretch takes the next of them. */
  readonly userIds: UserIds;
  /** Of the current stretch. */
  recorder: Recorder;
}

/** Generates its share of a load in this thread. */
export class LocalGenerator implements LoadGenerator {
  readonly #lanes = new Map<ProtocolKey, Lane>();
  #current: Lane | null = null;

  constructor(
    readonly plan: TestPlan,
    readonly share: LoadShare,
    readonly clock: Clock,
    readonly interrupt: AbortSignal,
  ) {}

  get finished(): number {
    return this.#current?.recorder.finished ?? 0;
  }

  async run(
    protocol: ProtocolKey,
    requests: number,
    onFailure: (failure: Failure) => void,
  ): Promise<LoadResult> {
    const lane = this.#current = this.#laneOf(protocol);
    const { client, userIds } = lane;
    const recorder = lane.recorder = new Recorder();
    const span = await runClosedLoop({
      userIds: nextOf(userIds, requests, this.share),
      concurrency: shareOf(this.plan.concurrency, this.share),
      send: (userId, done) => client.send(userId, done),
      record: (sample) => {
        if (sample.kind === "failure" && !recorder.hasSeen(sample.errorType)) onFailure(sample);
        recorder.record(sample);
      },
      interrupt: this.interrupt,
      clock: this.clock,
    });
    return { recorder, ...span };
  }

  async close(): Promise<void> {
    await Promise.all([...this.#lanes.values()].map(({ client }) => client.close()));
  }

  #laneOf(protocol: ProtocolKey): Lane {
    const known = this.#lanes.get(protocol);
    if (known !== undefined) return known;
    const { plan, clock } = this;
    const client = CLIENTS[plan.lens][protocol].connect({
      ...plan,
      // Every share has a client of its own, which needs a connection at least.
      connections: Math.max(1, shareOf(plan.connections, this.share)),
      target: plan.targets[protocol],
      clock,
      onConnection: (timing) => lane.recorder.connections.record(timing),
    });
    const userIds = drawUserIds(plan.userIdRange, plan.requestsPerProtocol, plan.seed);
    const lane: Lane = { client, userIds, recorder: new Recorder() };
    this.#lanes.set(protocol, lane);
    return lane;
  }
}

/** The share's part of the next `count` ids; all of those are taken, so that every share stays in step. */
function nextOf(userIds: UserIds, count: number, { index, of }: LoadShare): UserIds {
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
