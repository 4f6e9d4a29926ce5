import type { RequestNumbers } from "../requests/request_numbers.ts";
import type { LoadShare } from "./load_generator.ts";

/**
 * The requests that one side sends, as one of the threads that share them sees it: every `of`-th of the
 * whole is its own. Positions go on from one stretch to the next.
 */
export class RequestSequence {
  readonly #numberAt: (position: number) => number;
  readonly #share: LoadShare;
  #position = 0;
  /** Where the next stretch begins that is measured in requests. */
  #start = 0;

  /**
   * @param numberAt For a position in the whole, from 0 on, the number of the request that is sent there. Called for
   *   every position in turn, those of other threads too.
   */
  constructor(numberAt: (position: number) => number, share: LoadShare) {
    this.#numberAt = numberAt;
    this.#share = share;
  }

  /**
   * The share of the next stretch as the stretch counts, from its own start on: what else is shared out by
   * numbers, such as times to send at, goes to the same threads.
   */
  get shareOfNext(): LoadShare {
    const { index, of } = this.#share;
    return { index: (index - this.#start % of + of) % of, of };
  }

  /** The share's part of the next `count` requests. */
  stretch(count: number): RequestNumbers {
    const { index, of } = this.shareOfNext;
    this.#start += count;
    let left = Math.ceil((count - index) / of);
    return () => left-- > 0 ? this.next() : null;
  }

  /**
   * The request at a position of the stretch that is the share's own; positions ascend, and those that are left
   * out are passed over. For a stretch that is measured as it goes on.
   *
   * @param position From 1 on.
   */
  at(position: number): number {
    const wanted = this.#start + position - 1;
    while (this.#position < wanted) this.#numberAt(this.#position++);
    return this.#numberAt(this.#position++);
  }

  /** Ends a stretch that was measured as it went on. */
  endAfter(count: number): void {
    this.#start += count;
  }

  /** The next of the share's own, without an end. */
  next(): number {
    const { index, of } = this.#share;
    while (true) {
      const request = this.#numberAt(this.#position);
      if (this.#position++ % of === index) return request;
    }
  }
}
