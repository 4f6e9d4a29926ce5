import type { Clock } from "../../clock.ts";

/** Something that can run out of time; it belongs to at most one queue. */
export interface Expiring {
  expiresAtMs: number;
  older: Expiring | null;
  newer: Expiring | null;
}

/**
 * One timer for all requests in flight. They all get the same time, so that they expire in the order in
 * which they began; being links of the queue themselves, they join and leave it without an allocation.
 */
export class ExpiryQueue<T extends Expiring> {
  readonly #timeoutMs: number;
  readonly #clock: Clock;
  readonly #onExpired: (item: T) => void;
  #oldest: T | null = null;
  #newest: T | null = null;
  #timer: ReturnType<typeof setTimeout> | null = null;

  constructor(timeoutMs: number, clock: Clock, onExpired: (item: T) => void) {
    this.#timeoutMs = timeoutMs;
    this.#clock = clock;
    this.#onExpired = onExpired;
  }

  add(item: T): void {
    item.expiresAtMs = this.#clock() + this.#timeoutMs;
    item.older = this.#newest;
    item.newer = null;
    if (this.#newest === null) this.#oldest = item;
    else this.#newest.newer = item;
    this.#newest = item;
    if (this.#timer === null) this.#arm(this.#timeoutMs);
  }

  remove(item: T): void {
    if (item.older === null) this.#oldest = item.newer as T | null;
    else item.older.newer = item.newer;
    if (item.newer === null) this.#newest = item.older as T | null;
    else item.newer.older = item.older;
  }

  /** Hands over everything that is left, the oldest first, and stops the timer. */
  drain(onLeft: (item: T) => void): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    for (let item = this.#oldest; item !== null; item = this.#oldest) {
      this.remove(item);
      onLeft(item);
    }
  }

  #arm(delayMs: number): void {
    this.#timer = setTimeout(() => this.#expire(), Math.max(1, delayMs));
  }

  #expire(): void {
    this.#timer = null;
    const nowMs = this.#clock();
    for (let item = this.#oldest; item !== null; item = this.#oldest) {
      if (item.expiresAtMs > nowMs) {
        if (this.#timer === null) this.#arm(item.expiresAtMs - nowMs);
        return;
      }
      this.remove(item);
      this.#onExpired(item);
    }
  }
}
