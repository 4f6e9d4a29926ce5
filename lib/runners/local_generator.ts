import type { Clock } from "../clock.ts";
import type { Extent } from "../plan/extent.ts";
import { collectGarbage, toleratedGrowthBytes } from "./garbage.ts";
import { heldAnswers, MAX_HELD_BYTES } from "../clients/answer_bounds.ts";
import { callFromEventLoop } from "./load_watch.ts";
import { mergeObservations } from "../clients/observations.ts";
import type { ProtocolClient, ProtocolKey } from "../clients/protocol.ts";
import { contenderOf } from "../clients/registry.ts";
import { requestsInOrder } from "./request_order.ts";
import type { Failure } from "../requests/sample.ts";
import { questionsOf } from "../requests/questions.ts";
import { type RequestNumbers, WARM_UP_FROM } from "../requests/request_numbers.ts";
import { Recorder } from "../stats/record/recorder.ts";
import type { TestPlan } from "../plan/test_plan.ts";
import { preciseAlarm } from "./alarm.ts";
import { AskedQuestions } from "./asked_questions.ts";
import { NO_FILL, runClosedLoop } from "./closed_loop.ts";
import { Ending, exactly, type OpenExtent } from "./ending.ts";
import {
  type FailureListener,
  type LoadGenerator,
  type LoadResult,
  type LoadResults,
  type LoadShare,
  type Observations,
  shareOf,
  type Stretch,
} from "./load_generator.ts";
import { runOpenLoop } from "./open_loop.ts";
import { ArrivalTimes } from "./pacing.ts";
import { SilenceWatch } from "./silence_watch.ts";
import { RequestSequence } from "./request_sequence.ts";
import { Resumption } from "./resumption.ts";
import { Sleeper } from "./sleeper.ts";
import { type SharedBoards, sharedBoards, StretchBoard } from "./stretch_board.ts";

/** In flight while an open load is warmed up. */
const GENTLE_CONCURRENCY = 10;

/** What says when the requests of an open load are sent. */
interface Pacing {
  readonly arrivalTimes: ArrivalTimes;
  readonly sleeper: Sleeper;
}

interface Lane {
  readonly client: ProtocolClient;
  readonly sequences: Readonly<Record<Stretch["purpose"], RequestSequence>>;
  readonly send: ProtocolClient["send"];
  /** `null` where the load is closed; an open one is warmed up by a closed one. */
  readonly pacing: Pacing | null;
  /** Of the closed loads. */
  readonly resumption: Resumption;
  readonly silence: SilenceWatch;
  /** Of the current stretch. */
  readonly recorder: Recorder;
}

/** A stretch's load of one protocol, and what ends it early. */
interface BoundedLoad<Of> {
  readonly extent: Of;
  readonly interrupt: AbortSignal;
}

type LaneResult = Omit<LoadResult, "gaveUp">;

/** Generates its share of a load in this thread. */
export class LocalGenerator implements LoadGenerator {
  /** Begun once for each protocol. */
  readonly #lanes = new Map<ProtocolKey, Promise<Lane>>();
  #current: readonly Lane[] = [];
  readonly #boards: Readonly<Record<ProtocolKey, StretchBoard>>;
  /** Whether no other thread reads the boards. */
  readonly #alone: boolean;
  /** Only where blocks have a first and a second half does it tell of an order. */
  readonly #asked: AskedQuestions | null;

  /** @param boards Of threads that share the load: whoever made the boards begins each stretch on them. */
  constructor(
    readonly plan: TestPlan,
    readonly share: LoadShare,
    readonly clock: Clock,
    readonly interrupt: AbortSignal,
    boards?: SharedBoards,
  ) {
    const { rest, grpc } = boards ?? sharedBoards(1);
    this.#boards = { rest: new StretchBoard(rest), grpc: new StretchBoard(grpc) };
    this.#alone = boards === undefined;
    this.#asked = plan.schedule === "interleaved" ? new AskedQuestions(questionsOf(plan)) : null;
    heldAnswers.maxBytes = MAX_HELD_BYTES / share.of;
  }

  get finished(): number {
    return this.#current.reduce((sum, { recorder }) => sum + recorder.finished, 0);
  }

  async run(stretch: Stretch, onFailure: FailureListener): Promise<LoadResults> {
    const loads = await Promise.all(
      Array.from(
        stretch.loads,
        async ([protocol, extent]) => ({ protocol, extent, lane: await this.#laneOf(protocol) }),
      ),
    );
    this.#current = loads.map(({ lane }) => lane);
    const results = loads.map(async ({ protocol, extent, lane }) => {
      lane.recorder.reset();
      const hear = (failure: Failure) => onFailure(protocol, failure);
      const load = { extent, interrupt: AbortSignal.any([this.interrupt, lane.silence.begin()]) };
      const result = await this.#runLane(protocol, lane, load, stretch.purpose, hear);
      lane.silence.end(lane.recorder.successes);
      return [protocol, { ...result, gaveUp: lane.silence.hasGivenUp }] as const;
    });
    return new Map(await Promise.all(results));
  }

  #runLane(
    protocol: ProtocolKey,
    lane: Lane,
    { extent, interrupt }: BoundedLoad<Extent | OpenExtent>,
    purpose: Stretch["purpose"],
    hear: (failure: Failure) => void,
  ): Promise<LaneResult> {
    if (lane.pacing === null || purpose === "warm-up") {
      return this.#runClosed(lane, { extent: asClosed(extent), interrupt }, purpose, hear);
    }
    const board = this.#boards[protocol];
    if (this.#alone) board.begin();
    return this.#runOpen(lane, lane.pacing, board, { extent: asOpen(extent), interrupt }, hear);
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

  async #runClosed(
    { sequences, send, pacing, resumption, silence, recorder }: Lane,
    { extent, interrupt }: BoundedLoad<Extent>,
    purpose: Stretch["purpose"],
    hear: (failure: Failure) => void,
  ): Promise<LaneResult> {
    const { plan, share, clock } = this;
    const concurrency = shareOf(plan.concurrency, share);
    const { fill, ...span } = await runClosedLoop({
      requests: nextOf(sequences[purpose], { extent, ofRun: plan.extent }, clock),
      // A run that is to send nothing uncounted has nothing to fill the places with.
      fillRequests: purpose === "measurement" && plan.warmUp.kind !== "off"
        ? atMost(concurrency, () => sequences["warm-up"].next())
        : NO_FILL,
      // A server that is to get a rate may not be able to serve more than that.
      concurrency: Math.min(concurrency, pacing === null ? Infinity : GENTLE_CONCURRENCY),
      resumption,
      send,
      record: (sample) => {
        if (sample.kind === "failure") {
          tellOfNew(recorder, sample, hear);
          silence.recordFailure(sample, recorder.successes);
        }
        recorder.record(sample);
      },
      interrupt,
      clock,
    });
    resumption.usually(recorder.responseTime.statistics()?.p50 ?? null);
    return { recorder, uncounted: fill, pace: null, ...span };
  }

  async #runOpen(
    { sequences, send, silence, recorder }: Lane,
    { arrivalTimes, sleeper }: Pacing,
    board: StretchBoard,
    { extent, interrupt }: BoundedLoad<OpenExtent>,
    hear: (failure: Failure) => void,
  ): Promise<LaneResult> {
    const { plan, share, clock } = this;
    const { measurement: sequence, "warm-up": uncounted } = sequences;
    const { shareOfNext } = sequence;
    const arrivals = arrivalTimes.stretch(shareOfNext);
    const ending = new Ending(extent, arrivals, board, shareOfNext);
    const span = await runOpenLoop({
      ending,
      requestAt: (position) => sequence.at(position),
      nextUncounted: () => uncounted.next(),
      leadIn: board.leadIn(arrivals.rateAt(0)),
      concurrency: shareOf(plan.concurrency, share),
      graceMs: plan.timeoutMs,
      send,
      record: (sample, timing) => {
        if (sample.kind === "failure") {
          tellOfNew(recorder, sample, hear);
          silence.recordFailure(sample, recorder.successes);
        }
        recorder.recordScheduled(sample, timing);
      },
      interrupt,
      clock,
      alarm: preciseAlarm(clock, sleeper),
    });
    sequence.endAfter(ending.lastCounted);
    const { due, sent, answeringMs } = span.pace;
    recorder.countUnsent(due - sent);
    return { recorder, occupation: { sumMs: answeringMs, places: 1 }, ...span };
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
    const recorder = new Recorder(clock);
    const client = contenderOf(plan, protocol).connect({
      ...plan,
      // Every share has a client of its own, which needs a connection at least.
      connections: Math.max(1, shareOf(plan.connections, this.share)),
      target: plan.targets[protocol],
      clock,
      onConnection: (timing) => recorder.connections.record(timing),
    });
    const sequences = {
      "warm-up": this.#warmUpSequence(),
      measurement: this.#measuredSequence(protocol),
    };
    const send = this.#sendThrough(client, recorder);
    const resumption = new Resumption(callFromEventLoop);
    const silence = new SilenceWatch(clock);
    return { client, sequences, send, pacing, resumption, silence, recorder };
  }

  /** Both sides ask for the same requests, each in an order of its own. */
  #measuredSequence(protocol: ProtocolKey): RequestSequence {
    const numberAt = requestsInOrder(this.plan, protocol);
    const asked = this.#asked;
    return new RequestSequence((position) => {
      const request = numberAt(position);
      asked?.note(protocol, request);
      return request;
    }, this.share);
  }

  #warmUpSequence(): RequestSequence {
    const asked = this.#asked;
    return new RequestSequence((position) => {
      const request = WARM_UP_FROM + position;
      asked?.noteWarmUp(request);
      return request;
    }, this.share);
  }

  /** Listens to the answers of what a side asks for the first time; the others take no closure. */
  #sendThrough(client: ProtocolClient, recorder: Recorder): ProtocolClient["send"] {
    const asked = this.#asked;
    if (asked === null) return (request, done) => client.send(request, done);
    return (request, done) => {
      const { standing } = asked;
      if (standing === "known") return client.send(request, done);
      client.send(request, (sample) => {
        if (sample.kind === "success") {
          recorder.firstAskings.record(standing, sample.responseTimeMs);
        }
        done(sample);
      });
    };
  }
}

function tellOfNew(recorder: Recorder, failure: Failure, hear: (failure: Failure) => void): void {
  if (!recorder.hasSeen(failure.errorType)) hear(failure);
}

function asClosed(extent: Extent | OpenExtent): Extent {
  if (extent.kind !== "until-caught-up") return extent;
  throw new Error("a closed load has nothing to catch up with");
}

function asOpen(extent: Extent | OpenExtent): OpenExtent {
  switch (extent.kind) {
    case "until-caught-up":
      return extent;
    case "requests":
      return exactly(extent.requests);
    case "duration":
      throw new Error("an open load is counted in requests");
  }
}

function atMost(count: number, next: () => number): RequestNumbers {
  let left = count;
  return () => left-- > 0 ? next() : null;
}

/** More than can be sent; like every other count an integer, of 31 bits, for which V8 has compiled the path. */
const UNLIMITED = 2 ** 31 - 1;

/**
 * What the next stretch sends; a time runs from the first of it on. In a run that is measured in time, the warm-up looks at the clock as well,
 * though it ends by its number of requests: else V8 would drop the compiled path of a request as soon as the
 * measurement begins, and compile it anew during the next half a second.
 */
function nextOf(
  sequence: RequestSequence,
  { extent, ofRun }: { readonly extent: Extent; readonly ofRun: Extent },
  clock: Clock,
): RequestNumbers {
  const next = sequence.stretch(extent.kind === "requests" ? extent.requests : UNLIMITED);
  if (ofRun.kind === "requests") return next;
  const durationMs = extent.kind === "duration" ? extent.durationMs : Infinity;
  let untilMs: number | null = null;
  return () => {
    const nowMs = clock();
    untilMs ??= nowMs + durationMs;
    return nowMs < untilMs ? next() : null;
  };
}
