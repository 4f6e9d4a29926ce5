import type { Sample } from "../sample.ts";
import { DurationDistribution } from "./duration_distribution.ts";

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

  #countFailures(errorType: string, count: number): void {
    this.#failures += count;
    this.#failuresByType.set(errorType, (this.#failuresByType.get(errorType) ?? 0) + count);
  }
}
