/** Longer heads are not kept, and so are read anew each time. */
const MAX_BYTES = 1024;
const WORD_BYTES = 4;

/**
 * The last head that arrived in one piece. Most heads repeat the one before, but for a second's change of
 * their date, and to compare costs a tenth of reading them: four bytes at a time, as both lie at the
 * start of their buffers.
 */
export class KnownHead {
  readonly #bytes = new Uint8Array(MAX_BYTES);
  readonly #words = new Int32Array(this.#bytes.buffer);
  #length = 0;
  /** Kept, as a connection reads into the same buffer again and again. */
  #source: Uint8Array = this.#bytes;
  #sourceWords: Int32Array = this.#words;

  /** 0 where none is known. */
  get length(): number {
    return this.#length;
  }

  /** Whether `source`, of which the first `end` bytes count, starts with this head; `false` where none is known. */
  startsOff(source: Uint8Array, end: number): boolean {
    const length = this.#length;
    if (length === 0 || length > end) return false;
    if (source !== this.#source && !this.#view(source)) return false;
    const known = this.#words;
    const found = this.#sourceWords;
    const wholeWords = length >> 2;
    for (let index = 0; index < wholeWords; index++) {
      if (found[index] !== known[index]) return false;
    }
    for (let index = wholeWords * WORD_BYTES; index < length; index++) {
      if (source[index] !== this.#bytes[index]) return false;
    }
    return true;
  }

  /** Keeps the first `end` bytes of `source`, where they are few enough. */
  keep(source: Uint8Array, end: number): void {
    this.#length = end <= MAX_BYTES ? end : 0;
    this.#bytes.set(source.subarray(0, this.#length));
  }

  forget(): void {
    this.#length = 0;
  }

  /** @returns Whether the source can be read in words. */
  #view(source: Uint8Array): boolean {
    if (source.byteOffset % WORD_BYTES !== 0) return false;
    this.#source = source;
    const words = Math.floor(source.length / WORD_BYTES);
    this.#sourceWords = new Int32Array(source.buffer, source.byteOffset, words);
    return true;
  }
}
