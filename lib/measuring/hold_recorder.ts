import type { Clock } from "../clock.ts";
import { type HoldOutcome, isSettled, P99_CONFIDENCE } from "./knee_hold.ts";
import type { Sample, ScheduledTiming } from "../requests/sample.ts";
import { DurationDistribution } from "../stats/record/duration_distribution.ts";
import { OutstandingCurve } from "../stats/judge/outstanding_curve.ts";
import { percentileInterval } from "../stats/judge/percentile_interval.ts";

/** Keeps what becomes of the requests of one hold, which begins when this is made. */
export class HoldRecorder {
  readonly #curve: OutstandingCurve;
  readonly #settled = new DurationDistribution();
  readonly #startMs: number;
  #leastMs = Infinity;
  #successes = 0;
  #failures = 0;
  #queued = 0;
  #answeredMs = 0;

  /** @param lengthMs How long requests are due. */
  constructor(readonly clock: Clock, readonly due: number, readonly lengthMs: number) {
    this.#curve = new OutstandingCurve(lengthMs);
    this.#startMs = clock();
  }

  /** For how long nothing was answered, until now. */
  get silentMs(): number {
    return this.clock() - this.#startMs - this.#answeredMs;
  }

  get finished(): number {
    return this.#successes + this.#failures;
  }

  readonly record = (sample: Sample, { queued, responseTimeMs }: ScheduledTiming): void => {
    const endedMs = this.clock() - this.#startMs;
    const dueMs = endedMs - responseTimeMs;
    this.#curve.record(dueMs, endedMs);
    if (queued) this.#queued++;
    if (sample.kind === "failure") {
      this.#failures++;
      return;
    }
    this.#successes++;
    this.#answeredMs = endedMs;
    this.#leastMs = Math.min(this.#leastMs, responseTimeMs);
    if (isSettled(dueMs, this.lengthMs)) this.#settled.record(responseTimeMs);
  };

  outcome(unsent: number, silent: boolean): HoldOutcome {
    return {
      durationMs: this.lengthMs,
      due: this.due,
      successes: this.#successes,
      unsent,
      p99Ms: this.#settled.statistics()?.p99 ?? null,
      p99Interval: percentileInterval(this.#settled.buckets(), 99, P99_CONFIDENCE),
      growth: this.#curve.growth(this.#leastMs),
      queued: this.#queued,
      silent,
    };
  }
}
