import type { Clock } from "../clock.ts";
import { type Failure, wasHeard } from "../requests/sample.ts";
import { LEAST_FAILURES } from "../stats/record/outages.ts";

/** Who was not heard for so long does not come back while anyone waits. */
const GIVEN_UP_AFTER_MS = 20_000;

/**
 * Watches whether a server is still heard, from one stretch of load to the next: to go on with one that is dead
 * means minutes of timeouts. Hears of failures alone, so that successes cost nothing.
 */
export class SilenceWatch {
  readonly #clock: Clock;
  #sinceMs: number | null = null;
  #failures = 0;
  /** That the stretch had when the silence began. */
  #successes = 0;
  #giveUp = new AbortController();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** @returns What ends the stretch early, where the server is given up. */
  begin(): AbortSignal {
    this.#giveUp = new AbortController();
    return this.#giveUp.signal;
  }

  get hasGivenUp(): boolean {
    return this.#giveUp.signal.aborted;
  }

  /** @param successes That the stretch had before it. */
  recordFailure({ reason }: Failure, successes: number): void {
    const heard = wasHeard(reason);
    if (heard === null) return;
    if (heard || successes !== this.#successes) this.#sinceMs = null;
    this.#successes = successes;
    if (heard) return;
    const nowMs = this.#clock();
    if (this.#sinceMs === null) {
      this.#sinceMs = nowMs;
      this.#failures = 0;
    }
    this.#failures++;
    const silentMs = nowMs - this.#sinceMs;
    if (this.#failures >= LEAST_FAILURES && silentMs >= GIVEN_UP_AFTER_MS) this.#giveUp.abort();
  }

  /** @param successes That the stretch had altogether. */
  end(successes: number): void {
    if (successes !== this.#successes) this.#sinceMs = null;
    this.#successes = 0;
  }
}
