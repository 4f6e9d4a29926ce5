import type { ByteAccumulator } from "./byte_accumulator.ts";
import { malformed, tooLarge } from "./http_response_error.ts";
import {
  COLON,
  CR,
  FIELD_OCTETS,
  isOptionalWhitespace,
  LF,
  SEMICOLON,
  TOKEN_OCTETS,
} from "./octets.ts";

/** What the next byte belongs to. */
type Position =
  | "size"
  | "extension"
  | "size-lf"
  | "data"
  | "data-cr"
  | "data-lf"
  | "trailer-start"
  | "trailer-name"
  | "trailer-value"
  | "trailer-lf"
  | "last-lf"
  | "end";

/** For one chunk's size and extensions, and for the whole trailer section. */
const MAX_LINE_BYTES = 4096;
const MAX_TRAILER_BYTES = 16 * 1024;

/**
 * Takes a body out of its chunks: RFC 9112 section 7.1. Reads byte by byte where the framing is, so
 * it can be cut anywhere. Extensions and trailers are checked, bounded and dropped. An LF alone ends a
 * line here as it does in the head (section 2.2), a CR alone never.
 */
export class ChunkedDecoder {
  #position: Position = "size";
  #chunkBytes = 0;
  #sizeDigits = 0;
  #lineBytes = 0;

  constructor(readonly maxBodyBytes: number) {}

  get ended(): boolean {
    return this.#position === "end";
  }

  restart(): void {
    this.#position = "size";
    this.#startChunk();
  }

  /**
   * Decodes from `start` on, at most to `end`, and adds the data to `body`.
   *
   * @returns Where it stopped: at `end`, or after the body's last byte.
   * @throws {HttpResponseError}
   */
  decode(bytes: Uint8Array, start: number, end: number, body: ByteAccumulator): number {
    let at = start;
    while (at < end && this.#position !== "end") {
      if (this.#position === "data") {
        const dataEnd = Math.min(end, at + this.#chunkBytes);
        body.append(bytes, at, dataEnd);
        this.#chunkBytes -= dataEnd - at;
        at = dataEnd;
        if (this.#chunkBytes === 0) this.#position = "data-cr";
      } else {
        this.#position = this.#next(this.#position, bytes[at++]!, body.length);
      }
    }
    return at;
  }

  #next(position: Exclude<Position, "data" | "end">, octet: number, bodyBytes: number): Position {
    switch (position) {
      case "size":
        return this.#readSize(octet, bodyBytes);
      case "extension":
        this.#countLineByte(MAX_LINE_BYTES);
        if (octet === CR) return "size-lf";
        if (octet === LF) return this.#afterSize();
        return expect(FIELD_OCTETS[octet] === 1, "extension");
      case "size-lf":
        return expect(octet === LF, this.#afterSize());
      case "data-cr":
        return octet === CR ? "data-lf" : this.#afterData(octet);
      case "data-lf":
        return this.#afterData(octet);
      case "trailer-start":
        this.#countLineByte(MAX_TRAILER_BYTES);
        if (octet === CR) return "last-lf";
        return octet === LF ? "end" : expect(TOKEN_OCTETS[octet] === 1, "trailer-name");
      case "trailer-name":
        this.#countLineByte(MAX_TRAILER_BYTES);
        if (octet === COLON) return "trailer-value";
        return expect(TOKEN_OCTETS[octet] === 1, "trailer-name");
      case "trailer-value":
        this.#countLineByte(MAX_TRAILER_BYTES);
        if (octet === LF) return "trailer-start";
        return octet === CR ? "trailer-lf" : expect(FIELD_OCTETS[octet] === 1, "trailer-value");
      case "trailer-lf":
        return expect(octet === LF, "trailer-start");
      case "last-lf":
        return expect(octet === LF, "end");
    }
  }

  #readSize(octet: number, bodyBytes: number): Position {
    this.#countLineByte(MAX_LINE_BYTES);
    const value = hexValue(octet);
    if (value >= 0) {
      this.#sizeDigits++;
      this.#chunkBytes = this.#chunkBytes * 16 + value;
      if (bodyBytes + this.#chunkBytes > this.maxBodyBytes) {
        throw tooLarge(`the chunks hold more than ${this.maxBodyBytes} bytes`);
      }
      return "size";
    }
    if (this.#sizeDigits === 0) throw malformed("a chunk has no size");
    if (octet === CR) return "size-lf";
    if (octet === LF) return this.#afterSize();
    return expect(octet === SEMICOLON || isOptionalWhitespace(octet), "extension");
  }

  #afterSize(): Position {
    this.#lineBytes = 0;
    return this.#chunkBytes === 0 ? "trailer-start" : "data";
  }

  #afterData(octet: number): Position {
    this.#startChunk();
    return expect(octet === LF, "size");
  }

  #startChunk(): void {
    this.#chunkBytes = 0;
    this.#sizeDigits = 0;
    this.#lineBytes = 0;
  }

  #countLineByte(maxBytes: number): void {
    if (++this.#lineBytes > maxBytes) {
      throw tooLarge(`the framing of a chunked body is longer than ${maxBytes} bytes`);
    }
  }
}

function expect(asExpected: boolean, next: Position): Position {
  if (!asExpected) throw malformed("the body breaks the framing of its chunks");
  return next;
}

/** @returns Its value, or -1. */
function hexValue(octet: number): number {
  if (octet >= 0x30 && octet <= 0x39) return octet - 0x30;
  const folded = octet | 0x20;
  return folded >= 0x61 && folded <= 0x66 ? folded - 0x61 + 10 : -1;
}
