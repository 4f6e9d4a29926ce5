import { Exchange } from "../../lib/clients/wire/http2/exchange.ts";
import { errorCodeName, type StreamFault } from "../../lib/clients/wire/http2/error_code.ts";
import type { FieldSection } from "../../lib/clients/wire/http2/field_section.ts";
import { CLIENT_PREFACE, Flag, FrameType } from "../../lib/clients/wire/http2/frame.ts";
import { FrameReader } from "../../lib/clients/wire/http2/frame_reader.ts";
import { FrameWriter } from "../../lib/clients/wire/http2/frame_writer.ts";
import { Session } from "../../lib/clients/wire/http2/session.ts";
import { HpackEncoder } from "../../lib/clients/wire/hpack/encoder.ts";
import type { HeaderField } from "../../lib/clients/wire/hpack/header_field.ts";
import type { ReceivedFrame } from "./http2_server.ts";

const REQUEST = [{ name: ":method", value: "POST" }, { name: ":path", value: "/test" }];

/** An exchange that writes down what it hears. */
export class RecordingExchange extends Exchange {
  override readonly fields = REQUEST;
  readonly heard: string[] = [];

  constructor(override readonly body: Uint8Array = new Uint8Array([1, 2, 3])) {
    super();
  }

  /** How often it was told of its end. */
  get ends(): number {
    return this.heard.filter((line) => /^(end|reset|fault|lost)/.test(line)).length;
  }

  override onHead({ fields }: FieldSection): void {
    this.heard.push(`head ${textOf(fields)}`);
  }
  override onData(bytes: Uint8Array, start: number, end: number): void {
    this.heard.push(`data ${bytes.slice(start, end)}`);
  }
  override onTrailers({ fields }: FieldSection): void {
    this.heard.push(`trailers ${textOf(fields)}`);
  }
  override onEnd(): void {
    this.heard.push("end");
  }
  override onReset(code: number): void {
    this.heard.push(`reset ${errorCodeName(code)}`);
  }
  override onFault({ code }: StreamFault): void {
    this.heard.push(`fault ${errorCodeName(code)}`);
  }
  override onLost(cause: string): void {
    this.heard.push(`lost: ${cause}`);
  }
}

function textOf(fields: readonly HeaderField[]): string {
  return fields.map(({ name, value }) => `${name}=${value}`).join(" ");
}

/** A session with open exchanges, fed with a server's bytes by hand. */
export class SessionProbe {
  readonly unprocessed: Exchange[] = [];
  readonly session: Session;
  readonly encoder = new HpackEncoder();
  readonly #frames = new FrameReader();

  constructor(maxBodyBytes = 65_536) {
    this.session = new Session({
      maxBodyBytes,
      maxStreamId: 2 ** 31 - 1,
      onUnprocessed: (exchange) => this.unprocessed.push(exchange),
    });
    this.session.takeOutgoing(0);
  }

  /** A session that has had the server's first SETTINGS. */
  static ready(
    settings: readonly (readonly [number, number])[] = [],
    maxBodyBytes?: number,
  ): SessionProbe {
    const probe = new SessionProbe(maxBodyBytes);
    probe.receive((server) => server.settings(settings));
    probe.sent();
    return probe;
  }

  open(body?: Uint8Array): RecordingExchange {
    const exchange = new RecordingExchange(body);
    this.session.open(exchange);
    return exchange;
  }

  /** Takes in the frames that `write` makes. */
  receive(write: (server: FrameWriter) => void): void {
    this.feed(bytesOf(write));
  }

  feed(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length;) {
      const space = this.#frames.space();
      const part = bytes.subarray(at, at + space.length);
      space.set(part);
      this.#frames.received(part.length);
      this.session.receive(this.#frames, 1);
      at += part.length;
    }
  }

  /** The frames that the session has made since the last call. */
  sent(): ReceivedFrame[] {
    return framesOf(this.session.takeOutgoing(0));
  }

  block(...pairs: readonly (readonly [string, string])[]): Uint8Array {
    return this.encoder.encode(pairs.map(([name, value]) => ({ name, value })));
  }
}

export function bytesOf(write: (server: FrameWriter) => void): Uint8Array {
  const writer = new FrameWriter();
  write(writer);
  return writer.take().slice();
}

export function framesOf(bytes: Uint8Array): ReceivedFrame[] {
  const reader = new FrameReader();
  const start = CLIENT_PREFACE.every((byte, at) => bytes[at] === byte) ? CLIENT_PREFACE.length : 0;
  reader.space().set(bytes.subarray(start));
  reader.received(bytes.length - start);
  const frames: ReceivedFrame[] = [];
  while (reader.next()) {
    const { type, flags, streamId } = reader;
    const payload = reader.bytes.slice(reader.payloadStart, reader.payloadEnd);
    frames.push({ type, flags, streamId, payload });
  }
  return frames;
}

const TYPE_NAMES = new Map<number, string>(
  Object.entries(FrameType).map(([name, type]) => [type, name]),
);

/** `DATA 1 3` for a DATA frame on stream 1 with 3 bytes, with `END` where it ends the stream. */
export function briefly({ type, flags, streamId, payload }: ReceivedFrame): string {
  const ends = (type === FrameType.DATA || type === FrameType.HEADERS) &&
    (flags & Flag.END_STREAM) !== 0;
  return `${TYPE_NAMES.get(type)} ${streamId} ${payload.length}${ends ? " END" : ""}`;
}
