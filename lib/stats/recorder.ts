import type { Sample, WireBytes } from "../sample.ts";
import { DurationDistribution } from "./duration_distribution.ts";

/**
 * Keeps what one protocol's samples add up to, in memory that does not grow with their number.
 * Recorders merge, so several blocks, workers or machines can each keep their own.
 */
export class Recorder {
  readonly responseTime = new DurationDistribution();
  readonly streamWait = new DurationDistribution();
  readonly firstByte = new DurationDistribution();
  readonly download = new DurationDistribution();
  readonly #failuresByType = new Map<string, number>();
  #failures = 0;
  #payloadBytes = 0;
  #wireBytes: { sent: number; received: number } | null = null;

  get successes(): number {
    return this.responseTime.count;
  }

  get failures(): number {
    return this.#failures;
  }

  get finished(): number {
    return this.successes + this.#failures;
  }

  /** Payload bytes of the successes. */
  get payloadBytes(): number {
    return this.#payloadBytes;
  }

  /** What the successes moved over the wire; `null` where no client could see it. */
  get wireBytes(): WireBytes | null {
    return this.#wireBytes;
  }

  /** Failures by error type, the most frequent first, ties by name: the same run reads the same. */
  get failuresByType(): Record<string, number> {
    const byCount = [...this.#failuresByType].sort(([nameA, a], [nameB, b]) =>
      b - a || (nameA < nameB ? -1 : 1)
    );
    return Object.fromEntries(byCount);
  }

  record(sample: Sample): void {
    if (sample.kind === "failure") {
      this.#countFailures(sample.errorType, 1);
      return;
    }
    this.responseTime.record(sample.responseTimeMs);
    this.#payloadBytes += sample.payloadBytes;
    if (sample.wireBytes !== null) this.#addWireBytes(sample.wireBytes);
    const { streamWaitMs, firstByteMs, downloadMs } = sample.phases;
    if (streamWaitMs !== null) this.streamWait.record(streamWaitMs);
    if (firstByteMs !== null) this.firstByte.record(firstByteMs);
    if (downloadMs !== null) this.download.record(downloadMs);
  }

  merge(other: Recorder): void {
    this.responseTime.merge(other.responseTime);
    this.streamWait.merge(other.streamWait);
    this.firstByte.merge(other.firstByte);
    this.download.merge(other.download);
    this.#payloadBytes += other.#payloadBytes;
    if (other.#wireBytes !== null) this.#addWireBytes(other.#wireBytes);
    for (const [errorType, count] of other.#failuresByType) this.#countFailures(errorType, count);
  }

  #addWireBytes({ sent, received }: WireBytes): void {
    this.#wireBytes ??= { sent: 0, received: 0 };
    this.#wireBytes.sent += sent;
    this.#wireBytes.received += received;
  }

  #countFailures(errorType: string, count: number): void {
    this.#failures += count;
    this.#failuresByType.set(errorType, (this.#failuresByType.get(errorType) ?? 0) + count);
  }
}
