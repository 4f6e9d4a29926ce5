/** Calls back later. @returns What takes the call back. */
export type CallLater = (callback: () => void, delayMs: number) => () => void;

/** A timer comes a millisecond or two late: shorter waits would keep a place idle that is not held. */
const SHORTEST_WAIT_MS = 5;

/**
 * Lets a closed load go on where it was when its last stretch ran out of requests. A place that an answer
 * then still held for long would be held as long now; were all places to begin at once, the few slow answers
 * that hold most of them in the long run would hold none yet, and the server would meet a burst.
 */
export class Resumption {
  readonly #callLater: CallLater;
  /** How long each place's last answer still took. */
  #leftMs: readonly number[] = [];
  #typicalMs = Infinity;

  constructor(callLater: CallLater) {
    this.#callLater = callLater;
  }

  /**
   * Lets a place begin later that is still held. What a request usually takes is left to a real one: a queue
   * forms by requests alone.
   *
   * @returns What takes that back; `null` where the place is not held, and may begin.
   */
  hold(place: number, begin: () => void): (() => void) | null {
    const waitMs = this.leftAfter(0, place) - this.#typicalMs;
    return waitMs < SHORTEST_WAIT_MS ? null : this.#callLater(begin, waitMs);
  }

  /** How long a place that has not begun since would still be held. */
  leftAfter(waitedMs: number, place: number): number {
    return Math.max(0, (this.#leftMs[place] ?? 0) - waitedMs);
  }

  /** @param leftMs By place, from when the requests ran out. */
  stopped(leftMs: readonly number[]): void {
    this.#leftMs = leftMs;
  }

  /** @param medianMs Of the stretch that has just ended; `null` where nothing succeeded. */
  usually(medianMs: number | null): void {
    this.#typicalMs = medianMs ?? Infinity;
  }
}
