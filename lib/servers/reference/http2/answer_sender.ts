import { frameMessage } from "../../../clients/wire/grpc/message_frame.ts";
import { statusCode } from "../../../clients/wire/grpc/status.ts";
import type { HeaderField } from "../../../clients/wire/hpack/header_field.ts";
import type { FrameWriter } from "../../../clients/wire/http2/frame_writer.ts";
import { RequestBlocks } from "../../../clients/wire/http2/request_blocks.ts";
import { applySettings, defaultPeerSettings } from "../../../clients/wire/http2/settings.ts";
import type { StreamTable } from "../../../clients/wire/http2/stream_table.ts";
import { enlarged } from "../../../clients/wire/http2/window.ts";
import type { CallStream } from "./call_stream.ts";
import type { CallAnswer, Refusal } from "./unary_request.ts";

const HEAD: readonly HeaderField[] = [
  { name: ":status", value: "200" },
  { name: "content-type", value: "application/grpc" },
];
const OK: readonly HeaderField[] = [{ name: "grpc-status", value: "0" }];
/** What is answered to whoever does not speak gRPC. */
const HTTP_REFUSALS = {
  405: [{ name: ":status", value: "405" }, { name: "allow", value: "POST" }],
  415: [{ name: ":status", value: "415" }],
} as const;

/** Sends the answers on one connection's streams, as far as the client's windows allow (RFC 9113 section 5.2). */
export class AnswerSender {
  readonly #writer: FrameWriter;
  readonly #onSent: (stream: CallStream) => void;
  /** An answer's head and its trailers are as alike from call to call as requests are. */
  readonly #blocks = new RequestBlocks();
  readonly #settings = defaultPeerSettings("client");
  #windowBytes = this.#settings.initialWindowBytes;
  /** Answers that only the connection's window holds back, the oldest first. */
  readonly #waiting = new Set<CallStream>();

  /** @param onSent Hears of every answer that has left as a whole. */
  constructor(writer: FrameWriter, onSent: (stream: CallStream) => void) {
    this.#writer = writer;
    this.#onSent = onSent;
  }

  /** What a new stream may be sent. */
  get initialWindowBytes(): number {
    return this.#settings.initialWindowBytes;
  }

  answer(stream: CallStream, it: CallAnswer): void {
    stream.isAnswered = true;
    if (it.status !== "OK") return this.#refuse(stream, it);
    this.#writer.headers(
      stream.streamId,
      this.#blocks.blockFor(HEAD),
      false,
      this.#settings.maxFrameBytes,
    );
    stream.unsent = frameMessage(it.message);
    this.#send(stream);
  }

  refuseHttp(stream: CallStream, status: keyof typeof HTTP_REFUSALS): void {
    this.#headAlone(stream, this.#blocks.blockOnce(HTTP_REFUSALS[status]));
  }

  /** Forgets what has not been sent. */
  drop(stream: CallStream): void {
    if (this.#waiting.size > 0) this.#waiting.delete(stream);
  }

  /** Takes the client's SETTINGS: new windows hold for the streams that are open, too (section 6.9.2). */
  applySettings(
    bytes: Uint8Array,
    start: number,
    end: number,
    streams: StreamTable<CallStream>,
  ): void {
    const settings = this.#settings;
    const { initialWindowBytes, headerTableBytes } = settings;
    applySettings(settings, bytes, start, end);
    if (settings.headerTableBytes !== headerTableBytes) {
      this.#blocks.limitTable(settings.headerTableBytes);
    }
    const increment = settings.initialWindowBytes - initialWindowBytes;
    if (increment === 0) return;
    for (const stream of streams.byAge()) this.enlargeStream(stream, increment);
  }

  /** @throws {ConnectionFault} where the window cannot be that large. */
  enlarge(increment: number): void {
    this.#windowBytes = enlarged(this.#windowBytes, increment);
    for (const stream of this.#waiting) {
      if (this.#windowBytes === 0) return;
      this.#send(stream);
    }
  }

  /** @throws {ConnectionFault} where the window cannot be that large. */
  enlargeStream(stream: CallStream, increment: number): void {
    stream.sendWindowBytes = enlarged(stream.sendWindowBytes, increment);
    if (stream.unsent.length > 0) this.#send(stream);
  }

  /** Nothing but a head, which has the trailers in it: "Trailers-Only". */
  #refuse(stream: CallStream, { status, details }: Refusal): void {
    const fields = [
      ...HEAD,
      { name: "grpc-status", value: String(statusCode(status)) },
      { name: "grpc-message", value: percentEncoded(details) },
    ];
    this.#headAlone(stream, this.#blocks.blockOnce(fields));
  }

  #headAlone(stream: CallStream, block: Uint8Array): void {
    this.#writer.headers(stream.streamId, block, true, this.#settings.maxFrameBytes);
    this.#onSent(stream);
  }

  /** As much as both windows allow, and the trailers behind the last of it. */
  #send(stream: CallStream): void {
    const { streamId } = stream;
    const { maxFrameBytes } = this.#settings;
    while (stream.unsent.length > 0) {
      const allowed = Math.min(stream.unsent.length, stream.sendWindowBytes, maxFrameBytes);
      const count = Math.min(allowed, this.#windowBytes);
      if (count <= 0) {
        if (allowed > 0) this.#waiting.add(stream);
        else this.drop(stream);
        return;
      }
      this.#writer.data(streamId, stream.unsent, 0, count, false);
      stream.unsent = stream.unsent.subarray(count);
      stream.sendWindowBytes -= count;
      this.#windowBytes -= count;
    }
    this.drop(stream);
    this.#writer.headers(streamId, this.#blocks.blockFor(OK), true, maxFrameBytes);
    this.#onSent(stream);
  }
}

/** What a `grpc-message` may not hold as it is ("Responses" in gRPC over HTTP/2). */
function percentEncoded(text: string): string {
  return encodeURIComponent(text.toWellFormed()).replaceAll("%20", " ");
}
