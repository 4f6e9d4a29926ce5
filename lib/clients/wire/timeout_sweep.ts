import type { Clock } from "../../clock.ts";

/** Something with at most one request at a time, which is used again and again. */
export interface Timed {
  /** When its request was to be sent; `Infinity` while it has none. */
  readonly startedAtMs: number;
}

/**
 * Finds the requests that outlive one common timeout. Nothing is kept for a request but its start:
 * one timer, armed for the oldest, looks at all of them, which happens once in a timeout or so.
 */
export class TimeoutSweep<T extends Timed> {
  #timer: ReturnType<typeof setTimeout> | null = null;

  /** @param items Everything that may have a request; may change at any time. */
  constructor(
    readonly timeoutMs: number,
    readonly clock: Clock,
    readonly items: Iterable<T>,
    readonly onExpired: (item: T) => void,
  ) {}

  /** To be called whenever a request has started. */
  requestStarted(): void {
    if (this.#timer === null) this.#arm(this.timeoutMs);
  }

  /** Stops the timer. */
  close(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  #arm(delayMs: number): void {
    this.#timer = setTimeout(() => this.#sweep(), Math.max(1, delayMs));
  }

  #sweep(): void {
    this.#timer = null;
    const nowMs = this.clock();
    let oldestMs = Infinity;
    for (const item of this.items) {
      if (item.startedAtMs + this.timeoutMs <= nowMs) this.onExpired(item);
      else oldestMs = Math.min(oldestMs, item.startedAtMs);
    }
    // What expired may have been followed by a request that armed the timer already.
    if (oldestMs === Infinity) return;
    this.close();
    this.#arm(oldestMs + this.timeoutMs - nowMs);
  }
}
