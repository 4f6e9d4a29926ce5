const INITIAL_SLOTS = 256;

/** What is on a stream. */
interface OnStream {
  readonly streamId: number;
}

/**
 * What is in flight, by its stream's identifier: a hash table with linear probing.
 *
 * Not a `Map`: one whose keys come and go is made anew by V8 every few hundred of them, each table
 * pointing to the next. Once a discarded table is in the old generation, the whole chain follows it
 * there, and memory grows with the number of requests until the next full collection.
 */
export class StreamTable<Exchange extends OnStream> {
  #slots: (Exchange | undefined)[] = emptySlots(INITIAL_SLOTS);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get(streamId: number): Exchange | undefined {
    return this.#slots[this.#slotOf(streamId)];
  }

  /** @param exchange Of a stream that is not in the table; keeps its identifier while it is. */
  add(exchange: Exchange): void {
    if (2 * ++this.#size > this.#slots.length) this.#grow();
    this.#slots[this.#slotOf(exchange.streamId)] = exchange;
  }

  /** Closes the gap that it leaves, so that no search ends before what lies behind (Knuth, 6.4 R). */
  delete(streamId: number): void {
    const slots = this.#slots;
    const mask = slots.length - 1;
    let gap = this.#slotOf(streamId);
    if (slots[gap] === undefined) return;
    this.#size--;
    for (let slot = gap + 1 & mask; slots[slot] !== undefined; slot = slot + 1 & mask) {
      const home = this.#homeOf(slots[slot]!.streamId);
      if ((slot - home & mask) < (slot - gap & mask)) continue;
      slots[gap] = slots[slot];
      gap = slot;
    }
    slots[gap] = undefined;
  }

  /** A list of its own, the oldest stream first. */
  byAge(): Exchange[] {
    const exchanges = this.#slots.filter((exchange) => exchange !== undefined);
    return exchanges.sort((a, b) => a.streamId - b.streamId);
  }

  /** Where the stream is, or else where it belongs. */
  #slotOf(streamId: number): number {
    const slots = this.#slots;
    const mask = slots.length - 1;
    let slot = this.#homeOf(streamId);
    while (slots[slot] !== undefined && slots[slot]!.streamId !== streamId) slot = slot + 1 & mask;
    return slot;
  }

  /** All identifiers are odd, and those of one time follow each other: they spread by themselves. */
  #homeOf(streamId: number): number {
    return streamId >> 1 & this.#slots.length - 1;
  }

  #grow(): void {
    const old = this.#slots;
    this.#slots = emptySlots(2 * old.length);
    for (const exchange of old) {
      if (exchange !== undefined) this.#slots[this.#slotOf(exchange.streamId)] = exchange;
    }
  }
}

/** @param count A power of two. */
function emptySlots<T>(count: number): (T | undefined)[] {
  return new Array<T | undefined>(count).fill(undefined);
}
