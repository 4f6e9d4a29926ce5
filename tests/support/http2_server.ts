import { HpackDecoder } from "../../lib/clients/wire/hpack/decoder.ts";
import { HpackEncoder } from "../../lib/clients/wire/hpack/encoder.ts";
import type { HeaderField } from "../../lib/clients/wire/hpack/header_field.ts";
import { CLIENT_PREFACE, Flag, FrameType } from "../../lib/clients/wire/http2/frame.ts";
import { FrameReader } from "../../lib/clients/wire/http2/frame_reader.ts";
import { FrameWriter } from "../../lib/clients/wire/http2/frame_writer.ts";
import { frameMessage } from "../../lib/clients/wire/grpc/message_frame.ts";
import {
  type RawServer,
  type RawServerTls,
  startRawServer,
  startRawTlsServer,
} from "./raw_server.ts";

export interface ReceivedFrame {
  readonly type: number;
  readonly flags: number;
  readonly streamId: number;
  readonly payload: Uint8Array;
}

/** A whole request: the client's side of its stream has ended. */
export interface ReceivedRequest {
  readonly streamId: number;
  readonly fields: readonly HeaderField[];
  readonly body: Uint8Array;
  /** HEADERS and DATA frames, with their headers. */
  readonly wireBytes: number;
}

export const OK_HEAD = fields([":status", "200"], ["content-type", "application/grpc"]);
export const OK_TRAILERS = fields(["grpc-status", "0"]);

export function fields(...pairs: readonly (readonly [string, string])[]): HeaderField[] {
  return pairs.map(([name, value]) => ({ name, value }));
}

/** The server's side of one connection, frame by frame, for conduct that no library would show. */
export class ScriptedConnection {
  readonly writer = new FrameWriter();
  readonly encoder = new HpackEncoder();
  readonly #decoder = new HpackDecoder(4096, 65_536);
  readonly #reader = new FrameReader();
  readonly #begun = new Map<number, { head: HeaderField[]; body: number[]; wireBytes: number }>();

  constructor(readonly socket: Deno.Conn) {}

  /** Reads the client's preface. */
  async accept(): Promise<void> {
    const preface = new Uint8Array(CLIENT_PREFACE.length);
    for (let length = 0; length < preface.length;) {
      length += await this.socket.read(preface.subarray(length)) ?? Infinity;
    }
  }

  /** @returns `null` where the client has closed. */
  async frame(): Promise<ReceivedFrame | null> {
    const reader = this.#reader;
    while (!reader.next()) {
      const count = await this.socket.read(reader.space());
      if (count === null) return null;
      reader.received(count);
    }
    const { type, flags, streamId } = reader;
    return {
      type,
      flags,
      streamId,
      payload: reader.bytes.slice(reader.payloadStart, reader.payloadEnd),
    };
  }

  /** @returns The next frame of this type; others are dropped. */
  async frameOf(type: number): Promise<ReceivedFrame | null> {
    for (let frame = await this.frame(); frame !== null; frame = await this.frame()) {
      if (frame.type === type) return frame;
    }
    return null;
  }

  /**
   * @param onHead Called as each request's head has come, before its body.
   * @returns The next request that is complete; `null` where the client has closed.
   */
  async request(onHead?: (streamId: number) => Promise<void>): Promise<ReceivedRequest | null> {
    for (let frame = await this.frame(); frame !== null; frame = await this.frame()) {
      const { type, flags, streamId, payload } = frame;
      if (type === FrameType.HEADERS) {
        const head: HeaderField[] = [];
        this.#decoder.decode(payload, 0, payload.length, (field) => head.push(field));
        this.#begun.set(streamId, { head, body: [], wireBytes: 0 });
        await onHead?.(streamId);
      }
      if (type !== FrameType.HEADERS && type !== FrameType.DATA) continue;
      const begun = this.#begun.get(streamId)!;
      if (type === FrameType.DATA) begun.body.push(...payload);
      begun.wireBytes += 9 + payload.length;
      if ((flags & Flag.END_STREAM) === 0) continue;
      this.#begun.delete(streamId);
      const { head, body, wireBytes } = begun;
      return { streamId, fields: head, body: Uint8Array.from(body), wireBytes };
    }
    return null;
  }

  head(streamId: number, list: readonly HeaderField[] = OK_HEAD, endStream = false): void {
    this.writer.headers(streamId, this.encoder.encode(list), endStream, 16_384);
  }

  trailers(streamId: number, list: readonly HeaderField[] = OK_TRAILERS): void {
    this.head(streamId, list, true);
  }

  data(streamId: number, bytes: Uint8Array, endStream = false): void {
    this.writer.data(streamId, bytes, 0, bytes.length, endStream);
  }

  /** A whole answer with status OK; an empty message is a valid one. */
  answer(streamId: number, message: Uint8Array = new Uint8Array()): void {
    this.head(streamId);
    this.data(streamId, frameMessage(message));
    this.trailers(streamId);
  }

  async flush(): Promise<void> {
    const bytes = this.writer.take().slice();
    for (let at = 0; at < bytes.length;) at += await this.socket.write(bytes.subarray(at));
  }

  /** Answers whatever is asked until the client closes. */
  async answerAll(): Promise<void> {
    for (let request = await this.request(); request !== null; request = await this.request()) {
      this.answer(request.streamId);
      await this.flush();
    }
  }
}

/** The user id of a request: field 1, a varint, behind the 5-byte prefix. */
export function userIdOf({ body }: ReceivedRequest): number {
  return body.slice(6).reduce((value, byte, at) => value + (byte & 0x7f) * 2 ** (7 * at), 0);
}

/** A server whose every connection is handled by the test, after the client's preface. */
export function startHttp2Server(
  handle: (connection: ScriptedConnection, index: number) => Promise<void>,
  tls?: RawServerTls,
): RawServer {
  const serve = async (socket: Deno.Conn, index: number) => {
    const connection = new ScriptedConnection(socket);
    await connection.accept();
    await handle(connection, index);
  };
  return tls === undefined ? startRawServer(serve) : startRawTlsServer(serve, tls);
}

/** As {@link startHttp2Server}, for connections that begin with empty SETTINGS. */
export function startPlainHttp2Server(
  handle: (connection: ScriptedConnection, index: number) => Promise<void>,
  tls?: RawServerTls,
): RawServer {
  return startHttp2Server(async (connection, index) => {
    connection.writer.settings([]);
    await connection.flush();
    await handle(connection, index);
  }, tls);
}
