import type { Clock } from "../../lib/clock.ts";
import { type Alarm, preciseAlarm } from "../../lib/runners/alarm.ts";
import { Sleeper } from "../../lib/runners/sleeper.ts";

/** A server that stands still for a while from the moment at which one user id is asked for. */
export interface Stall {
  readonly userId: number;
  readonly durationMs: number;
}

/** Whether requests are served all at once, or one after the other, in the order of their coming. */
export type Service = "at-once" | "in-line";

/** A user id that was asked for, and how long its answer was held. */
export type Held = readonly [userId: number, heldMs: number];

interface Answer {
  readonly userId: number;
  readonly askedMs: number;
  readonly dueMs: number;
  readonly give: () => void;
}

/** Gives answers at their time, as precisely as the platform lets it. */
export class DelayedAnswers {
  /** What has been done so far: never less than was due, and a little more where the platform was late. */
  readonly held: Held[] = [];
  /** Ascending by time. */
  readonly #waiting: Answer[] = [];
  readonly #alarm: Alarm;
  #stalledUntilMs = 0;
  /** When a request that comes now is served. */
  #freeMs = 0;

  private constructor(
    sleeper: Sleeper,
    readonly clock: Clock,
    readonly delayOf: (userId: number) => number,
    readonly stall: Stall | null,
    readonly service: Service,
  ) {
    this.#alarm = preciseAlarm(clock, sleeper)(() => this.#giveDue());
  }

  /** Its thread lives as long as the process. */
  static async prepare(
    clock: Clock,
    delayOf: (userId: number) => number,
    stall: Stall | null,
    service: Service,
  ): Promise<DelayedAnswers> {
    return new DelayedAnswers(await Sleeper.start(), clock, delayOf, stall, service);
  }

  /** Gives the answer to a request that has just come. */
  answer(userId: number, give: () => void): void {
    const nowMs = this.clock();
    if (userId === this.stall?.userId) this.#stalledUntilMs = nowMs + this.stall.durationMs;
    const beginMs = this.service === "in-line" ? Math.max(nowMs, this.#freeMs) : nowMs;
    const dueMs = this.#freeMs = beginMs + this.delayOf(userId);
    let index = this.#waiting.length;
    while (index > 0 && this.#waiting[index - 1]!.dueMs > dueMs) index--;
    this.#waiting.splice(index, 0, { userId, askedMs: nowMs, dueMs, give });
    this.#setAlarm();
  }

  #giveDue(): void {
    const nowMs = this.clock();
    while (nowMs >= this.#stalledUntilMs && (this.#waiting[0]?.dueMs ?? Infinity) <= nowMs) {
      const { userId, askedMs, give } = this.#waiting.shift()!;
      this.held.push([userId, this.clock() - askedMs]);
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
