import { heldAnswers, UNCOUNTED_BYTES } from "../../answer_bounds.ts";
import { HttpResponseError } from "./http_response_error.ts";

/**
 * Bytes that arrive piece by piece, kept together; its memory grows with what arrives, not before. Beyond
 * what goes uncounted, it is given back when it is no longer needed.
 */
export class ByteAccumulator {
  #bytes: Uint8Array<ArrayBuffer> = new Uint8Array();
  #length = 0;
  #claimedBytes = 0;

  get length(): number {
    return this.#length;
  }

  /** What has arrived; valid until the next change. */
  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  /** @throws {HttpResponseError} where all answers together would take too much. */
  append(source: Uint8Array, start: number, end: number): void {
    const length = this.#length + end - start;
    if (length > this.#bytes.length) this.#grow(length);
    this.#bytes.set(source.subarray(start, end), this.#length);
    this.#length = length;
  }

  clear(): void {
    this.#length = 0;
    if (this.#claimedBytes === 0) return;
    heldAnswers.release(this.#claimedBytes);
    this.#claimedBytes = 0;
    // At once, not when the collector comes round to it.
    this.#bytes = new Uint8Array(this.#bytes.buffer.transfer(0));
  }

  #grow(length: number): void {
    const capacity = Math.max(length, 2 * this.#bytes.length);
    if (capacity > UNCOUNTED_BYTES) this.#claim(capacity);
    this.#bytes = new Uint8Array(this.#bytes.buffer.transfer(capacity));
  }

  #claim(capacity: number): void {
    if (!heldAnswers.claim(capacity - this.#claimedBytes)) {
      throw new HttpResponseError("Response Too Large", heldAnswers.refusal);
    }
    this.#claimedBytes = capacity;
  }
}
