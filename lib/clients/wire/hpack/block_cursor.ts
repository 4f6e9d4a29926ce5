import { HpackError } from "./hpack_error.ts";

/** A position in a header block that never passes its end. */
export class BlockCursor {
  #position: number;

  constructor(
    readonly bytes: Uint8Array,
    start: number,
    readonly end: number,
  ) {
    this.#position = start;
  }

  get atEnd(): boolean {
    return this.#position >= this.end;
  }

  /** The next byte, which stays the next one. */
  peek(): number {
    if (this.atEnd) throw new HpackError("the header block ends within a field");
    return this.bytes[this.#position]!;
  }

  next(): number {
    const byte = this.peek();
    this.#position++;
    return byte;
  }

  /** Steps over `count` bytes. @returns Where they start. */
  skip(count: number): number {
    if (count > this.end - this.#position) {
      throw new HpackError("the header block ends within a string");
    }
    const start = this.#position;
    this.#position += count;
    return start;
  }
}
