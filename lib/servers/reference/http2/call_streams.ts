import { ConnectionFault, ErrorCode } from "../../../clients/wire/http2/error_code.ts";
import { MAX_31_BITS } from "../../../clients/wire/http2/frame.ts";
import type { FrameWriter } from "../../../clients/wire/http2/frame_writer.ts";
import { StreamTable } from "../../../clients/wire/http2/stream_table.ts";
import { AnswerSender } from "./answer_sender.ts";
import type { RequestSection } from "./call_head.ts";
import { CallStream } from "./call_stream.ts";
import {
  type AnswerCall,
  messageIn,
  NOT_OFFERED,
  type Offers,
  type Refusal,
  refusalOf,
} from "./unary_request.ts";

/** What the client is told that it may have open at a time. */
export const MAX_OPEN_STREAMS = 10_000;
/** What requests that are not complete may take together. */
const MAX_HELD_BYTES = 16 * 1024 * 1024;
const MAX_REMEMBERED = 10_000;

const TOO_MUCH_HELD: Refusal = {
  status: "RESOURCE_EXHAUSTED",
  details: `requests that are not complete take more than ${MAX_HELD_BYTES} bytes together`,
};
const NOTHING: Uint8Array = new Uint8Array();

/** The streams of one connection, each with one call (RFC 9113 section 5.1). */
export class CallStreams {
  readonly answers: AnswerSender;
  readonly #writer: FrameWriter;
  readonly #answerTo: AnswerCall;
  readonly #offers: Offers;
  readonly #flush: () => void;
  readonly #open = new StreamTable<CallStream>();
  /** Streams that were ended here before the client had ended them, and on which it may go on for a while. */
  readonly #endedEarly = new Set<number>();
  #lastStreamId = 0;
  #heldBytes = 0;

  /** @param flush To be called when an answer is to be written that comes late. */
  constructor(writer: FrameWriter, answerTo: AnswerCall, flush: () => void, offers: Offers) {
    this.#writer = writer;
    this.#answerTo = answerTo;
    this.#offers = offers;
    this.#flush = flush;
    this.answers = new AnswerSender(writer, (stream) => this.#onAnswered(stream));
  }

  get lastStreamId(): number {
    return this.#lastStreamId;
  }

  /** Takes the client's SETTINGS. */
  applySettings(bytes: Uint8Array, start: number, end: number): void {
    this.answers.applySettings(bytes, start, end, this.#open);
  }

  /** A head opens a stream; trailers end its request, and say nothing that a unary call needs. */
  onSection(streamId: number, section: RequestSection, endStream: boolean): void {
    if (streamId % 2 === 1 && streamId > this.#lastStreamId) {
      return this.#begin(streamId, section, endStream);
    }
    const stream = this.#opened(streamId);
    if (stream === null) return this.#onLate(streamId, endStream);
    if (stream.requestEnded) return this.#reset(stream, ErrorCode.STREAM_CLOSED);
    if (!endStream || section.problem !== null || section.head !== null) {
      return this.#reset(stream, ErrorCode.PROTOCOL_ERROR);
    }
    this.#endRequest(stream, stream.content);
  }

  /** @param paddingBytes What came with it and counts for the stream's window, which is given back. */
  onContent(
    streamId: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    endStream: boolean,
    paddingBytes: number,
  ): void {
    const stream = this.#opened(streamId);
    if (stream === null) return this.#onLate(streamId, endStream);
    if (stream.requestEnded) return this.#reset(stream, ErrorCode.STREAM_CLOSED);
    stream.contentBytes += end - start;
    if (endStream && stream.content.length === 0) {
      return this.#endRequest(stream, bytes.subarray(start, end));
    }
    if (paddingBytes > 0) this.#writer.windowUpdate(streamId, paddingBytes);
    stream.append(bytes, start, end);
    this.#heldBytes += end - start;
    if (endStream) return this.#endRequest(stream, stream.content);
    const tooMuch = this.#heldBytes > MAX_HELD_BYTES ? TOO_MUCH_HELD : null;
    const refusal = refusalOf(stream.content) ?? tooMuch;
    if (refusal !== null) this.answers.answer(stream, refusal);
  }

  onReset(streamId: number): void {
    const stream = this.#opened(streamId);
    if (stream !== null) this.#drop(stream);
    else this.#endedEarly.delete(streamId);
  }

  enlarge(streamId: number, increment: number): void {
    const stream = this.#opened(streamId);
    if (stream === null) return;
    if (increment === 0) return this.#reset(stream, ErrorCode.PROTOCOL_ERROR);
    if (stream.sendWindowBytes + increment > MAX_31_BITS) {
      return this.#reset(stream, ErrorCode.FLOW_CONTROL_ERROR);
    }
    this.answers.enlargeStream(stream, increment);
  }

  /** Takes all calls back: nobody waits for their answers. */
  abandon(): void {
    for (const stream of this.#open.byAge()) this.#drop(stream);
  }

  #begin(streamId: number, section: RequestSection, endStream: boolean): void {
    this.#lastStreamId = streamId;
    const { head, withinBounds } = section;
    if (!withinBounds) return this.#refuse(streamId, ErrorCode.ENHANCE_YOUR_CALM);
    if (head === null) return this.#refuse(streamId, ErrorCode.PROTOCOL_ERROR);
    if (this.#open.size === MAX_OPEN_STREAMS) {
      return this.#refuse(streamId, ErrorCode.REFUSED_STREAM);
    }
    const stream = new CallStream(streamId, head, this.answers.initialWindowBytes);
    this.#open.add(stream);
    stream.requestEnded = endStream;
    if (head.method !== "POST") this.answers.refuseHttp(stream, 405);
    else if (!head.isGrpc) this.answers.refuseHttp(stream, 415);
    // A streaming call does not end before it is answered.
    else if (!this.#offers(head.path)) this.answers.answer(stream, NOT_OFFERED);
    else if (endStream) this.#endRequest(stream, NOTHING);
  }

  /** @param content All of it; good until this returns. */
  #endRequest(stream: CallStream, content: Uint8Array): void {
    stream.requestEnded = true;
    const { path, contentBytes } = stream.head;
    // Section 8.1.1: a length that is none makes the request malformed.
    if (contentBytes !== null && contentBytes !== stream.contentBytes) {
      return this.#reset(stream, ErrorCode.PROTOCOL_ERROR);
    }
    const message = messageIn(content);
    if (message instanceof Uint8Array) this.#handOver(stream, path, message);
    else this.answers.answer(stream, message);
    this.#release(stream);
  }

  #handOver(stream: CallStream, path: string, message: Uint8Array): void {
    let isLate = false;
    stream.takeBack = this.#answerTo({ path, message }, (it) => {
      if (stream.isAnswered || this.#open.get(stream.streamId) !== stream) return;
      this.answers.answer(stream, it);
      if (isLate) this.#flush();
    });
    isLate = true;
  }

  #onAnswered(stream: CallStream): void {
    this.#open.delete(stream.streamId);
    this.#release(stream);
    if (stream.requestEnded) return;
    // Section 8.1: the rest of the request is of no use.
    this.#refuse(stream.streamId, ErrorCode.NO_ERROR);
  }

  #reset(stream: CallStream, code: number): void {
    this.#drop(stream);
    this.#refuse(stream.streamId, code);
  }

  #refuse(streamId: number, code: number): void {
    this.#writer.rstStream(streamId, code);
    this.#endedEarly.add(streamId);
    if (this.#endedEarly.size <= MAX_REMEMBERED) return;
    for (const oldest of this.#endedEarly) return void this.#endedEarly.delete(oldest);
  }

  #drop(stream: CallStream): void {
    stream.takeBack();
    this.#open.delete(stream.streamId);
    this.answers.drop(stream);
    this.#release(stream);
  }

  #release(stream: CallStream): void {
    this.#heldBytes -= stream.content.length;
    stream.forgetContent();
  }

  /**
   * The stream that a frame is for; `null` where it has been closed.
   *
   * @throws {ConnectionFault} where no such stream was ever opened.
   */
  #opened(streamId: number): CallStream | null {
    const stream = this.#open.get(streamId);
    if (stream !== undefined) return stream;
    if (streamId % 2 === 1 && streamId <= this.#lastStreamId) return null;
    throw new ConnectionFault(
      ErrorCode.PROTOCOL_ERROR,
      `sent a frame on the stream ${streamId}, which is not open`,
    );
  }

  /** More of a request on a stream that has been closed: no fault where the client did not know yet. */
  #onLate(streamId: number, endStream: boolean): void {
    if (!this.#endedEarly.has(streamId)) {
      throw new ConnectionFault(
        ErrorCode.STREAM_CLOSED,
        `sent a frame on the stream ${streamId}, which it had ended`,
      );
    }
    if (endStream) this.#endedEarly.delete(streamId);
  }
}
