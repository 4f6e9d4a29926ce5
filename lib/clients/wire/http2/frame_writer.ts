import { Flag, FRAME_HEADER_BYTES, FrameType } from "./frame.ts";

const INITIAL_BYTES = 64 * 1024;
/** Below this length, a loop is faster than `set` with its call into the runtime. */
const LOOP_BYTES = 32;

/**
 * Collects frames, so that all that are ready leave in one write. Two buffers take turns: one fills
 * while the other is being written.
 */
export class FrameWriter {
  #filling = new Uint8Array(INITIAL_BYTES);
  #resting = new Uint8Array(INITIAL_BYTES);
  #length = 0;

  get isEmpty(): boolean {
    return this.#length === 0;
  }

  /** @returns What was collected; good until the next call, when that buffer fills again. */
  take(): Uint8Array {
    const taken = this.#filling.subarray(0, this.#length);
    [this.#filling, this.#resting] = [this.#resting, this.#filling];
    this.#length = 0;
    return taken;
  }

  raw(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#append(bytes, 0, bytes.length);
  }

  frame(type: number, flags: number, streamId: number, payload: Uint8Array): void {
    this.#header(payload.length, type, flags, streamId);
    this.#append(payload, 0, payload.length);
  }

  /**
   * A header block, continued over as many frames as it takes.
   *
   * @returns Bytes written.
   */
  headers(streamId: number, block: Uint8Array, endStream: boolean, maxFrameBytes: number): number {
    let type: number = FrameType.HEADERS;
    let flags: number = endStream ? Flag.END_STREAM : 0;
    let written = 0;
    do {
      const start = written;
      const end = Math.min(block.length, start + maxFrameBytes);
      if (end === block.length) flags |= Flag.END_HEADERS;
      this.#header(end - start, type, flags, streamId);
      this.#append(block, start, end);
      written = end;
      type = FrameType.CONTINUATION;
      flags = 0;
    } while (written < block.length);
    const frames = Math.max(1, Math.ceil(block.length / maxFrameBytes));
    return written + frames * FRAME_HEADER_BYTES;
  }

  data(
    streamId: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    endStream: boolean,
  ): void {
    this.#header(end - start, FrameType.DATA, endStream ? Flag.END_STREAM : 0, streamId);
    this.#append(bytes, start, end);
  }

  /** @param settings Pairs of identifier and value. */
  settings(settings: readonly (readonly [identifier: number, value: number])[]): void {
    this.#header(settings.length * 6, FrameType.SETTINGS, 0, 0);
    for (const [identifier, value] of settings) {
      this.#uint16(identifier);
      this.#uint32(value);
    }
  }

  settingsAck(): void {
    this.#header(0, FrameType.SETTINGS, Flag.ACK, 0);
  }

  /** @param opaque The eight bytes that the peer sent. */
  pingAck(opaque: Uint8Array): void {
    this.frame(FrameType.PING, Flag.ACK, 0, opaque);
  }

  windowUpdate(streamId: number, increment: number): void {
    this.#header(4, FrameType.WINDOW_UPDATE, 0, streamId);
    this.#uint32(increment);
  }

  rstStream(streamId: number, code: number): void {
    this.#header(4, FrameType.RST_STREAM, 0, streamId);
    this.#uint32(code);
  }

  goaway(lastStreamId: number, code: number, debugText = ""): void {
    const debug = new TextEncoder().encode(debugText);
    this.#header(8 + debug.length, FrameType.GOAWAY, 0, 0);
    this.#uint32(lastStreamId);
    this.#uint32(code);
    this.#append(debug, 0, debug.length);
  }

  /** A frame's header, and room for its payload. */
  #header(length: number, type: number, flags: number, streamId: number): void {
    this.#reserve(FRAME_HEADER_BYTES + length);
    const bytes = this.#filling;
    const at = this.#length;
    bytes[at] = length >>> 16;
    bytes[at + 1] = length >>> 8;
    bytes[at + 2] = length;
    bytes[at + 3] = type;
    bytes[at + 4] = flags;
    bytes[at + 5] = streamId >>> 24;
    bytes[at + 6] = streamId >>> 16;
    bytes[at + 7] = streamId >>> 8;
    bytes[at + 8] = streamId;
    this.#length = at + FRAME_HEADER_BYTES;
  }

  #uint16(value: number): void {
    this.#filling[this.#length++] = value >>> 8;
    this.#filling[this.#length++] = value;
  }

  #uint32(value: number): void {
    this.#uint16(value >>> 16);
    this.#uint16(value & 0xffff);
  }

  #append(bytes: Uint8Array, start: number, end: number): void {
    const filling = this.#filling;
    let at = this.#length;
    if (end - start > LOOP_BYTES) {
      filling.set(bytes.subarray(start, end), at);
    } else {
      for (let from = start; from < end; from++) filling[at++] = bytes[from]!;
    }
    this.#length += end - start;
  }

  #reserve(count: number): void {
    const needed = this.#length + count;
    if (needed <= this.#filling.length) return;
    const larger = new Uint8Array(Math.max(needed, this.#filling.length * 2));
    larger.set(this.#filling.subarray(0, this.#length));
    this.#filling = larger;
  }
}
