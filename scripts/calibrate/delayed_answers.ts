import type { Clock } from "../../lib/clock.ts";
import { type Alarm, preciseAlarm } from "../../lib/runners/alarm.ts";
import { DurationDistribution } from "../../lib/stats/duration_distribution.ts";

/** A server that stands still for a while from the moment at which one user id is asked for. */
export interface Stall {
  readonly userId: number;
  readonly durationMs: number;
}

interface Answer {
  readonly dueMs: number;
  readonly give: () => void;
}

/** Gives answers at their time, as precisely as the platform lets it. */
export class DelayedAnswers {
  /** How late answers were given. */
  readonly lateness = new DurationDistribution();
  /** Ascending by time. */
  readonly #waiting: Answer[] = [];
  readonly #alarm: Alarm;
  #stalledUntilMs = 0;

  constructor(
    readonly clock: Clock,
    readonly delayOf: (userId: number) => number,
    readonly stall: Stall | null,
  ) {
    this.#alarm = preciseAlarm(clock)(() => this.#giveDue());
  }

  /** Gives the answer to a request that has just come. */
  answer(userId: number, give: () => void): void {
    const nowMs = this.clock();
    if (userId === this.stall?.userId) this.#stalledUntilMs = nowMs + this.stall.durationMs;
    const dueMs = nowMs + this.delayOf(userId);
    let index = this.#waiting.length;
    while (index > 0 && this.#waiting[index - 1]!.dueMs > dueMs) index--;
    this.#waiting.splice(index, 0, { dueMs, give });
    this.#setAlarm();
  }

  #giveDue(): void {
    const nowMs = this.clock();
    while (nowMs >= this.#stalledUntilMs && (this.#waiting[0]?.dueMs ?? Infinity) <= nowMs) {
      const { dueMs, give } = this.#waiting.shift()!;
      this.lateness.record(nowMs - Math.max(dueMs, this.#stalledUntilMs));
      give();
    }
    this.#setAlarm();
  }

  #setAlarm(): void {
    const first = this.#waiting[0];
    if (first === undefined) return;
    // An alarm that is set must not be set to less, which an answer that has just come may ask for.
    this.#alarm.stop();
    this.#alarm.set(Math.max(first.dueMs, this.#stalledUntilMs));
  }
}
