import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { GetUserRequest, GetUserResponse } from "../../lib/requests/built_in/user_service.ts";
import { frameMessage } from "../../lib/clients/wire/grpc/message_frame.ts";
import { statusNameOf } from "../../lib/clients/wire/grpc/status.ts";
import { HpackDecoder } from "../../lib/clients/wire/hpack/decoder.ts";
import { HpackEncoder } from "../../lib/clients/wire/hpack/encoder.ts";
import { errorCodeName } from "../../lib/clients/wire/http2/error_code.ts";
import { CLIENT_PREFACE, Flag, FrameType, readUint32 } from "../../lib/clients/wire/http2/frame.ts";
import { FrameReader } from "../../lib/clients/wire/http2/frame_reader.ts";
import { FrameWriter } from "../../lib/clients/wire/http2/frame_writer.ts";
import { Http2Connection } from "../../lib/servers/reference/http2/connection.ts";
import type { CallAnswer, UnaryRequest } from "../../lib/servers/reference/http2/unary_request.ts";
import { answerOverGrpc } from "../../lib/servers/reference/user_answers.ts";
import { userById } from "../../lib/servers/users.ts";
import { feed } from "./served_connection.ts";

/** What both sides may send before SETTINGS say otherwise. */
const MAX_FRAME_BYTES = 16_384;

/** Of a call to `getUser`. */
export const HEAD: readonly (readonly [string, string])[] = [
  [":method", "POST"],
  [":scheme", "http"],
  [":path", "/api.performance.UserService/GetUser"],
  [":authority", "x"],
  ["te", "trailers"],
  ["content-type", "application/grpc"],
];

export const requestOf = (userId: number): Uint8Array =>
  frameMessage(GetUserRequest.encode({ userId }).finish());
/** For user 42, with its prefix. */
export const REQUEST: Uint8Array = requestOf(42);

/** What a client writes, by hand. */
export class ClientBytes {
  readonly writer = new FrameWriter();
  readonly encoder = new HpackEncoder();

  constructor(settings: readonly (readonly [number, number])[] | null = []) {
    this.writer.raw(CLIENT_PREFACE);
    if (settings !== null) this.writer.settings(settings);
  }

  block(pairs: readonly (readonly [string, string])[] = HEAD): Uint8Array {
    return this.encoder.encode(pairs.map(([name, value]) => ({ name, value })));
  }

  head(streamId: number, pairs = HEAD, endStream = false): this {
    this.writer.headers(streamId, this.block(pairs), endStream, MAX_FRAME_BYTES);
    return this;
  }

  data(streamId: number, bytes: Uint8Array, endStream = true): this {
    this.writer.data(streamId, bytes, 0, bytes.length, endStream);
    return this;
  }

  call(streamId: number, userId = 42): this {
    return this.head(streamId).data(streamId, requestOf(userId));
  }

  frame(type: number, flags: number, streamId: number, payload: readonly number[] = []): this {
    this.writer.frame(type, flags, streamId, Uint8Array.from(payload));
    return this;
  }

  take(): Uint8Array {
    return this.writer.take().slice();
  }
}

export interface Answered {
  /** `OK 42`, `NOT_FOUND`, `HTTP 415`, `RST_STREAM CANCEL`; in the order in which they were complete. */
  readonly ends: [streamId: number, what: string][];
  readonly goaway: string | null;
  readonly acks: number;
  readonly dataBytes: number;
  readonly frames: string[];
}

/** Reads a server's bytes as a client does, and forgets nothing. */
export class ServerBytes {
  readonly #decoder = new HpackDecoder(4096, 65_536);
  readonly #frames = new FrameReader();
  readonly #content = new Map<number, Uint8Array>();

  read(bytes: Uint8Array): Answered {
    const ends: [number, string][] = [];
    const frames: string[] = [];
    let goaway: string | null = null;
    let acks = 0;
    let dataBytes = 0;
    for (const { type, flags, streamId, payload } of this.#all(bytes)) {
      frames.push(`${type} ${streamId}`);
      if ((type === FrameType.PING || type === FrameType.SETTINGS) && (flags & Flag.ACK) !== 0) {
        acks++;
      } else if (type === FrameType.GOAWAY) {
        goaway = errorCodeName(readUint32(payload, 4));
      } else if (type === FrameType.RST_STREAM) {
        ends.push([streamId, `RST_STREAM ${errorCodeName(readUint32(payload, 0))}`]);
      } else if (type === FrameType.DATA) {
        assert(payload.length <= MAX_FRAME_BYTES);
        dataBytes += payload.length;
        const before = this.#content.get(streamId) ?? new Uint8Array();
        this.#content.set(streamId, Buffer.concat([before, payload]));
      } else if (type === FrameType.HEADERS) {
        const fields = new Map<string, string>();
        this.#decoder.decode(payload, 0, payload.length, (it) => fields.set(it.name, it.value));
        if ((flags & Flag.END_STREAM) !== 0) ends.push([streamId, this.#endOf(streamId, fields)]);
      }
    }
    return { ends, goaway, acks, dataBytes, frames };
  }

  #endOf(streamId: number, fields: ReadonlyMap<string, string>): string {
    const httpStatus = fields.get(":status") ?? "200";
    if (httpStatus !== "200") return `HTTP ${httpStatus}`;
    const status = statusNameOf(fields.get("grpc-status") ?? "none");
    const content = this.#content.get(streamId);
    if (content === undefined) return status;
    const message = GetUserResponse.decode(content.subarray(5));
    const { user } = GetUserResponse.toObject(message, { defaults: true });
    assert.deepEqual({ ...user }, userById(user.id));
    return `${status} ${user.id}`;
  }

  *#all(bytes: Uint8Array) {
    for (let at = 0; at < bytes.length;) {
      const space = this.#frames.space();
      const part = bytes.subarray(at, at + space.length);
      space.set(part);
      this.#frames.received(part.length);
      at += part.length;
      while (this.#frames.next()) {
        const { type, flags, streamId, payloadStart, payloadEnd } = this.#frames;
        yield {
          type,
          flags,
          streamId,
          payload: this.#frames.bytes.slice(payloadStart, payloadEnd),
        };
      }
    }
  }
}

const nothing = () => {};

/** A connection of the reference server, without its socket. */
export function grpcConnection(): Http2Connection {
  const atOnce = (request: UnaryRequest, answer: (it: CallAnswer) => void) => {
    answer(answerOverGrpc(request));
    return nothing;
  };
  return new Http2Connection(atOnce, nothing);
}

/** What a client's bytes lead to on a connection of their own. */
export function answersTo(client: ClientBytes, sizes?: readonly number[]) {
  const it = grpcConnection();
  const answered = new ServerBytes().read(feed(it, client.take(), sizes));
  return { ...answered, isOver: it.isOver };
}
