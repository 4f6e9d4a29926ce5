/** Room for most answers to a small request, head and all. */
const SMALL_BYTES = 2048;
const LARGE_BYTES = 64 * 1024;
const BUFFERS_IN_SLAB = 64;

let slab = new Uint8Array(0);
let slabUsedBytes = 0;

/**
 * What a connection reads into: small, and beside those of others, so that many connections' fit into the
 * processor's cache and pages; large once an answer has filled it.
 */
export class ReadBuffer {
  #bytes = takeSmall();

  get bytes(): Uint8Array {
    return this.#bytes;
  }

  /** To be called once what was read has been taken: with how many bytes it was. */
  taken(count: number): void {
    if (count === SMALL_BYTES && this.#bytes.length === SMALL_BYTES) {
      this.#bytes = new Uint8Array(LARGE_BYTES);
    }
  }
}

function takeSmall(): Uint8Array {
  if (slabUsedBytes === slab.length) {
    slab = new Uint8Array(BUFFERS_IN_SLAB * SMALL_BYTES);
    slabUsedBytes = 0;
  }
  slabUsedBytes += SMALL_BYTES;
  return slab.subarray(slabUsedBytes - SMALL_BYTES, slabUsedBytes);
}
