import type { HeadObserver } from "./first_head.ts";
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
const decoder = new TextDecoder("latin1");
const VERSION_PREFIX = encoder.encode("HTTP/1.");
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

/** More bytes are needed before the line can be read. */
const UNFINISHED = -1;

/** The shortest status line is "HTTP/1.1 200" and LF. */
const MIN_STATUS_LINE_BYTES = VERSION_PREFIX.length + 5 + 1;

/** Before a status line: what a server wrote too much after the body before. */
const MAX_EMPTY_LINES = 4;

/**
 * A response's status line and the three fields that matter to a connection. Every other field is
 * checked and dropped. One object reads every head of a connection, so that a head costs no memory.
 *
 * As lenient as clients are (RFC 9112): a line may end in LF alone (section 2.2), empty lines may come before
 * the status line, and one length may be told again and again (section 6.3). Strict where leniency has
 * been abused: a CR ends no line by itself, no field is folded, and the body's length is told in one way.
 */
export class ResponseHead {
  status = 0;
  framing: Framing = "until-close";
  contentLength = 0;
  /** Whether the server keeps the connection: RFC 9112 section 9.3. */
  persistent = false;
  /** `null` but for the first heads of a connection: on the others nothing is spent. */
  observer: HeadObserver | null = null;

  #nextLine: "status" | "field" | "none" = "status";
  #minorVersion = 1;
  #saysClose = false;
  #saysKeepAlive = false;
  #emptyLines = 0;

  /** Whether the empty line that ends the head was read. */
  get complete(): boolean {
    return this.#nextLine === "none";
  }

  restart(): void {
    this.framing = "until-close";
    this.contentLength = 0;
    this.#nextLine = "status";
    this.#saysClose = false;
    this.#saysKeepAlive = false;
    this.#emptyLines = 0;
  }

  /**
   * Reads the lines that have wholly arrived.
   *
   * @returns Where it stopped: after the head, or before a line of which more is to come.
   * @throws {HttpResponseError} as soon as a line cannot be right.
   */
  readLines(bytes: Uint8Array, start: number, end: number): number {
    let at = start;
    while (this.#nextLine !== "none") {
      const next = this.#nextLine === "status"
        ? this.#readStatusLine(bytes, at, end)
        : this.#readField(bytes, at, end);
      if (next === UNFINISHED) break;
      at = next;
    }
    return at;
  }

  #readStatusLine(bytes: Uint8Array, start: number, end: number): number {
    const prefixEnd = Math.min(end, start + VERSION_PREFIX.length);
    for (let at = start; at < prefixEnd; at++) {
      if (bytes[at] !== VERSION_PREFIX[at - start]) {
        if (at === start && isLineEnd(bytes[at]!)) return this.#skipEmptyLine(bytes, at, end);
        throw malformed("the answer does not start with HTTP/1.");
      }
    }
    if (end - start < MIN_STATUS_LINE_BYTES) return UNFINISHED;
    const minor = digit(bytes[prefixEnd]!);
    const hundreds = digit(bytes[prefixEnd + 2]!);
    const tens = digit(bytes[prefixEnd + 3]!);
    const ones = digit(bytes[prefixEnd + 4]!);
    const afterStatus = bytes[prefixEnd + 5];
    const valid = minor >= 0 && bytes[prefixEnd + 1] === SP && hundreds >= 1 && tens >= 0 &&
      ones >= 0 &&
      // The space is due even before an empty reason, yet servers leave it out.
      (afterStatus === SP || isLineEnd(afterStatus!));
    if (!valid) throw malformed("the status line has no version and status code of three digits");
    const lineEnd = valueEnd(bytes, prefixEnd + 5, end);
    const next = nextLine(bytes, lineEnd, end);
    if (next === UNFINISHED) return UNFINISHED;
    this.#minorVersion = minor;
    this.status = hundreds * 100 + tens * 10 + ones;
    this.#nextLine = "field";
    return next;
  }

  #skipEmptyLine(bytes: Uint8Array, start: number, end: number): number {
    const next = nextLine(bytes, start, end);
    if (next !== UNFINISHED && ++this.#emptyLines > MAX_EMPTY_LINES) {
      throw malformed(`more than ${MAX_EMPTY_LINES} empty lines come before the answer`);
    }
    return next;
  }

  #readField(bytes: Uint8Array, start: number, end: number): number {
    let nameEnd = start;
    while (nameEnd < end && TOKEN_OCTETS[bytes[nameEnd]!] === 1) nameEnd++;
    if (nameEnd === end) return UNFINISHED;
    if (nameEnd === start && isLineEnd(bytes[start]!)) {
      return this.#finish(nextLine(bytes, start, end));
    }
    if (nameEnd === start || bytes[nameEnd] !== COLON) {
      throw malformed("a line of the head is no field");
    }
    let valueStart = nameEnd + 1;
    while (valueStart < end && isOptionalWhitespace(bytes[valueStart]!)) valueStart++;
    const lineEnd = valueEnd(bytes, valueStart, end);
    const next = nextLine(bytes, lineEnd, end);
    if (next === UNFINISHED) return UNFINISHED;
    if (this.observer !== null) {
      const value = bytes.subarray(valueStart, trimmedEnd(bytes, valueStart, lineEnd));
      this.observer.onField(decoder.decode(bytes.subarray(start, nameEnd)), decoder.decode(value));
    }
    // Most fields have another length than these three: they are told apart by one comparison.
    switch (nameEnd - start) {
      case CONNECTION.length:
        if (equalsIgnoringCase(bytes, start, nameEnd, CONNECTION)) {
          this.#readConnection(bytes, valueStart, lineEnd);
        }
        break;
      case CONTENT_LENGTH.length:
        if (equalsIgnoringCase(bytes, start, nameEnd, CONTENT_LENGTH)) {
          this.#readContentLength(bytes, valueStart, trimmedEnd(bytes, valueStart, lineEnd));
        }
        break;
      case TRANSFER_ENCODING.length:
        if (equalsIgnoringCase(bytes, start, nameEnd, TRANSFER_ENCODING)) {
          this.#readTransferEncoding(bytes, valueStart, trimmedEnd(bytes, valueStart, lineEnd));
        }
        break;
    }
    return next;
  }

  #finish(next: number): number {
    if (next === UNFINISHED) return UNFINISHED;
    if (this.framing === "chunked" && this.#minorVersion === 0) {
      throw malformed("HTTP/1.0 knows no Transfer-Encoding");
    }
    this.persistent = !this.#saysClose && (this.#minorVersion > 0 || this.#saysKeepAlive);
    this.#nextLine = "none";
    if (this.observer?.onHeadEnd(this.#minorVersion, this.status) === false) this.observer = null;
    return next;
  }

  /** One length, or a list of equal ones, which count as one: RFC 9112 section 6.3. */
  #readContentLength(bytes: Uint8Array, start: number, end: number): void {
    let at = start;
    do {
      let elementEnd = at;
      while (elementEnd < end && bytes[elementEnd] !== COMMA) elementEnd++;
      while (at < elementEnd && isOptionalWhitespace(bytes[at]!)) at++;
      this.#declare(lengthIn(bytes, at, trimmedEnd(bytes, at, elementEnd)));
      at = elementEnd + 1;
    } while (at <= end);
  }

  #declare(length: number): void {
    if (this.framing !== "declared") this.#frame("declared");
    else if (length !== this.contentLength) {
      throw malformed("the length of the body is told twice, and differently");
    }
    this.contentLength = length;
  }

  #readTransferEncoding(bytes: Uint8Array, start: number, end: number): void {
    this.#frame("chunked");
    if (!equalsIgnoringCase(bytes, start, end, CHUNKED)) {
      throw malformed("Transfer-Encoding is another than chunked, and none was asked for");
    }
  }

  /** Two ways to tell a length that a proxy and a client could read differently are how responses are smuggled. */
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
function digit(octet: number): number {
  return octet >= ZERO && octet <= NINE ? octet - ZERO : -1;
}

/** @throws {HttpResponseError} where the digits are none, or too many for a safe integer. */
function lengthIn(bytes: Uint8Array, start: number, end: number): number {
  if (end === start || end - start > MAX_LENGTH_DIGITS) {
    throw malformed("Content-Length is no length");
  }
  let length = 0;
  for (let at = start; at < end; at++) {
    const value = digit(bytes[at]!);
    if (value < 0) throw malformed("Content-Length is no length");
    length = length * 10 + value;
  }
  return length;
}

function isLineEnd(octet: number): boolean {
  return octet === CR || octet === LF;
}

function valueEnd(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end && FIELD_OCTETS[bytes[at]!] === 1) at++;
  return at;
}

/** @returns Where the line after the CRLF, or the LF alone, starts that is due at `at`. */
function nextLine(bytes: Uint8Array, at: number, end: number): number {
  if (at >= end) return UNFINISHED;
  if (bytes[at] === LF) return at + 1;
  if (bytes[at] !== CR) throw malformed("a line of the head holds a control character");
  if (at + 1 >= end) return UNFINISHED;
  if (bytes[at + 1] !== LF) throw malformed("a line of the head has a CR that no LF follows");
  return at + 2;
}

function trimmedEnd(bytes: Uint8Array, start: number, end: number): number {
  let trimmed = end;
  while (trimmed > start && isOptionalWhitespace(bytes[trimmed - 1]!)) trimmed--;
  return trimmed;
}
