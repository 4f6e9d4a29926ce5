import { heldAnswers, MAX_ANSWER_BYTES, UNCOUNTED_BYTES } from "../answer_bounds.ts";

/** Most bodies fit, and what is not counted holds several times as much. */
const FIRST_BYTES = 16 * 1024;

/** Why a body is not read to its end. */
export class BodyTooLarge extends Error {
  override readonly name = "BodyTooLarge";
}

/** The bytes of one body, and what they take; they are good until it is released. */
export class FetchedBody {
  #buffer: ArrayBuffer;
  #length = 0;
  #claimedBytes = 0;

  constructor(buffer: ArrayBuffer) {
    this.#buffer = buffer;
  }

  get bytes(): Uint8Array {
    return new Uint8Array(this.#buffer, 0, this.#length);
  }

  /** @throws {BodyTooLarge} */
  async readFrom(stream: ReadableStream<Uint8Array>): Promise<void> {
    const reader = stream.getReader({ mode: "byob" });
    try {
      for (;;) {
        if (this.#length === this.#buffer.byteLength) this.#grow();
        const { value, done } = await reader.read(new Uint8Array(this.#buffer, this.#length));
        if (value !== undefined) this.#buffer = value.buffer;
        if (done) return;
        this.#length += value.length;
      }
    } catch (error) {
      this.release();
      // Cancelling closes the connection, which is all that ends a body without an end.
      reader.cancel().catch(() => {});
      throw error;
    }
  }

  /** @returns The buffer where it may serve again; else `null`. */
  release(): ArrayBuffer | null {
    heldAnswers.release(this.#claimedBytes);
    this.#claimedBytes = 0;
    if (this.#buffer.byteLength === FIRST_BYTES) return this.#buffer;
    // Gives the memory back at once, not when the collector comes round to it; a read that failed has kept it.
    if (!this.#buffer.detached) this.#buffer = this.#buffer.transfer(0);
    return null;
  }

  /** By doubling: a server that announces much but sends little takes no memory. */
  #grow(): void {
    if (this.#length > MAX_ANSWER_BYTES) throw tooLarge();
    // One byte more shows whether a body of that size ends there.
    const capacity = Math.min(2 * this.#length, MAX_ANSWER_BYTES + 1);
    if (capacity > UNCOUNTED_BYTES) {
      if (!heldAnswers.claim(capacity - this.#claimedBytes)) {
        throw new BodyTooLarge(heldAnswers.refusal);
      }
      this.#claimedBytes = capacity;
    }
    this.#buffer = this.#buffer.transfer(capacity);
  }
}

/** Reads the bodies of fetch's responses within the bounds of all clients. */
export class BodyReader {
  readonly #spare: ArrayBuffer[] = [];

  /**
   * A body that says it is small is read in one go. Any other one is read as a stream: in one go, the
   * runtime would take as much memory as a server announces, or goes on sending.
   *
   * @returns A promise that rejects with {@link BodyTooLarge} where there is no room for it.
   */
  read(response: Response): Promise<Uint8Array | FetchedBody> {
    const declared = response.headers.get("content-length");
    return declared !== null && Number(declared) <= UNCOUNTED_BYTES
      ? response.bytes()
      : this.#readStream(response.body, Number(declared));
  }

  /** The body has been looked at. */
  release(body: FetchedBody): void {
    const buffer = body.release();
    if (buffer !== null) this.#spare.push(buffer);
  }

  async #readStream(
    stream: ReadableStream<Uint8Array> | null,
    declaredBytes: number,
  ): Promise<Uint8Array | FetchedBody> {
    if (stream === null) return new Uint8Array();
    if (declaredBytes > MAX_ANSWER_BYTES) {
      stream.cancel().catch(() => {});
      throw tooLarge();
    }
    const body = new FetchedBody(this.#spare.pop() ?? new ArrayBuffer(FIRST_BYTES));
    await body.readFrom(stream);
    return body;
  }
}

function tooLarge(): BodyTooLarge {
  return new BodyTooLarge(`the body is larger than ${MAX_ANSWER_BYTES} bytes`);
}
