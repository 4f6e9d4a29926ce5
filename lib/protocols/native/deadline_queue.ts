import type { Clock } from "../../clock.ts";

/** A request that can run out of time. */
export interface Deadline {
  readonly expiresAtMs: number;
  readonly controller: AbortController;
}

/**
 * Aborts requests that outlive one common timeout. Since all of them get the same time, they expire
 * in the order they started: one timer, armed for the oldest, replaces a timer per request.
 */
export class DeadlineQueue {
  readonly #pending = new Set<Deadline>();
  #timer: ReturnType<typeof setTimeout> | null = null;

  constructor(readonly timeoutMs: number, readonly clock: Clock) {}

  /** Starts the clock for one request; hand the result to `finish` when the request has ended. */
  start(nowMs: number): Deadline {
    const deadline = { expiresAtMs: nowMs + this.timeoutMs, controller: new AbortController() };
    this.#pending.add(deadline);
    if (this.#timer === null) this.#arm(this.timeoutMs);
    return deadline;
  }

  finish(deadline: Deadline): void {
    this.#pending.delete(deadline);
  }

  /** Aborts everything that is still pending and stops the timer. */
  close(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    for (const { controller } of this.#pending) controller.abort();
    this.#pending.clear();
  }

  #arm(delayMs: number): void {
    this.#timer = setTimeout(() => this.#expire(), Math.max(1, delayMs));
  }

  #expire(): void {
    this.#timer = null;
    const nowMs = this.clock();
    // A Set iterates in insertion order, which here is the order of expiry.
    for (const deadline of this.#pending) {
      if (deadline.expiresAtMs > nowMs) {
        this.#arm(deadline.expiresAtMs - nowMs);
        return;
      }
      this.#pending.delete(deadline);
      deadline.controller.abort();
    }
  }
}
