import { NO_LEAD_IN } from "../runners/backlog.ts";
import { KNEE_FROM } from "../requests/request_numbers.ts";
import { findKnees, type Knees, type KneeSide, type Saturation } from "./knee.ts";
import type { KneeGoal } from "../plan/knee_goal.ts";
import { HoldRecorder } from "./hold_recorder.ts";
import type { HoldOutcome } from "./knee_hold.ts";
import type { Surroundings } from "./measurement.ts";
import { LABELS, type ProtocolClient, type ProtocolKey } from "../clients/protocol.ts";
import { contenderOf } from "../clients/registry.ts";
import { callFromEventLoop } from "../runners/load_watch.ts";
import { preciseAlarm } from "../runners/alarm.ts";
import { Ending, exactly } from "../runners/ending.ts";
import { WHOLE_LOAD } from "../runners/load_generator.ts";
import { NO_FILL, runClosedLoop } from "../runners/closed_loop.ts";
import { runOpenLoop } from "../runners/open_loop.ts";
import { ArrivalTimes } from "../runners/pacing.ts";
import { StretchBoard } from "../runners/stretch_board.ts";
import { Resumption } from "../runners/resumption.ts";
import { Sleeper } from "../runners/sleeper.ts";
import type { Sample } from "../requests/sample.ts";
import { DurationDistribution } from "../stats/record/duration_distribution.ts";
import type { TestPlan } from "../plan/test_plan.ts";

/** How long a server always has enough to do, for each number in flight. */
const SATURATION_MS = 500;
/** After failures a server may still be at work on what nobody waits for any more. */
const LONGEST_CALMING_MS = 5000;
/** Of the response time with one in flight: then the server is calm again. */
const CALM_FACTOR = 3;
const CALM_SLACK_MS = 20;

/** How often a hold is listened to, and how many of its requests may go by without an answer. */
const LISTENING_MS = 50;
const SILENT_INTERVALS = 10;

/** Looks for the highest rate that each side holds, by putting one rate after the other on it. */
export async function searchKnees(
  plan: TestPlan,
  goal: KneeGoal,
  surroundings: Surroundings,
): Promise<Knees> {
  const sleeper = await Sleeper.start();
  const sides = {
    rest: new LoadedSide(plan, "rest", goal.concurrency, sleeper, surroundings),
    grpc: new LoadedSide(plan, "grpc", goal.concurrency, sleeper, surroundings),
  };
  try {
    return await findKnees({ goal, clock: surroundings.clock }, sides);
  } finally {
    surroundings.progress.end();
    sleeper.close();
    await Promise.all([sides.rest.close(), sides.grpc.close()]);
  }
}

/** One side's server, and the client that puts load on it, over connections that it keeps. */
class LoadedSide implements KneeSide {
  readonly #plan: TestPlan;
  readonly #protocol: ProtocolKey;
  /** The most in flight in a hold. */
  readonly #concurrency: number;
  readonly #sleeper: Sleeper;
  readonly #surroundings: Surroundings;
  readonly #client: ProtocolClient;
  #nextRequest = KNEE_FROM;
  #calmMs = Infinity;
  #failedBefore = false;

  constructor(
    plan: TestPlan,
    protocol: ProtocolKey,
    concurrency: number,
    sleeper: Sleeper,
    surroundings: Surroundings,
  ) {
    this.#plan = plan;
    this.#protocol = protocol;
    this.#concurrency = concurrency;
    this.#sleeper = sleeper;
    this.#surroundings = surroundings;
    this.#client = contenderOf(plan, protocol).connect({
      ...plan,
      target: plan.targets[protocol],
      clock: surroundings.clock,
      onConnection: () => {},
    });
  }

  async saturate(concurrency: number): Promise<Saturation | null> {
    const { clock, interrupt } = this.#surroundings;
    const times = new DurationDistribution();
    this.#show(`up to ${concurrency} in flight`, null, () => times.count);
    const untilMs = clock() + SATURATION_MS;
    const { startMs, endMs } = await this.#runClosed(
      concurrency,
      () => clock() < untilMs,
      (sample) => {
        if (sample.kind === "success") times.record(sample.responseTimeMs);
      },
    );
    if (interrupt.aborted) return null;
    const statistics = times.statistics();
    if (concurrency === 1 && statistics !== null) {
      this.#calmMs = CALM_FACTOR * statistics.p50 + CALM_SLACK_MS;
    }
    const answeredPerSecond = times.count / (endMs - startMs) * 1000;
    this.#tell(`${concurrency} in flight: ${answeredPerSecond.toFixed(1)}/s answered`);
    return { answeredPerSecond, responseMs: statistics?.mean ?? Infinity };
  }

  async hold(perSecond: number, durationMs: number): Promise<HoldOutcome | null> {
    const { clock, interrupt } = this.#surroundings;
    if (this.#failedBefore) await this.#calmDown();
    const due = Math.max(1, Math.round(perSecond * durationMs / 1000));
    const ending = this.#endingAfter(due, perSecond);
    const hold = new HoldRecorder(clock, due, ending.arrivals.timeOf(due));
    this.#show(`${Math.round(perSecond)}/s`, due, () => hold.finished);
    // Between two requests nobody waits for an answer.
    const longestMs = Math.max(this.#plan.timeoutMs, SILENT_INTERVALS * 1000 / perSecond);
    const silence = new AbortController();
    const listening = setInterval(() => {
      if (hold.silentMs > longestMs) silence.abort();
    }, LISTENING_MS);
    const { pace } = await this.#runOpen(ending, hold, silence.signal);
    clearInterval(listening);
    if (interrupt.aborted) return null;
    const outcome = hold.outcome(pace.due - pace.sent, silence.signal.aborted);
    this.#failedBefore = outcome.successes < due;
    const growth = outcome.growth === null ? "n/a" : `${(outcome.growth.share * 100).toFixed(1)}%`;
    this.#tell(
      `${perSecond.toFixed(1)}/s for ${(durationMs / 1000).toFixed(1)} s: p99 ` +
        `${outcome.p99Ms?.toFixed(2) ?? "n/a"} ms, ${growth} fell behind`,
    );
    return outcome;
  }

  close(): Promise<void> {
    return this.#client.close();
  }

  /** Waits until a single request is answered about as quickly as on an idle server. */
  async #calmDown(): Promise<void> {
    const { clock } = this.#surroundings;
    const untilMs = clock() + LONGEST_CALMING_MS;
    let calm = false;
    await this.#runClosed(1, () => !calm && clock() < untilMs, (sample) => {
      calm = sample.kind === "success" && sample.responseTimeMs <= this.#calmMs;
    });
  }

  #runClosed(concurrency: number, goesOn: () => boolean, record: (sample: Sample) => void) {
    const { clock, interrupt } = this.#surroundings;
    return runClosedLoop({
      requests: () => goesOn() ? this.#next() : null,
      fillRequests: NO_FILL,
      concurrency,
      resumption: new Resumption(callFromEventLoop),
      send: (request, done) => this.#client.send(request, done),
      record,
      interrupt,
      clock,
    });
  }

  #endingAfter(due: number, perSecond: number): Ending {
    const { load, seed } = this.#plan;
    const arrivals = load.kind === "open" ? load.arrivals : "uniform";
    const rate = { kind: "constant", perSecond } as const;
    const times = new ArrivalTimes({ kind: "open", rate, arrivals }, seed);
    const board = new StretchBoard(StretchBoard.memoryFor(1));
    board.begin();
    return new Ending(exactly(due), times.stretch(WHOLE_LOAD), board, WHOLE_LOAD);
  }

  #runOpen(ending: Ending, hold: HoldRecorder, silence: AbortSignal) {
    const { clock, interrupt } = this.#surroundings;
    return runOpenLoop({
      ending,
      requestAt: () => this.#next(),
      nextUncounted: () => this.#next(),
      leadIn: NO_LEAD_IN,
      concurrency: this.#concurrency,
      graceMs: this.#plan.timeoutMs,
      send: (request, done) => this.#client.send(request, done),
      record: hold.record,
      interrupt: AbortSignal.any([interrupt, silence]),
      clock,
      alarm: preciseAlarm(clock, this.#sleeper),
    });
  }

  #next(): number {
    return this.#nextRequest++;
  }

  #show(what: string, total: number | null, finished: () => number): void {
    const label = `knee: ${LABELS[this.#protocol]} at ${what}`;
    this.#surroundings.progress.begin({ label, total, finished });
  }

  #tell(what: string): void {
    this.#surroundings.log.detail(`knee: ${LABELS[this.#protocol]} at ${what}`);
  }
}
