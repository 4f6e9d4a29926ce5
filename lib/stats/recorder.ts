import type { Sample } from "../sample.ts";
import { DurationDistribution, type DurationSnapshot } from "./duration_distribution.ts";

/** All that a recorder holds, as plain data: what a worker or another machine sends. */
export interface RecorderSnapshot {
  readonly responseTime: DurationSnapshot;
  readonly firstByte: DurationSnapshot;
  readonly download: DurationSnapshot;
  readonly payloadBytes: number;
  readonly failuresByType: readonly (readonly [errorType: string, count: number])[];
}

/**
 * Keeps what one protocol's samples add up to, in memory that does not grow with their number.
 * Recorders merge, so several blocks, workers or machines can each keep their own.
 */
export class Recorder {
  readonly responseTime = new DurationDistribution();
  readonly firstByte = new DurationDistribution();
  readonly download = new DurationDistribution();
  readonly #failuresByType = new Map<string, number>();
  #failures = 0;
  #payloadBytes = 0;

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

  /** Failures by error type, the most frequent first, ties by name: the same run reads the same. */
  get failuresByType(): Record<string, number> {
    const byCount = [...this.#failuresByType].sort(([nameA, a], [nameB, b]) =>
      b - a || (nameA < nameB ? -1 : 1)
    );
    return Object.fromEntries(byCount);
  }

  /** Whether a failure of this type was recorded. */
  hasSeen(errorType: string): boolean {
    return this.#failuresByType.has(errorType);
  }

  record(sample: Sample): void {
    if (sample.kind === "failure") {
      this.#countFailures(sample.errorType, 1);
      return;
    }
    this.responseTime.record(sample.responseTimeMs);
    this.#payloadBytes += sample.payloadBytes;
    const { firstByteMs, downloadMs } = sample.phases;
    if (firstByteMs !== null) this.firstByte.record(firstByteMs);
    if (downloadMs !== null) this.download.record(downloadMs);
  }

  merge(other: Recorder): void {
    this.responseTime.merge(other.responseTime);
    this.firstByte.merge(other.firstByte);
    this.download.merge(other.download);
    this.#payloadBytes += other.#payloadBytes;
    for (const [errorType, count] of other.#failuresByType) this.#countFailures(errorType, count);
  }

  snapshot(): RecorderSnapshot {
    return {
      responseTime: this.responseTime.snapshot(),
      firstByte: this.firstByte.snapshot(),
      download: this.download.snapshot(),
      payloadBytes: this.#payloadBytes,
      failuresByType: [...this.#failuresByType],
    };
  }

  /** A recorder that holds just what the one held that gave the snapshot. */
  static from(snapshot: RecorderSnapshot): Recorder {
    const recorder = new Recorder();
    recorder.responseTime.add(snapshot.responseTime);
    recorder.firstByte.add(snapshot.firstByte);
    recorder.download.add(snapshot.download);
    recorder.#payloadBytes = snapshot.payloadBytes;
    for (const [errorType, count] of snapshot.failuresByType) {
      recorder.#countFailures(errorType, count);
    }
    return recorder;
  }

  #countFailures(errorType: string, count: number): void {
    this.#failures += count;
    this.#failuresByType.set(errorType, (this.#failuresByType.get(errorType) ?? 0) + count);
  }
}
