import { GetUserResponse } from "../../requests/built_in/user_service.ts";
import { frameMessage } from "../../clients/wire/grpc/message_frame.ts";
import { HpackEncoder } from "../../clients/wire/hpack/encoder.ts";
import {
  CLIENT_PREFACE,
  DEFAULT_MAX_FRAME_BYTES,
  Flag,
  FRAME_HEADER_BYTES,
  FrameType,
  MAX_31_BITS,
  readUint31,
  readUint32,
} from "../../clients/wire/http2/frame.ts";
import { FrameReader } from "../../clients/wire/http2/frame_reader.ts";
import { FrameWriter } from "../../clients/wire/http2/frame_writer.ts";
import { SettingId } from "../../clients/wire/http2/settings.ts";
import { userById } from "../users.ts";
import type { Answerer } from "./answerer.ts";

const DEFAULT_WINDOW_BYTES = 65_535;
/** What a client may leave unanswered by keeping its window shut. */
const MAX_OWED_ANSWERS = 100_000;
const SETTINGS_ENTRY_BYTES = 6;

const MESSAGE = frameMessage(GetUserResponse.encode({ user: userById(4242) }).finish());

/** A whole answer, and where in it stream identifiers go. */
const ANSWER = cannedAnswer();

function cannedAnswer(): { readonly bytes: Uint8Array; readonly streamIdsAt: readonly number[] } {
  // Nothing is indexed: such a block means the same on every connection, however often it was sent.
  const block = (name: string, value: string, status: boolean) =>
    new HpackEncoder().encode(
      [...(status ? [{ name: ":status", value: "200" }] : []), { name, value }],
      "none",
    );
  const writer = new FrameWriter();
  const head = block("content-type", "application/grpc", true);
  writer.headers(0, head, false, DEFAULT_MAX_FRAME_BYTES);
  writer.data(0, MESSAGE, 0, MESSAGE.length, false);
  writer.headers(0, block("grpc-status", "0", false), true, DEFAULT_MAX_FRAME_BYTES);
  const dataAt = FRAME_HEADER_BYTES + head.length;
  const trailersAt = dataAt + FRAME_HEADER_BYTES + MESSAGE.length;
  return {
    bytes: writer.take().slice(),
    streamIdsAt: [0, dataAt, trailersAt].map((frameAt) => frameAt + 5),
  };
}

/**
 * Answers every unary call over HTTP/2 with prior knowledge (RFC 9113 section 3.3) with the same user.
 * Looks at frame headers alone: what a request's head says does not matter, so no HPACK is decoded.
 */
export class GrpcAnswerer implements Answerer {
  readonly #preface = new Uint8Array(CLIENT_PREFACE.length);
  #prefaceBytes = 0;
  readonly #frames = new FrameReader();
  readonly #writer = new FrameWriter();
  #lastStreamId = 0;
  /** Streams whose request has ended and whose answer the client's window does not yet allow. */
  #owed: number[] = [];
  #sendWindowBytes = DEFAULT_WINDOW_BYTES;
  #consumedBytes = 0;

  space(): Uint8Array {
    return this.#prefaceBytes < CLIENT_PREFACE.length
      ? this.#preface.subarray(this.#prefaceBytes)
      : this.#frames.space();
  }

  answersTo(count: number): Uint8Array {
    if (this.#prefaceBytes < CLIENT_PREFACE.length) {
      this.#onPreface(count);
    } else {
      this.#frames.received(count);
      while (this.#frames.next()) this.#onFrame(this.#frames);
      this.#giveWindowBack();
      this.#payOwed();
    }
    return this.#writer.take();
  }

  #onPreface(count: number): void {
    for (let left = count; left > 0; left--, this.#prefaceBytes++) {
      if (this.#preface[this.#prefaceBytes] !== CLIENT_PREFACE[this.#prefaceBytes]) {
        throw new Error("sent no HTTP/2");
      }
    }
    if (this.#prefaceBytes < CLIENT_PREFACE.length) return;
    this.#writer.settings([]);
    this.#writer.windowUpdate(0, MAX_31_BITS - DEFAULT_WINDOW_BYTES);
  }

  #onFrame(frame: FrameReader): void {
    const { bytes, type, flags, streamId, payloadStart, payloadEnd } = frame;
    const length = payloadEnd - payloadStart;
    switch (type) {
      case FrameType.HEADERS:
        if (streamId % 2 === 0) throw new Error(`opened the stream ${streamId}`);
        this.#lastStreamId = Math.max(this.#lastStreamId, streamId);
        if ((flags & Flag.END_STREAM) !== 0) this.#owe(streamId);
        break;
      case FrameType.DATA:
        if (streamId % 2 === 0 || streamId > this.#lastStreamId) {
          throw new Error(`sent DATA on the stream ${streamId}, which it has not opened`);
        }
        this.#consumedBytes += length;
        if ((flags & Flag.END_STREAM) !== 0) this.#owe(streamId);
        break;
      case FrameType.SETTINGS:
        if ((flags & Flag.ACK) !== 0) break;
        checkSettings(bytes, payloadStart, payloadEnd);
        this.#writer.settingsAck();
        break;
      case FrameType.PING:
        expectBytes(length, 8);
        if ((flags & Flag.ACK) === 0) {
          this.#writer.pingAck(bytes.subarray(payloadStart, payloadEnd));
        }
        break;
      case FrameType.WINDOW_UPDATE:
        expectBytes(length, 4);
        if (streamId === 0) this.#sendWindowBytes += readUint31(bytes, payloadStart);
        break;
        // The rest changes nothing: whoever takes a call back or says goodbye drops late answers.
    }
  }

  #owe(streamId: number): void {
    if (this.#owed.length === MAX_OWED_ANSWERS) throw new Error("does not take its answers");
    this.#owed.push(streamId);
  }

  /** All answers that the connection's window allows, in the order of the requests. */
  #payOwed(): void {
    const allowed = Math.floor(this.#sendWindowBytes / MESSAGE.length);
    const paid = Math.min(allowed, this.#owed.length);
    for (let index = 0; index < paid; index++) this.#answer(this.#owed[index]!);
    this.#sendWindowBytes -= paid * MESSAGE.length;
    this.#owed = paid === this.#owed.length ? [] : this.#owed.slice(paid);
  }

  #answer(streamId: number): void {
    const { bytes, streamIdsAt } = ANSWER;
    for (const at of streamIdsAt) {
      bytes[at] = streamId >>> 24;
      bytes[at + 1] = streamId >>> 16;
      bytes[at + 2] = streamId >>> 8;
      bytes[at + 3] = streamId;
    }
    this.#writer.raw(bytes);
  }

  /** In large pieces, so that it costs nothing and no client ever waits for it. */
  #giveWindowBack(): void {
    if (this.#consumedBytes < MAX_31_BITS / 2) return;
    this.#writer.windowUpdate(0, this.#consumedBytes);
    this.#consumedBytes = 0;
  }
}

/** The window of one stream is not kept: an answer must fit into what every stream begins with. */
function checkSettings(bytes: Uint8Array, start: number, end: number): void {
  if ((end - start) % SETTINGS_ENTRY_BYTES !== 0) throw new Error("sent SETTINGS cut off");
  for (let at = start; at < end; at += SETTINGS_ENTRY_BYTES) {
    const identifier = (bytes[at]! << 8) | bytes[at + 1]!;
    const value = readUint32(bytes, at + 2);
    if (identifier === SettingId.INITIAL_WINDOW_SIZE && value < MESSAGE.length) {
      throw new Error(`takes only ${value} bytes on a stream`);
    }
  }
}

function expectBytes(length: number, expected: number): void {
  if (length !== expected) throw new Error(`sent a payload of ${length} bytes, not ${expected}`);
}
