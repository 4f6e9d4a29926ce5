import { type Clock, monotonicClock } from "../../clock.ts";
import type { OwnLimit } from "../../net/own_limit.ts";
import type {
  Failure,
  Sample,
  ScheduledTiming,
  Success,
  WireBytes,
} from "../../requests/sample.ts";
import { type ConnectionSnapshot, ConnectionTimes } from "./connection_times.ts";
import { DurationDistribution, type DurationSnapshot } from "./duration_distribution.ts";
import { FailureCourse, inParallel, type SpellsByKind } from "./failure_spells.ts";
import { type FailureSnapshot, FailureTally } from "./failure_tally.ts";
import { FirstAskings, type FirstAskingsSnapshot } from "./first_askings.ts";
import { type ScheduledSnapshot, ScheduledTimes } from "./scheduled_times.ts";

/** All that a recorder holds, as plain data: what a worker or another machine sends. */
export interface RecorderSnapshot {
  readonly responseTime: DurationSnapshot;
  readonly connectionWait: DurationSnapshot;
  readonly streamWait: DurationSnapshot;
  readonly firstByte: DurationSnapshot;
  readonly download: DurationSnapshot;
  readonly connections: ConnectionSnapshot;
  readonly firstAskings: FirstAskingsSnapshot;
  readonly scheduled: ScheduledSnapshot | null;
  readonly payloadBytes: number;
  readonly payloadSquares: number;
  readonly wireBytes: WireBytes | null;
  readonly failures: FailureSnapshot;
  readonly spells: SpellsByKind;
  readonly retried: number | null;
}

/**
 * Keeps what one contender's samples add up to, in memory that does not grow with their number.
 * Recorders merge, so several blocks, workers or machines can each keep their own.
 */
export class Recorder {
  /** From the sending; in an open load from when the request was to be sent. */
  readonly responseTime = new DurationDistribution();
  readonly connectionWait = new DurationDistribution();
  readonly streamWait = new DurationDistribution();
  readonly firstByte = new DurationDistribution();
  readonly download = new DurationDistribution();
  /** Of the connections that the client opened meanwhile, where it tells. */
  readonly connections = new ConnectionTimes();
  /** Where somebody watches who has asked for what. */
  readonly firstAskings = new FirstAskings();
  readonly #failures = new FailureTally();
  readonly #course = new FailureCourse();
  readonly #clock: Clock;
  #startMs = 0;
  /** Of the threads that shared this load, where there were some. */
  #spellsOfThreads: SpellsByKind | null = null;
  #retried: number | null = null;
  #payloadBytes = 0;
  #payloadSquares = 0;
  #wireBytes: { sent: number; received: number } | null = null;
  #scheduled: ScheduledTimes | null = null;

  /** @param clock Looked at where a request fails. */
  constructor(clock: Clock = monotonicClock) {
    this.#clock = clock;
    this.#startMs = clock();
  }

  get successes(): number {
    return this.responseTime.count;
  }

  get failures(): number {
    return this.#failures.count;
  }

  /** By what this machine ran out of: failures that no server had a part in. */
  get ownLimits(): ReadonlyMap<OwnLimit, number> {
    return this.#failures.byOwnLimit;
  }

  /** Of the failures, those that this machine made itself. */
  get ownFailures(): number {
    return this.#failures.own;
  }

  /** Of the failures, those that got no answer in time. */
  get timeouts(): number {
    return this.#failures.timeouts;
  }

  /** How long failures were at the server together, in milliseconds, as far as clients told. */
  get failuresAtServerMs(): number {
    return this.#failures.atServerMs;
  }

  /** Requests that were sent again, each counted once; `null` where no client tells. */
  get retried(): number | null {
    return this.#retried;
  }

  get finished(): number {
    return this.successes + this.failures;
  }

  /** Payload bytes of the successes. */
  get payloadBytes(): number {
    return this.#payloadBytes;
  }

  /** The sum of the squares of the successes' payload bytes. */
  get payloadSquares(): number {
    return this.#payloadSquares;
  }

  /** What the successes moved over the wire; `null` where no client could see it. */
  get wireBytes(): WireBytes | null {
    return this.#wireBytes;
  }

  /** How an open load kept to its times; `null` of a closed one, which has none. */
  get scheduled(): ScheduledTimes | null {
    return this.#scheduled;
  }

  /** Failures by error type, the most frequent first, ties by name: the same run reads the same. */
  get failuresByType(): Record<string, number> {
    return this.#failures.byType;
  }

  /**
   * In which spells the failures came, in milliseconds since the recorder began or was reset. Of one load: what
   * is merged adds none.
   */
  get spells(): SpellsByKind {
    return this.#spellsOfThreads ?? this.#course.spells(this.successes);
  }

  /** Whether a failure of this type was recorded. */
  hasSeen(errorType: string): boolean {
    return this.#failures.has(errorType);
  }

  record(sample: Sample): void {
    if (sample.kind === "failure") this.#recordFailure(sample);
    else this.#recordSuccess(sample, sample.responseTimeMs);
  }

  /** Records a request of an open load: what the sample calls response time is its service time. */
  recordScheduled(sample: Sample, timing: ScheduledTiming): void {
    const scheduled = this.#scheduled ??= new ScheduledTimes();
    scheduled.recordSend(timing);
    if (sample.kind === "failure") {
      this.#recordFailure(sample);
      return;
    }
    scheduled.serviceTime.record(sample.responseTimeMs);
    this.#recordSuccess(sample, timing.responseTimeMs);
  }

  /** Counts requests of an open load that were never sent: neither successes nor failures. */
  countUnsent(count: number): void {
    this.#scheduled ??= new ScheduledTimes();
    this.#scheduled.countUnsent(count);
  }

  /** Forgets everything, and keeps its memory: a histogram is large. */
  reset(): void {
    this.responseTime.reset();
    this.connectionWait.reset();
    this.streamWait.reset();
    this.firstByte.reset();
    this.download.reset();
    this.connections.reset();
    this.firstAskings.reset();
    this.#scheduled = null;
    this.#failures.reset();
    this.#course.reset();
    this.#spellsOfThreads = null;
    this.#startMs = this.#clock();
    this.#retried = null;
    this.#payloadBytes = 0;
    this.#payloadSquares = 0;
    this.#wireBytes = null;
  }

  merge(other: Recorder): void {
    this.responseTime.merge(other.responseTime);
    this.connectionWait.merge(other.connectionWait);
    this.streamWait.merge(other.streamWait);
    this.firstByte.merge(other.firstByte);
    this.download.merge(other.download);
    this.connections.merge(other.connections);
    this.firstAskings.add(other.firstAskings.snapshot());
    this.#payloadBytes += other.#payloadBytes;
    this.#payloadSquares += other.#payloadSquares;
    this.#failures.merge(other.#failures);
    if (other.#retried !== null) this.#addRetried(other.#retried);
    if (other.#wireBytes !== null) this.#addWireBytes(other.#wireBytes);
    if (other.#scheduled !== null) {
      this.#scheduled ??= new ScheduledTimes();
      this.#scheduled.merge(other.#scheduled);
    }
  }

  snapshot(): RecorderSnapshot {
    return {
      responseTime: this.responseTime.snapshot(),
      connectionWait: this.connectionWait.snapshot(),
      streamWait: this.streamWait.snapshot(),
      firstByte: this.firstByte.snapshot(),
      download: this.download.snapshot(),
      connections: this.connections.snapshot(),
      firstAskings: this.firstAskings.snapshot(),
      scheduled: this.#scheduled?.snapshot() ?? null,
      payloadBytes: this.#payloadBytes,
      payloadSquares: this.#payloadSquares,
      wireBytes: this.#wireBytes,
      failures: this.#failures.snapshot(),
      spells: this.spells,
      retried: this.#retried,
    };
  }

  /** Adds what another recorder held, of a thread that shared the load, when it gave the snapshot. */
  add(snapshot: RecorderSnapshot): void {
    this.#spellsOfThreads = this.#spellsOfThreads === null
      ? snapshot.spells
      : inParallel(this.#spellsOfThreads, snapshot.spells);
    this.responseTime.add(snapshot.responseTime);
    this.connectionWait.add(snapshot.connectionWait);
    this.streamWait.add(snapshot.streamWait);
    this.firstByte.add(snapshot.firstByte);
    this.download.add(snapshot.download);
    this.connections.add(snapshot.connections);
    this.firstAskings.add(snapshot.firstAskings);
    this.#payloadBytes += snapshot.payloadBytes;
    this.#payloadSquares += snapshot.payloadSquares;
    this.#failures.add(snapshot.failures);
    if (snapshot.retried !== null) this.#addRetried(snapshot.retried);
    if (snapshot.wireBytes !== null) this.#addWireBytes(snapshot.wireBytes);
    if (snapshot.scheduled !== null) {
      this.#scheduled ??= new ScheduledTimes();
      this.#scheduled.add(snapshot.scheduled);
    }
  }

  #recordFailure(failure: Failure): void {
    this.#failures.record(failure);
    if (failure.retried !== undefined) this.#addRetried(failure.retried ? 1 : 0);
    this.#course.recordFailure(failure, this.successes, this.#clock() - this.#startMs);
  }

  #recordSuccess(
    { payloadBytes, wireBytes, phases, retried }: Success,
    responseTimeMs: number,
  ): void {
    this.responseTime.record(responseTimeMs);
    this.#payloadBytes += payloadBytes;
    this.#payloadSquares += payloadBytes ** 2;
    if (wireBytes !== null) this.#addWireBytes(wireBytes);
    if (retried !== undefined) this.#addRetried(retried ? 1 : 0);
    const { connectionWaitMs, streamWaitMs, firstByteMs, downloadMs } = phases;
    if (connectionWaitMs !== null) this.connectionWait.record(connectionWaitMs);
    if (streamWaitMs !== null) this.streamWait.record(streamWaitMs);
    if (firstByteMs !== null) this.firstByte.record(firstByteMs);
    if (downloadMs !== null) this.download.record(downloadMs);
  }

  #addRetried(count: number): void {
    this.#retried = (this.#retried ?? 0) + count;
  }

  #addWireBytes({ sent, received }: WireBytes): void {
    this.#wireBytes ??= { sent: 0, received: 0 };
    this.#wireBytes.sent += sent;
    this.#wireBytes.received += received;
  }
}
