/** Something that has bytes to write. */
export interface Writer {
  writeNow(): void;
}

/**
 * Writes that become ready in the same batch of callbacks, made one right after the other at its end. The
 * server then finds work all the time that they take, and rests while the responses are read, in place
 * of being woken for each. Of more than about a hundred Deno itself leaves the rest for its next turn.
 */
export class WriteBurst {
  readonly #ready: Writer[] = [];
  readonly #writeAll = () => {
    for (const writer of this.#ready) writer.writeNow();
    this.#ready.length = 0;
  };

  /** To be written once the microtasks before it have run. */
  add(writer: Writer): void {
    if (this.#ready.length === 0) queueMicrotask(this.#writeAll);
    this.#ready.push(writer);
  }
}
