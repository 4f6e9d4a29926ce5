import { ConnectionFault, ErrorCode, type StreamFault } from "./error_code.ts";
import type { Exchange } from "./exchange.ts";
import { FieldSection } from "./field_section.ts";
import { FieldSectionDecoder } from "./field_section_decoder.ts";
import {
  CLIENT_PREFACE,
  Flag,
  FRAME_HEADER_BYTES,
  FrameType,
  MAX_31_BITS,
  readUint31,
  readUint32,
} from "./frame.ts";
import { expectConnectionLevel, expectLength, paddingOf } from "./frame_checks.ts";
import type { FrameReader } from "./frame_reader.ts";
import { FrameWriter } from "./frame_writer.ts";
import { HeaderBlockAssembly } from "./header_block_assembly.ts";
import { RequestBlocks } from "./request_blocks.ts";
import { applySettings, defaultPeerSettings, SettingId } from "./settings.ts";
import { StreamTable } from "./stream_table.ts";
import { enlarged } from "./window.ts";

/** What a session is set up with. */
export interface SessionOptions {
  /** The largest response body that is taken: a stream's window is never enlarged. */
  readonly maxBodyBytes: number;
  /** No stream gets a higher identifier (section 5.1.1): 2^31 - 1, where a test does not want less. */
  readonly maxStreamId: number;
  /** Takes back an exchange that the server has said that it has not processed. */
  readonly onUnprocessed: (exchange: Exchange) => void;
}

const HEADER_TABLE_BYTES = 4096;
/** About what grpc-js takes: the nine frames of a block that nghttp2 reads. */
const MAX_HEADER_LIST_BYTES = 9 * 16_384;
/** Large, so that the updates are rare; what bounds memory is the window of each stream. */
const CONNECTION_WINDOW_BYTES = 64 * 1024 * 1024;
const DEFAULT_WINDOW_BYTES = 65_535;
/** Replies that the server may make this side queue before it reads them. */
const MAX_QUEUED_REPLIES = 1000;

/**
 * The client's side of one HTTP/2 connection (RFC 9113), without input and output: frames come in with
 * `receive`, and what is to be sent is taken with `takeOutgoing`.
 */
export class Session {
  readonly #options: SessionOptions;
  readonly #writer = new FrameWriter();
  readonly #sections = new FieldSectionDecoder(
    HEADER_TABLE_BYTES,
    MAX_HEADER_LIST_BYTES,
    (fields, withinBounds) => new FieldSection(fields, withinBounds),
  );
  readonly #requestBlocks = new RequestBlocks();
  readonly #settings = defaultPeerSettings("server");
  #settingsReceived = false;
  readonly #streams = new StreamTable<Exchange>();
  #nextStreamId = 1;
  #lastProcessedId = MAX_31_BITS;
  #goingAway = false;
  #farewellCode: number | null = null;
  #hasAnswered = false;
  #firstHead: FieldSection | null = null;
  /** A header block of which not all frames have come: nothing else may come before they have. */
  #assembly: HeaderBlockAssembly | null = null;
  #sendWindowBytes = DEFAULT_WINDOW_BYTES;
  #consumedBytes = 0;
  /** Exchanges whose body waits for a window. */
  readonly #blocked = new Set<Exchange>();
  /** Exchanges whose request is among the outgoing bytes. */
  #unsent: Exchange[] = [];
  #queuedReplies = 0;
  #nowMs = 0;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#writer.raw(CLIENT_PREFACE);
    this.#writer.settings([
      [SettingId.ENABLE_PUSH, 0],
      [SettingId.INITIAL_WINDOW_SIZE, options.maxBodyBytes],
      [SettingId.MAX_HEADER_LIST_SIZE, MAX_HEADER_LIST_BYTES],
    ]);
    this.#writer.windowUpdate(0, CONNECTION_WINDOW_BYTES - DEFAULT_WINDOW_BYTES);
  }

  /**
   * Whether the server's SETTINGS have come. Before, its limit on streams is unknown, and a request
   * beyond it would be refused.
   */
  get isReady(): boolean {
    return this.#settingsReceived;
  }

  /** Whether it will never take another request. */
  get isSpent(): boolean {
    return this.#goingAway || this.#nextStreamId > this.#options.maxStreamId;
  }

  /** With which code the server said that it goes away; `null` where it has not. */
  get farewellCode(): number | null {
    return this.#farewellCode;
  }

  /** Whether the server has answered any request on it. */
  get hasAnswered(): boolean {
    return this.#hasAnswered;
  }

  /** The first response head that a body was to follow; `null` before. */
  get firstHead(): FieldSection | null {
    return this.#firstHead;
  }

  /** The server's limit as it is now; `Infinity` where it has none. */
  get maxConcurrentStreams(): number {
    return this.#settings.maxConcurrentStreams;
  }

  get canOpen(): boolean {
    return this.#settingsReceived && !this.isSpent &&
      this.#streams.size < this.#settings.maxConcurrentStreams;
  }

  get openStreams(): number {
    return this.#streams.size;
  }

  get hasOutgoing(): boolean {
    return !this.#writer.isEmpty;
  }

  /**
   * What is to be written now; good until the next call.
   *
   * @param nowMs When the write begins: the requests among the bytes count as sent then.
   */
  takeOutgoing(nowMs: number): Uint8Array {
    for (const exchange of this.#unsent) exchange.sentAtMs = nowMs;
    this.#unsent.length = 0;
    this.#queuedReplies = 0;
    return this.#writer.take();
  }

  /** Sends a request; only where `canOpen`. */
  open(exchange: Exchange): void {
    const { body } = exchange;
    const streamId = this.#nextStreamId;
    this.#nextStreamId += 2;
    exchange.session = this;
    exchange.streamId = streamId;
    this.#streams.add(exchange);
    this.#unsent.push(exchange);
    exchange.bodySentBytes = 0;
    exchange.sendWindowBytes = this.#settings.initialWindowBytes;
    exchange.receiveWindowBytes = this.#options.maxBodyBytes;
    exchange.headReceived = false;
    exchange.firstByteAtMs = 0;
    exchange.wireReceivedBytes = 0;
    exchange.wireSentBytes = this.#writer.headers(
      streamId,
      this.#requestBlocks.blockFor(exchange.fields, exchange.varyingFields),
      body.length === 0,
      this.#settings.maxFrameBytes,
    );
    if (body.length > 0) this.#sendBody(exchange);
  }

  /** Tells the server to stop (section 5.4.2); the exchange hears no more of it. */
  cancel(exchange: Exchange): void {
    this.#writer.rstStream(exchange.streamId, ErrorCode.CANCEL);
    this.#forget(exchange);
  }

  /** Says that the connection ends, and why: an empty reason where nothing is amiss. */
  sayGoodbye(code: number, reason: string): void {
    this.#goingAway = true;
    this.#writer.goaway(0, code, reason);
  }

  /** Takes no more requests; those in flight go on. */
  retire(): void {
    this.#goingAway = true;
  }

  /** Ends every exchange in flight: the connection is gone. */
  lose(cause: string): void {
    this.#goingAway = true;
    for (const exchange of this.#streams.byAge()) {
      this.#forget(exchange);
      exchange.onLost(cause, null);
    }
  }

  /**
   * Takes in the frames that the reader holds.
   *
   * @param nowMs When the read returned that brought them.
   * @throws {ConnectionFault | HpackError} after which the session is of no more use.
   */
  receive(frames: FrameReader, nowMs: number): void {
    this.#nowMs = nowMs;
    while (frames.next()) this.#onFrame(frames);
  }

  #onFrame(frame: FrameReader): void {
    const { type } = frame;
    if (this.#assembly !== null && type !== FrameType.CONTINUATION) {
      throw new ConnectionFault(ErrorCode.PROTOCOL_ERROR, "broke off a header block");
    }
    if (!this.#settingsReceived && type !== FrameType.SETTINGS) {
      throw new ConnectionFault(ErrorCode.PROTOCOL_ERROR, "did not begin with SETTINGS");
    }
    switch (type) {
      case FrameType.DATA:
        return this.#onData(frame);
      case FrameType.HEADERS:
        return this.#onHeaders(frame);
      case FrameType.PRIORITY:
        return expectLength(frame, 5);
      case FrameType.RST_STREAM:
        return this.#onRstStream(frame);
      case FrameType.SETTINGS:
        return this.#onSettings(frame);
      case FrameType.PUSH_PROMISE:
        throw new ConnectionFault(ErrorCode.PROTOCOL_ERROR, "pushed although told not to");
      case FrameType.PING:
        return this.#onPing(frame);
      case FrameType.GOAWAY:
        return this.#onGoaway(frame);
      case FrameType.WINDOW_UPDATE:
        return this.#onWindowUpdate(frame);
      case FrameType.CONTINUATION:
        return this.#onContinuation(frame);
        // Section 4.1: frames of other types are ignored.
    }
  }

  #onData(frame: FrameReader): void {
    const exchange = this.#streamOf(frame);
    const flowBytes = frame.payloadEnd - frame.payloadStart;
    this.#consume(flowBytes);
    const end = frame.payloadEnd - paddingOf(frame);
    const start = frame.payloadStart + ((frame.flags & Flag.PADDED) === 0 ? 0 : 1);
    // Closed already: what is still under way for it only counts for the connection's window.
    if (exchange === undefined) return;
    exchange.wireReceivedBytes += FRAME_HEADER_BYTES + flowBytes;
    exchange.receiveWindowBytes -= flowBytes;
    if (exchange.receiveWindowBytes < 0) {
      return this.#reset(exchange, {
        code: ErrorCode.FLOW_CONTROL_ERROR,
        kind: "malformed",
        reason: `sent more than the window of ${this.#options.maxBodyBytes} bytes`,
      });
    }
    if (!exchange.headReceived) {
      return this.#reset(exchange, malformed("sent a body before a head"));
    }
    if (end > start) exchange.onData(frame.bytes, start, end);
    if ((frame.flags & Flag.END_STREAM) !== 0) this.#endIfOpen(exchange, frame.streamId);
  }

  /** Gives the connection's window back in large pieces. */
  #consume(bytes: number): void {
    this.#consumedBytes += bytes;
    if (this.#consumedBytes < CONNECTION_WINDOW_BYTES / 2) return;
    this.#writer.windowUpdate(0, this.#consumedBytes);
    this.#consumedBytes = 0;
  }

  #onHeaders(frame: FrameReader): void {
    const exchange = this.#streamOf(frame);
    const { bytes, flags, payloadStart, streamId } = frame;
    this.#countHeaderFrame(exchange, frame);
    const prefixBytes = ((flags & Flag.PADDED) === 0 ? 0 : 1) +
      ((flags & Flag.PRIORITY) === 0 ? 0 : 5);
    const start = payloadStart + prefixBytes;
    const end = frame.payloadEnd - paddingOf(frame);
    if (start > end) {
      throw new ConnectionFault(ErrorCode.PROTOCOL_ERROR, "sent HEADERS shorter than its padding");
    }
    const endStream = (flags & Flag.END_STREAM) !== 0;
    if ((flags & Flag.END_HEADERS) !== 0) {
      const section = this.#sections.decode(bytes, start, end);
      return this.#onSection(exchange, streamId, section, endStream);
    }
    this.#assembly = new HeaderBlockAssembly(streamId, endStream);
    this.#assembly.add(bytes, start, end);
  }

  #onContinuation(frame: FrameReader): void {
    const assembly = this.#assembly;
    if (assembly === null || assembly.streamId !== frame.streamId) {
      throw new ConnectionFault(ErrorCode.PROTOCOL_ERROR, "continued no header block");
    }
    const exchange = this.#streams.get(frame.streamId);
    this.#countHeaderFrame(exchange, frame);
    assembly.add(frame.bytes, frame.payloadStart, frame.payloadEnd);
    if ((frame.flags & Flag.END_HEADERS) === 0) return;
    this.#assembly = null;
    const block = assembly.joined();
    const section = this.#sections.decode(block, 0, block.length);
    this.#onSection(exchange, frame.streamId, section, assembly.endStream);
  }

  #countHeaderFrame(exchange: Exchange | undefined, frame: FrameReader): void {
    if (exchange === undefined) return;
    exchange.wireReceivedBytes += FRAME_HEADER_BYTES + frame.payloadEnd - frame.payloadStart;
    if (exchange.firstByteAtMs === 0) exchange.firstByteAtMs = this.#nowMs;
  }

  /** A head, or trailers (section 8.1); decoded even for a closed stream, to keep the table in step. */
  #onSection(
    exchange: Exchange | undefined,
    streamId: number,
    section: FieldSection,
    endStream: boolean,
  ): void {
    if (exchange === undefined) return;
    const fault = faultOf(section, exchange.headReceived, endStream);
    if (fault !== null) return this.#reset(exchange, fault);
    if (exchange.headReceived) exchange.onTrailers(section);
    else if (section.status! >= 200) {
      exchange.headReceived = true;
      this.#hasAnswered = true;
      if (!endStream) this.#firstHead ??= section;
      exchange.onHead(section, endStream);
    }
    if (endStream) this.#endIfOpen(exchange, streamId);
  }

  #onRstStream(frame: FrameReader): void {
    const exchange = this.#streamOf(frame);
    expectLength(frame, 4);
    if (exchange === undefined) return;
    this.#forget(exchange);
    const code = readUint32(frame.bytes, frame.payloadStart);
    // Section 8.7: nothing was done. Once, as in gRPC, or a server that refuses all would be asked for ever.
    const unprocessed = code === ErrorCode.REFUSED_STREAM && !exchange.headReceived;
    if (unprocessed && !exchange.retried) this.#options.onUnprocessed(exchange);
    else exchange.onReset(code);
  }

  #onSettings(frame: FrameReader): void {
    expectConnectionLevel(frame);
    if ((frame.flags & Flag.ACK) !== 0) {
      if (!this.#settingsReceived) {
        throw new ConnectionFault(ErrorCode.PROTOCOL_ERROR, "did not begin with SETTINGS");
      }
      return expectLength(frame, 0);
    }
    const settings = this.#settings;
    const { initialWindowBytes, headerTableBytes } = settings;
    applySettings(settings, frame.bytes, frame.payloadStart, frame.payloadEnd);
    this.#settingsReceived = true;
    if (settings.headerTableBytes !== headerTableBytes) {
      this.#requestBlocks.limitTable(settings.headerTableBytes);
    }
    this.#reply();
    this.#writer.settingsAck();
    const enlargedBytes = settings.initialWindowBytes - initialWindowBytes;
    if (enlargedBytes !== 0) this.#changeWindows(enlargedBytes);
    // A larger frame may be allowed now, too.
    this.#sendBlocked();
  }

  /** Section 6.9.2: a new initial window moves the window of every open stream, even below 0. */
  #changeWindows(enlargedBytes: number): void {
    for (const exchange of this.#streams.byAge()) {
      exchange.sendWindowBytes = enlarged(exchange.sendWindowBytes, enlargedBytes);
    }
  }

  #onPing(frame: FrameReader): void {
    expectConnectionLevel(frame);
    expectLength(frame, 8);
    if ((frame.flags & Flag.ACK) !== 0) return;
    this.#reply();
    this.#writer.pingAck(frame.bytes.subarray(frame.payloadStart, frame.payloadEnd));
  }

  /** Counts a reply that the server makes this side send, so that it cannot fill the memory with them. */
  #reply(): void {
    if (++this.#queuedReplies <= MAX_QUEUED_REPLIES) return;
    throw new ConnectionFault(
      ErrorCode.ENHANCE_YOUR_CALM,
      `asked for more than ${MAX_QUEUED_REPLIES} replies at once`,
    );
  }

  #onGoaway(frame: FrameReader): void {
    expectConnectionLevel(frame);
    if (frame.payloadEnd - frame.payloadStart < 8) expectLength(frame, 8);
    const lastProcessedId = readUint31(frame.bytes, frame.payloadStart);
    if (lastProcessedId > this.#lastProcessedId) {
      throw new ConnectionFault(ErrorCode.PROTOCOL_ERROR, "went away twice, the second time later");
    }
    this.#lastProcessedId = lastProcessedId;
    this.#farewellCode = readUint32(frame.bytes, frame.payloadStart + 4);
    this.#goingAway = true;
    for (const exchange of this.#streams.byAge()) {
      if (exchange.streamId <= lastProcessedId) continue;
      this.#forget(exchange);
      this.#options.onUnprocessed(exchange);
    }
  }

  #onWindowUpdate(frame: FrameReader): void {
    const exchange = frame.streamId === 0 ? undefined : this.#streamOf(frame);
    expectLength(frame, 4);
    const increment = readUint31(frame.bytes, frame.payloadStart);
    if (frame.streamId === 0) {
      if (increment === 0) {
        throw new ConnectionFault(ErrorCode.PROTOCOL_ERROR, "enlarged the window by 0");
      }
      this.#sendWindowBytes = enlarged(this.#sendWindowBytes, increment);
      this.#sendBlocked();
      return;
    }
    if (exchange === undefined) return;
    if (increment === 0) return this.#reset(exchange, malformed("enlarged a window by 0"));
    if (exchange.sendWindowBytes + increment > MAX_31_BITS) {
      return this.#reset(exchange, {
        code: ErrorCode.FLOW_CONTROL_ERROR,
        kind: "malformed",
        reason: `enlarged a window beyond ${MAX_31_BITS} bytes`,
      });
    }
    exchange.sendWindowBytes += increment;
    if (this.#blocked.has(exchange)) this.#sendBody(exchange);
  }

  #sendBlocked(): void {
    for (const exchange of this.#blocked) this.#sendBody(exchange);
  }

  /** Sends as much of the body as both windows allow (section 5.2). */
  #sendBody(exchange: Exchange): void {
    const { body, streamId } = exchange;
    for (;;) {
      const start = exchange.bodySentBytes;
      const count = Math.min(
        body.length - start,
        this.#sendWindowBytes,
        exchange.sendWindowBytes,
        this.#settings.maxFrameBytes,
      );
      if (count <= 0) {
        this.#blocked.add(exchange);
        return;
      }
      const end = start + count;
      this.#writer.data(streamId, body, start, end, end === body.length);
      this.#sendWindowBytes -= count;
      exchange.sendWindowBytes -= count;
      exchange.bodySentBytes = end;
      exchange.wireSentBytes += FRAME_HEADER_BYTES + count;
      if (end < body.length) continue;
      if (this.#blocked.size > 0) this.#blocked.delete(exchange);
      return;
    }
  }

  /** The exchange may have cancelled its stream meanwhile, and even have begun another. */
  #endIfOpen(exchange: Exchange, streamId: number): void {
    if (exchange.session !== this || exchange.streamId !== streamId) return;
    // An answer before the whole request: the rest is of no use to the server (section 8.1).
    if (exchange.bodySentBytes < exchange.body.length) {
      this.#writer.rstStream(exchange.streamId, ErrorCode.NO_ERROR);
    }
    this.#forget(exchange);
    exchange.onEnd(this.#nowMs);
  }

  #reset(exchange: Exchange, fault: StreamFault): void {
    this.#writer.rstStream(exchange.streamId, fault.code);
    this.#forget(exchange);
    exchange.onFault(fault);
  }

  #forget(exchange: Exchange): void {
    this.#streams.delete(exchange.streamId);
    if (this.#blocked.size > 0) this.#blocked.delete(exchange);
    exchange.session = null;
  }

  /**
   * The exchange that a frame is for; `undefined` where its stream was closed before.
   *
   * @throws {ConnectionFault} where no such stream was ever opened.
   */
  #streamOf({ type, streamId }: FrameReader): Exchange | undefined {
    const exchange = this.#streams.get(streamId);
    if (exchange !== undefined) return exchange;
    if (streamId % 2 === 1 && streamId < this.#nextStreamId) return undefined;
    throw new ConnectionFault(
      ErrorCode.PROTOCOL_ERROR,
      `sent a frame of type ${type} on stream ${streamId}, which is not open`,
    );
  }
}

function malformed(reason: string): StreamFault {
  return { code: ErrorCode.PROTOCOL_ERROR, kind: "malformed", reason };
}

/** Why a field section cannot stand where it came; `null` where it can. */
function faultOf(
  section: FieldSection,
  headReceived: boolean,
  endStream: boolean,
): StreamFault | null {
  if (!section.withinBounds) {
    return {
      code: ErrorCode.ENHANCE_YOUR_CALM,
      kind: "too-large",
      reason: `sent more than ${MAX_HEADER_LIST_BYTES} bytes of metadata`,
    };
  }
  if (section.problem !== null) return malformed(section.problem);
  if (!headReceived) {
    if (section.status === null) return malformed("sent a head without a status");
    if (section.status < 200 && endStream) return malformed("ended after an interim response");
    return null;
  }
  if (section.status !== null) return malformed("sent a second head");
  return endStream ? null : malformed("sent trailers that do not end the stream");
}
