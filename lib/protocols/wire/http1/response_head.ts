import { malformed } from "./http_response_error.ts";
import {
  COLON,
  COMMA,
  CR,
  equalsIgnoringCase,
  FIELD_OCTETS,
  isOptionalWhitespace,
  LF,
  NINE,
  SP,
  TOKEN_OCTETS,
  ZERO,
} from "./octets.ts";

const encoder = new TextEncoder();
/** Every response starts with this; the minor version follows. */
export const VERSION_PREFIX = encoder.encode("HTTP/1.");
const CONNECTION = encoder.encode("connection");
const CONTENT_LENGTH = encoder.encode("content-length");
const TRANSFER_ENCODING = encoder.encode("transfer-encoding");
const CHUNKED = encoder.encode("chunked");
const CLOSE = encoder.encode("close");
const KEEP_ALIVE = encoder.encode("keep-alive");

/** Longer lengths are no safe integers. */
const MAX_LENGTH_DIGITS = 15;

/**
 * How the end of a response is found (RFC 9112 section 6.3), as far as its head tells.
 * `declared` has its length in {@link ResponseHead.contentLength}.
 */
export type Framing = "declared" | "chunked" | "until-close";

/**
 * A response's status line and the three fields that matter to a connection. Every other field is
 * checked and dropped. One object reads every head of a connection, so that a head costs no memory.
 */
export class ResponseHead {
  status = 0;
  framing: Framing = "until-close";
  contentLength = 0;
  /** Whether the server keeps the connection: RFC 9112 section 9.3. */
  persistent = false;

  #minorVersion = 1;
  #saysClose = false;
  #saysKeepAlive = false;

  /**
   * Reads a head.
   *
   * Stricter than RFC 9112 demands where leniency has been abused: lines end in CRLF, no field is
   * folded, and the body's length is told in one way only, once.
   *
   * @param start Where the head starts in `bytes`.
   * @param end After the empty line that ends it; that line's LF must be there.
   * @throws {HttpResponseError}
   */
  read(bytes: Uint8Array, start: number, end: number): void {
    this.#forgetLast();
    let at = this.#readStatusLine(bytes, start);
    while (bytes[at] !== CR) at = this.#readField(bytes, at);
    if (endOfLine(bytes, at) !== end) throw malformed("the head does not end in an empty line");
    if (this.framing === "chunked" && this.#minorVersion === 0) {
      throw malformed("HTTP/1.0 knows no Transfer-Encoding");
    }
    this.persistent = !this.#saysClose && (this.#minorVersion > 0 || this.#saysKeepAlive);
  }

  #forgetLast(): void {
    this.framing = "until-close";
    this.contentLength = 0;
    this.#saysClose = false;
    this.#saysKeepAlive = false;
  }

  /** @returns Where the next line starts. */
  #readStatusLine(bytes: Uint8Array, start: number): number {
    for (let index = 0; index < VERSION_PREFIX.length; index++) {
      if (bytes[start + index] !== VERSION_PREFIX[index]) {
        throw malformed("the answer does not start with HTTP/1.");
      }
    }
    const at = start + VERSION_PREFIX.length;
    const [minor, hundreds, tens, ones] = [
      digit(bytes[at]),
      digit(bytes[at + 2]),
      digit(bytes[at + 3]),
      digit(bytes[at + 4]),
    ];
    const valid = minor >= 0 && bytes[at + 1] === SP && hundreds >= 1 && tens >= 0 && ones >= 0;
    if (!valid) throw malformed("the status line has no status code of three digits");
    this.#minorVersion = minor;
    this.status = hundreds * 100 + tens * 10 + ones;
    let lineEnd = at + 5;
    // The space is due even before an empty reason, yet servers leave it out.
    if (bytes[lineEnd] !== CR && bytes[lineEnd] !== SP) {
      throw malformed("the status code has more than three digits");
    }
    while (FIELD_OCTETS[bytes[lineEnd]!] === 1) lineEnd++;
    return endOfLine(bytes, lineEnd);
  }

  /** @returns Where the next line starts. */
  #readField(bytes: Uint8Array, nameStart: number): number {
    let nameEnd = nameStart;
    while (TOKEN_OCTETS[bytes[nameEnd]!] === 1) nameEnd++;
    if (nameEnd === nameStart || bytes[nameEnd] !== COLON) {
      throw malformed("a line of the head is no field");
    }
    let valueStart = nameEnd + 1;
    while (isOptionalWhitespace(bytes[valueStart]!)) valueStart++;
    let lineEnd = valueStart;
    while (FIELD_OCTETS[bytes[lineEnd]!] === 1) lineEnd++;
    const next = endOfLine(bytes, lineEnd);
    // Most fields have another length than these three: they are told apart by one comparison.
    switch (nameEnd - nameStart) {
      case CONNECTION.length:
        if (equalsIgnoringCase(bytes, nameStart, nameEnd, CONNECTION)) {
          this.#readConnection(bytes, valueStart, lineEnd);
        }
        break;
      case CONTENT_LENGTH.length:
        if (equalsIgnoringCase(bytes, nameStart, nameEnd, CONTENT_LENGTH)) {
          this.#readContentLength(bytes, valueStart, trimmedEnd(bytes, valueStart, lineEnd));
        }
        break;
      case TRANSFER_ENCODING.length:
        if (equalsIgnoringCase(bytes, nameStart, nameEnd, TRANSFER_ENCODING)) {
          this.#readTransferEncoding(bytes, valueStart, trimmedEnd(bytes, valueStart, lineEnd));
        }
        break;
    }
    return next;
  }

  #readContentLength(bytes: Uint8Array, start: number, end: number): void {
    this.#frame("declared");
    if (end === start || end - start > MAX_LENGTH_DIGITS) {
      throw malformed("Content-Length is no length");
    }
    let length = 0;
    for (let at = start; at < end; at++) {
      const value = digit(bytes[at]);
      if (value < 0) throw malformed("Content-Length is no length");
      length = length * 10 + value;
    }
    this.contentLength = length;
  }

  #readTransferEncoding(bytes: Uint8Array, start: number, end: number): void {
    this.#frame("chunked");
    if (!equalsIgnoringCase(bytes, start, end, CHUNKED)) {
      throw malformed("Transfer-Encoding is another than chunked, and none was asked for");
    }
  }

  /** Two lengths that a proxy and a client could read differently are how responses are smuggled. */
  #frame(framing: Framing): void {
    if (this.framing !== "until-close") {
      throw malformed("the length of the body is told twice");
    }
    this.framing = framing;
  }

  #readConnection(bytes: Uint8Array, start: number, end: number): void {
    for (let at = start; at < end;) {
      let optionEnd = at;
      while (optionEnd < end && bytes[optionEnd] !== COMMA) optionEnd++;
      while (at < optionEnd && isOptionalWhitespace(bytes[at]!)) at++;
      const trimmed = trimmedEnd(bytes, at, optionEnd);
      if (equalsIgnoringCase(bytes, at, trimmed, CLOSE)) this.#saysClose = true;
      if (equalsIgnoringCase(bytes, at, trimmed, KEEP_ALIVE)) this.#saysKeepAlive = true;
      at = optionEnd + 1;
    }
  }
}

/** @returns Its value, or -1. */
function digit(octet: number | undefined): number {
  return octet !== undefined && octet >= ZERO && octet <= NINE ? octet - ZERO : -1;
}

/** @returns Where the next line starts. */
function endOfLine(bytes: Uint8Array, at: number): number {
  if (bytes[at] !== CR || bytes[at + 1] !== LF) {
    throw malformed("a line of the head holds a control character or does not end in CRLF");
  }
  return at + 2;
}

function trimmedEnd(bytes: Uint8Array, start: number, end: number): number {
  let trimmed = end;
  while (trimmed > start && isOptionalWhitespace(bytes[trimmed - 1]!)) trimmed--;
  return trimmed;
}
