import type { Clock } from "../clock.ts";

/** The end of a preflight: its time is over, or the user stops it. Whatever waits there waits no longer. */
export class Deadline {
  readonly #timeIsOver = new AbortController();
  readonly #timer: ReturnType<typeof setTimeout>;
  readonly #endMs: number;
  /** Aborts at the end, whichever of the two it is. */
  readonly signal: AbortSignal;

  constructor(timeoutMs: number, readonly clock: Clock, interrupt: AbortSignal) {
    this.#endMs = clock() + timeoutMs;
    this.#timer = setTimeout(() => this.#timeIsOver.abort(), timeoutMs);
    this.signal = AbortSignal.any([interrupt, this.#timeIsOver.signal]);
  }

  get over(): boolean {
    return this.signal.aborted;
  }

  /** At least 1: a timeout of nothing would mean none. */
  get remainingMs(): number {
    return Math.max(1, this.#endMs - this.clock());
  }

  /** Takes the timer back. */
  stop(): void {
    clearTimeout(this.#timer);
  }
}
