import { heldAnswers, UNCOUNTED_BYTES } from "../answer_bounds.ts";
import { type Call, unfinishedBytesOf } from "./grpc_js_internals.ts";

/** In so much time, few megabytes arrive. */
const LOOK_EVERY_MS = 25;

/**
 * Counts what grpc-js holds of messages that have not wholly arrived. It tells nothing of them, so they are
 * looked at again and again: that costs a call nothing, and the bound is kept to within what arrives meanwhile.
 */
export class UnfinishedMessages {
  readonly #timer: ReturnType<typeof setInterval>;
  #claimedBytes = 0;

  /** @param onRefused Is to end the call, for which there is no more room. */
  constructor(readonly calls: () => Iterable<Call>, readonly onRefused: (call: Call) => void) {
    this.#timer = setInterval(() => this.#look(), LOOK_EVERY_MS);
  }

  close(): void {
    clearInterval(this.#timer);
    this.#release();
  }

  #look(): void {
    this.#release();
    for (const call of this.calls()) {
      const bytes = unfinishedBytesOf(call);
      if (bytes <= UNCOUNTED_BYTES) continue;
      if (heldAnswers.claim(bytes)) this.#claimedBytes += bytes;
      else this.onRefused(call);
    }
  }

  #release(): void {
    heldAnswers.release(this.#claimedBytes);
    this.#claimedBytes = 0;
  }
}
