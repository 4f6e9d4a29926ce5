const KIB = 1024;
const MIB = 1024 * KIB;

/** The largest content of an answer that a client takes, of either protocol: decompressed, where it was compressed. */
export const MAX_ANSWER_BYTES = 16 * MIB;
/** What the answers that are not yet complete may take together, of all clients and threads. */
export const MAX_HELD_BYTES = 256 * MIB;
/** What one of them takes without being counted: most answers never come near. */
export const UNCOUNTED_BYTES = 64 * KIB;

/** Counts the memory that answers take until they are complete, so that no number of them fills it. */
export class HeldBytes {
  #bytes = 0;

  constructor(public maxBytes: number) {}

  /** @returns Whether so many more may be held; they count as held then. */
  claim(bytes: number): boolean {
    if (this.#bytes + bytes > this.maxBytes) return false;
    this.#bytes += bytes;
    return true;
  }

  release(bytes: number): void {
    this.#bytes -= bytes;
  }

  /** Why a claim was refused. */
  get refusal(): string {
    return `the answers in flight take more than ${this.maxBytes} bytes together`;
  }
}

/** Of the clients of this thread. */
export const heldAnswers = new HeldBytes(MAX_HELD_BYTES);
