import { ConnectionFault, ErrorCode } from "./error_code.ts";
import { DEFAULT_MAX_FRAME_BYTES, FRAME_HEADER_BYTES, readUint31 } from "./frame.ts";

/** Many frames to one read, so that one system call serves many answers. */
const BUFFER_BYTES = 256 * 1024;

/**
 * Finds frames in bytes that arrive split anywhere. The one buffer is read into, and frames are looked at
 * where they lie: what the fields say holds until the next `next`, the bytes until the next `space`.
 */
export class FrameReader {
  readonly bytes = new Uint8Array(BUFFER_BYTES);
  #start = 0;
  #end = 0;

  /** The current frame. */
  type = 0;
  flags = 0;
  streamId = 0;
  /** Its payload: `bytes` from `payloadStart` up to `payloadEnd`. */
  payloadStart = 0;
  payloadEnd = 0;

  /** Where the next bytes belong; never empty, as a frame that has begun is shorter than the buffer. */
  space(): Uint8Array {
    if (this.#start > 0) {
      this.bytes.copyWithin(0, this.#start, this.#end);
      this.#end -= this.#start;
      this.#start = 0;
    }
    return this.bytes.subarray(this.#end);
  }

  /** Takes note of bytes that were put at the start of `space`. */
  received(count: number): void {
    this.#end += count;
  }

  /**
   * Steps to the next frame that is there as a whole.
   *
   * @returns `false` where there is none yet.
   * @throws {ConnectionFault} where it is longer than may be sent here.
   */
  next(): boolean {
    const { bytes } = this;
    const start = this.#start;
    if (this.#end - start < FRAME_HEADER_BYTES) return false;
    const length = (bytes[start]! << 16) | (bytes[start + 1]! << 8) | bytes[start + 2]!;
    if (length > DEFAULT_MAX_FRAME_BYTES) {
      throw new ConnectionFault(
        ErrorCode.FRAME_SIZE_ERROR,
        `sent a frame of ${length} bytes, more than ${DEFAULT_MAX_FRAME_BYTES}, or no HTTP/2`,
      );
    }
    const payloadStart = start + FRAME_HEADER_BYTES;
    const payloadEnd = payloadStart + length;
    if (payloadEnd > this.#end) return false;
    this.type = bytes[start + 3]!;
    this.flags = bytes[start + 4]!;
    this.streamId = readUint31(bytes, start + 5);
    this.payloadStart = payloadStart;
    this.payloadEnd = payloadEnd;
    this.#start = payloadEnd;
    return true;
  }
}
