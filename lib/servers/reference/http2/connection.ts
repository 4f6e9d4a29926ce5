import { HpackError } from "../../../clients/wire/hpack/hpack_error.ts";
import { ConnectionFault, ErrorCode } from "../../../clients/wire/http2/error_code.ts";
import { FieldSectionDecoder } from "../../../clients/wire/http2/field_section_decoder.ts";
import {
  CLIENT_PREFACE,
  Flag,
  FrameType,
  MAX_31_BITS,
  readUint31,
} from "../../../clients/wire/http2/frame.ts";
import {
  expectConnectionLevel,
  expectLength,
  paddingOf,
} from "../../../clients/wire/http2/frame_checks.ts";
import { FrameReader } from "../../../clients/wire/http2/frame_reader.ts";
import { FrameWriter } from "../../../clients/wire/http2/frame_writer.ts";
import { HeaderBlockAssembly } from "../../../clients/wire/http2/header_block_assembly.ts";
import { SettingId } from "../../../clients/wire/http2/settings.ts";
import type { ServedConnection } from "../../serving.ts";
import { readRequestSection } from "./call_head.ts";
import { CallStreams, MAX_OPEN_STREAMS } from "./call_streams.ts";
import type { AnswerCall, Offers } from "./unary_request.ts";

const DEFAULT_WINDOW_BYTES = 65_535;
const MAX_TABLE_BYTES = 4096;
const MAX_LIST_BYTES = 64 * 1024;
/** Replies that a client may ask for before it takes them. */
const MAX_QUEUED_REPLIES = 1000;
const PRIORITY_BYTES = 5;
const GOAWAY_BYTES = 8;

/** One connection over HTTP/2 with prior knowledge (RFC 9113 section 3.3), for unary gRPC calls. */
export class Http2Connection implements ServedConnection {
  readonly #frames = new FrameReader();
  readonly #writer = new FrameWriter();
  readonly #sections = new FieldSectionDecoder(MAX_TABLE_BYTES, MAX_LIST_BYTES, readRequestSection);
  readonly #streams: CallStreams;
  readonly #preface = new Uint8Array(CLIENT_PREFACE.length);
  #prefaceBytes = 0;
  #settingsReceived = false;
  /** A header block of which not all frames have come: nothing else may come before they have. */
  #assembly: HeaderBlockAssembly | null = null;
  #consumedBytes = 0;
  #queuedReplies = 0;
  #isOver = false;

  constructor(answerTo: AnswerCall, flush: () => void, offers: Offers = () => true) {
    this.#streams = new CallStreams(this.#writer, answerTo, flush, offers);
    this.#writer.settings([
      [SettingId.MAX_CONCURRENT_STREAMS, MAX_OPEN_STREAMS],
      [SettingId.MAX_HEADER_LIST_SIZE, MAX_LIST_BYTES],
    ]);
    // No message is larger than its stream's first window. What all take together is bounded where they are kept.
    this.#writer.windowUpdate(0, MAX_31_BITS - DEFAULT_WINDOW_BYTES);
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  space(): Uint8Array {
    return this.#prefaceBytes < CLIENT_PREFACE.length
      ? this.#preface.subarray(this.#prefaceBytes)
      : this.#frames.space();
  }

  received(count: number): void {
    try {
      if (this.#prefaceBytes < CLIENT_PREFACE.length) this.#onPreface(count);
      else this.#onFrames(count);
    } catch (error) {
      this.#end(error);
    }
  }

  takeOutgoing(): Uint8Array {
    this.#queuedReplies = 0;
    return this.#writer.take();
  }

  abandon(): void {
    this.#streams.abandon();
    this.#isOver = true;
  }

  #onPreface(count: number): void {
    for (let left = count; left > 0; left--, this.#prefaceBytes++) {
      if (this.#preface[this.#prefaceBytes] === CLIENT_PREFACE[this.#prefaceBytes]) continue;
      throw new ConnectionFault(ErrorCode.PROTOCOL_ERROR, "does not begin with HTTP/2's preface");
    }
  }

  #onFrames(count: number): void {
    this.#frames.received(count);
    while (this.#frames.next()) this.#onFrame(this.#frames);
    // In large pieces, so that it costs nothing and no client ever waits for it.
    if (this.#consumedBytes < MAX_31_BITS / 2) return;
    this.#writer.windowUpdate(0, this.#consumedBytes);
    this.#consumedBytes = 0;
  }

  /** The client's fault: it is told, and the connection ends. */
  #end(error: unknown): void {
    if (error instanceof ConnectionFault) {
      this.#writer.goaway(this.#streams.lastStreamId, error.code, error.message);
    } else if (error instanceof HpackError) {
      // RFC 9113 section 4.3: the tables are out of step.
      const { COMPRESSION_ERROR } = ErrorCode;
      this.#writer.goaway(this.#streams.lastStreamId, COMPRESSION_ERROR, error.message);
    } else {
      throw error;
    }
    this.abandon();
  }

  #onFrame(frame: FrameReader): void {
    const { type, streamId } = frame;
    if (this.#assembly !== null && type !== FrameType.CONTINUATION) {
      throw new ConnectionFault(ErrorCode.PROTOCOL_ERROR, "interrupted a header block");
    }
    if (!this.#settingsReceived && type !== FrameType.SETTINGS) {
      throw new ConnectionFault(ErrorCode.PROTOCOL_ERROR, "did not begin with SETTINGS");
    }
    switch (type) {
      case FrameType.HEADERS:
        return this.#onHeaders(frame);
      case FrameType.CONTINUATION:
        return this.#onContinuation(frame);
      case FrameType.DATA:
        return this.#onData(frame);
      case FrameType.RST_STREAM:
        expectLength(frame, 4);
        return this.#streams.onReset(streamId);
      case FrameType.SETTINGS:
        return this.#onSettings(frame);
      case FrameType.PING:
        return this.#onPing(frame);
      case FrameType.WINDOW_UPDATE:
        return this.#onWindowUpdate(frame);
      case FrameType.GOAWAY:
        // Whoever says goodbye still takes its answers, and then ends the connection by itself.
        expectConnectionLevel(frame);
        if (frame.payloadEnd - frame.payloadStart < GOAWAY_BYTES) expectLength(frame, GOAWAY_BYTES);
        return;
      case FrameType.PRIORITY:
        return expectLength(frame, PRIORITY_BYTES);
      case FrameType.PUSH_PROMISE:
        throw new ConnectionFault(ErrorCode.PROTOCOL_ERROR, "pushed, which only servers may");
        // Section 5.5: what is unknown is ignored.
    }
  }

  #onHeaders(frame: FrameReader): void {
    const { bytes, flags, streamId, payloadStart } = frame;
    const start = payloadStart + ((flags & Flag.PADDED) === 0 ? 0 : 1) +
      ((flags & Flag.PRIORITY) === 0 ? 0 : PRIORITY_BYTES);
    const end = frame.payloadEnd - paddingOf(frame);
    if (start > end) {
      throw new ConnectionFault(ErrorCode.FRAME_SIZE_ERROR, "sent HEADERS that do not fit in");
    }
    const endStream = (flags & Flag.END_STREAM) !== 0;
    if ((flags & Flag.END_HEADERS) !== 0) {
      const section = this.#sections.decode(bytes, start, end);
      return this.#streams.onSection(streamId, section, endStream);
    }
    this.#assembly = new HeaderBlockAssembly(streamId, endStream);
    this.#assembly.add(bytes, start, end);
  }

  #onContinuation({ bytes, flags, streamId, payloadStart, payloadEnd }: FrameReader): void {
    const assembly = this.#assembly;
    if (assembly === null || assembly.streamId !== streamId) {
      throw new ConnectionFault(ErrorCode.PROTOCOL_ERROR, "continued no header block");
    }
    assembly.add(bytes, payloadStart, payloadEnd);
    if ((flags & Flag.END_HEADERS) === 0) return;
    this.#assembly = null;
    const block = assembly.joined();
    const section = this.#sections.decode(block, 0, block.length);
    this.#streams.onSection(streamId, section, assembly.endStream);
  }

  #onData(frame: FrameReader): void {
    const { bytes, flags, streamId, payloadStart, payloadEnd } = frame;
    // Padding counts for the windows, too: section 6.9.1.
    this.#consumedBytes += payloadEnd - payloadStart;
    const endStream = (flags & Flag.END_STREAM) !== 0;
    if ((flags & Flag.PADDED) === 0) {
      return this.#streams.onContent(streamId, bytes, payloadStart, payloadEnd, endStream, 0);
    }
    const padding = paddingOf(frame);
    const end = payloadEnd - padding;
    this.#streams.onContent(streamId, bytes, payloadStart + 1, end, endStream, padding + 1);
  }

  #onSettings(frame: FrameReader): void {
    expectConnectionLevel(frame);
    const isAck = (frame.flags & Flag.ACK) !== 0;
    if (isAck && this.#settingsReceived) return expectLength(frame, 0);
    if (isAck) throw new ConnectionFault(ErrorCode.PROTOCOL_ERROR, "did not begin with SETTINGS");
    this.#settingsReceived = true;
    this.#streams.applySettings(frame.bytes, frame.payloadStart, frame.payloadEnd);
    this.#reply();
    this.#writer.settingsAck();
  }

  #onPing(frame: FrameReader): void {
    expectConnectionLevel(frame);
    expectLength(frame, 8);
    if ((frame.flags & Flag.ACK) !== 0) return;
    this.#reply();
    this.#writer.pingAck(frame.bytes.subarray(frame.payloadStart, frame.payloadEnd));
  }

  /** Counts a reply that the client makes this side send, so that it cannot fill the memory with them. */
  #reply(): void {
    if (++this.#queuedReplies <= MAX_QUEUED_REPLIES) return;
    throw new ConnectionFault(
      ErrorCode.ENHANCE_YOUR_CALM,
      `asked for more than ${MAX_QUEUED_REPLIES} replies at once`,
    );
  }

  #onWindowUpdate(frame: FrameReader): void {
    expectLength(frame, 4);
    const increment = readUint31(frame.bytes, frame.payloadStart);
    if (frame.streamId > 0) return this.#streams.enlarge(frame.streamId, increment);
    if (increment === 0) {
      throw new ConnectionFault(ErrorCode.PROTOCOL_ERROR, "enlarged the window by 0");
    }
    this.#streams.answers.enlarge(increment);
  }
}
