import { heldAnswers, UNCOUNTED_BYTES } from "../../answer_bounds.ts";
import { readUint32 } from "../http2/frame.ts";
import type { CallFailure } from "./status.ts";
import { PREFIX_BYTES } from "./message_frame.ts";

/** Most answers fit, so that the reader grows once at most; it is used for one call after another. */
const INITIAL_BYTES = 1024;

/** Puts together the one message of a unary response from a body that is split anywhere. */
export class MessageReader {
  #bytes = new Uint8Array(INITIAL_BYTES);
  #length = 0;
  #claimedBytes = 0;

  constructor(readonly maxMessageBytes: number) {}

  /** Begins the next response, and gives back what the last one took if it was large. */
  reset(): void {
    this.#length = 0;
    if (this.#claimedBytes === 0) return;
    heldAnswers.release(this.#claimedBytes);
    this.#claimedBytes = 0;
    // At once, not when the collector comes round to it.
    this.#bytes = new Uint8Array(this.#bytes.buffer.transfer(INITIAL_BYTES));
  }

  /** @returns Why the body cannot be a unary response; `null` as long as it can. */
  add(bytes: Uint8Array, start: number, end: number): CallFailure | null {
    const length = this.#length + end - start;
    if (length > this.#bytes.length && !this.#grow(length)) {
      const detail = heldAnswers.refusal;
      return { status: "RESOURCE_EXHAUSTED", detail, reason: { kind: "too-large" } };
    }
    this.#bytes.set(bytes.subarray(start, end), this.#length);
    this.#length = length;
    return length < PREFIX_BYTES ? null : this.#check();
  }

  /** The message, good until the next `reset`; `null` where none is complete. */
  message(): Uint8Array | null {
    const isComplete = this.#length >= PREFIX_BYTES && this.#length === this.#expectedLength();
    return isComplete ? this.#bytes.subarray(PREFIX_BYTES, this.#length) : null;
  }

  #check(): CallFailure | null {
    if (this.#bytes[0] !== 0) {
      const detail = "Received a compressed message that was not asked for";
      return { status: "INTERNAL", detail, reason: { kind: "malformed" } };
    }
    const expected = this.#expectedLength();
    if (expected > this.maxMessageBytes + PREFIX_BYTES) {
      const messageBytes = expected - PREFIX_BYTES;
      const detail =
        `Received message larger than max (${messageBytes} vs ${this.maxMessageBytes})`;
      return { status: "RESOURCE_EXHAUSTED", detail, reason: { kind: "too-large" } };
    }
    return this.#length > expected
      ? {
        status: "UNIMPLEMENTED",
        detail: "Too many responses received",
        reason: { kind: "malformed" },
      }
      : null;
  }

  #expectedLength(): number {
    return PREFIX_BYTES + readUint32(this.#bytes, 1);
  }

  /**
   * By doubling: a server that announces much but sends little takes no memory.
   *
   * @returns Whether there was room for it.
   */
  #grow(length: number): boolean {
    const capacity = Math.max(length, this.#bytes.length * 2);
    if (capacity > UNCOUNTED_BYTES) {
      if (!heldAnswers.claim(capacity - this.#claimedBytes)) return false;
      this.#claimedBytes = capacity;
    }
    this.#bytes = new Uint8Array(this.#bytes.buffer.transfer(capacity));
    return true;
  }
}
