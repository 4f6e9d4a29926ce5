import type { Clock } from "../clock.ts";

/**
 * Finds what has outlived one common timeout. Since everything gets the same time, things expire in
 * the order they were added: one timer, armed for the oldest, replaces a timer for each.
 */
export class DeadlineQueue<T> {
  /** Expiry times; a Map iterates in insertion order, which here is the order of expiry. */
  readonly #expiresAtMs = new Map<T, number>();
  #timer: ReturnType<typeof setTimeout> | null = null;

  constructor(
    readonly timeoutMs: number,
    readonly clock: Clock,
    readonly onExpired: (item: T) => void,
  ) {}

  /** Starts the time of `item`. */
  add(item: T, nowMs: number): void {
    this.#expiresAtMs.set(item, nowMs + this.timeoutMs);
    if (this.#timer === null) this.#arm(this.timeoutMs);
  }

  /** Takes `item` out, since it has ended by itself. */
  remove(item: T): void {
    this.#expiresAtMs.delete(item);
  }

  /** Whose time is not over, the oldest first. */
  waiting(): Iterable<T> {
    return this.#expiresAtMs.keys();
  }

  /** Stops the timer and hands out what was still waiting. */
  close(): T[] {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    const waiting = [...this.#expiresAtMs.keys()];
    this.#expiresAtMs.clear();
    return waiting;
  }

  #arm(delayMs: number): void {
    this.#timer = setTimeout(() => this.#expire(), Math.max(1, delayMs));
  }

  #expire(): void {
    this.#timer = null;
    const nowMs = this.clock();
    for (const [item, expiresAtMs] of this.#expiresAtMs) {
      if (expiresAtMs > nowMs) {
        this.#arm(expiresAtMs - nowMs);
        return;
      }
      this.#expiresAtMs.delete(item);
      this.onExpired(item);
    }
  }
}
