import type { ConnectionFailure } from "../../../net/connection.ts";
import type { FailureReason, Sample } from "../../../requests/sample.ts";
import type { HeaderField } from "../hpack/header_field.ts";
import type { Channel } from "../http2/channel.ts";
import { ErrorCode, type StreamFault } from "../http2/error_code.ts";
import { Exchange } from "../http2/exchange.ts";
import type { FieldSection } from "../http2/field_section.ts";
import type { Timed } from "../timeout_sweep.ts";
import { MessageReader } from "./message_reader.ts";
import {
  type CallFailure,
  decodeGrpcMessage,
  failureOfContentType,
  failureOfHttpStatus,
  failureOfReset,
  isGrpc,
  statusNameOf,
  statusOfReset,
} from "./status.ts";

/** Takes a call's sample, and its message where it was a success: good until this returns. */
export type CallFinish = (sample: Sample, message: Uint8Array | null) => void;

/** Hears how calls end: exactly one of the two for each that was not cancelled. */
export interface CallListener {
  /** Status OK, and one message, which is good until the call is used again. */
  onMessage(call: UnaryCall, message: Uint8Array, endedAtMs: number): void;
  onFailure(call: UnaryCall, failure: CallFailure): void;
  /** The answer so far already shows the failure: the stream is to be cancelled. */
  onHopeless(call: UnaryCall, failure: CallFailure): void;
}

/** One unary call over HTTP/2: a message out, a message and a status back. Used again and again. */
export class UnaryCall extends Exchange implements Timed {
  /** The request message with its prefix. */
  override body: Uint8Array = new Uint8Array();
  /** Where it was submitted. */
  channel: Channel | null = null;
  /** Takes what became of it. */
  finish: CallFinish = () => {};
  readonly #listener: CallListener;
  readonly #reader: MessageReader;
  #httpStatus = 0;
  #head: FieldSection | null = null;
  #trailers: FieldSection | null = null;
  // What was good once is good: a connection gives the same section for the same fields again and again.
  #goodHead: FieldSection | null = null;
  #goodTrailers: FieldSection | null = null;

  /** @param fields The request's head, the same for every call. */
  constructor(
    override readonly fields: readonly HeaderField[],
    maxMessageBytes: number,
    listener: CallListener,
  ) {
    super();
    this.#reader = new MessageReader(maxMessageBytes);
    this.#listener = listener;
  }

  /** Gives back what a large message takes, which is no longer good. */
  forgetMessage(): void {
    this.#reader.reset();
  }

  override onHead(section: FieldSection, endsStream: boolean): void {
    this.#reader.reset();
    this.#httpStatus = section.status!;
    this.#head = section;
    // "Trailers-Only": a response that is no more than its head has the status there.
    this.#trailers = endsStream ? section : null;
    if (section === this.#goodHead || endsStream) return;
    const contentType = section.get("content-type");
    if (this.#httpStatus === 200 && contentType !== undefined && !isGrpc(contentType)) {
      this.#listener.onHopeless(this, failureOfContentType(contentType));
    } else {
      this.#goodHead = section;
    }
  }

  override onData(bytes: Uint8Array, start: number, end: number): void {
    const failure = this.#reader.add(bytes, start, end);
    if (failure === null) return;
    // A page is no message: what it says is in the HTTP status, or in its content type.
    this.#listener.onHopeless(this, this.#failureOfPage() ?? failure);
  }

  override onTrailers(section: FieldSection): void {
    this.#trailers = section;
  }

  override onEnd(endedAtMs: number): void {
    const failure = this.#statusFailure();
    if (failure !== null) return this.#listener.onFailure(this, failure);
    const message = this.#reader.message();
    if (message !== null) return this.#listener.onMessage(this, message, endedAtMs);
    this.#listener.onFailure(this, {
      status: "UNIMPLEMENTED",
      detail: "No message received",
      reason: { kind: "malformed" },
    });
  }

  override onReset(code: number): void {
    const ended = code === ErrorCode.NO_ERROR && this.headReceived && this.#httpStatus !== 200;
    this.#listener.onFailure(
      this,
      ended ? failureOfHttpStatus(this.#httpStatus) : failureOfReset(code),
    );
  }

  override onFault({ code, reason, kind }: StreamFault): void {
    const what = kind === "too-large" ? "The answer is too large" : "The server broke HTTP/2";
    const detail = `${what}: it ${reason}`;
    this.#listener.onFailure(this, { status: statusOfReset(code), detail, reason: { kind } });
  }

  override onLost(cause: string, failure: ConnectionFailure | null): void {
    const reason = lossReason(failure);
    this.#listener.onFailure(this, { status: "UNAVAILABLE", detail: cause, reason });
  }

  /** @returns `null` where the status is OK. */
  #statusFailure(): CallFailure | null {
    const trailers = this.#trailers;
    if (trailers !== null && trailers === this.#goodTrailers) return null;
    const grpcStatus = trailers?.get("grpc-status");
    if (trailers === null || grpcStatus === undefined) return this.#failureWithoutStatus();
    const failure = statusFailure(trailers, grpcStatus);
    if (failure === null) this.#goodTrailers = trailers;
    return failure;
  }

  #failureWithoutStatus(): CallFailure {
    if (this.#trailers !== null) {
      return this.#failureOfPage() ?? failureOfHttpStatus(this.#httpStatus);
    }
    const detail = "Call ended without gRPC status";
    const reason = { kind: "malformed" } as const;
    return this.#failureOfPage() ?? { status: "INTERNAL", detail, reason };
  }

  /** `null` where the answer's head is that of a gRPC server. */
  #failureOfPage(): CallFailure | null {
    if (this.#httpStatus !== 200) return failureOfHttpStatus(this.#httpStatus);
    const contentType = this.#head?.get("content-type") ?? null;
    return contentType !== null && isGrpc(contentType) ? null : failureOfContentType(contentType);
  }
}

/** @returns `null` where the status is OK. */
function statusFailure(trailers: FieldSection, grpcStatus: string): CallFailure | null {
  if (trailers.count("grpc-status") > 1) {
    const detail = "Received more than one grpc-status";
    return { status: "UNKNOWN", detail, reason: { kind: "malformed" } };
  }
  const status = statusNameOf(grpcStatus);
  if (status === "OK") return null;
  const detail = decodeGrpcMessage(trailers.get("grpc-message") ?? "");
  return { status, detail, reason: { kind: "grpc-status", status } };
}

function lossReason(failure: ConnectionFailure | null): FailureReason {
  if (failure === null) return { kind: "connection-lost" };
  if (failure.kind === "own-limit") return { kind: "own-limit", limit: failure.limit };
  return { kind: "no-connection", failure };
}
