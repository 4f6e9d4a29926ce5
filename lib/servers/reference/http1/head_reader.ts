import { CR, LF, SP } from "../../../clients/wire/http1/octets.ts";
import {
  parseRequestHead,
  RequestFault,
  type RequestFields,
  type RequestHead,
} from "./request_head.ts";

/** Room for many small requests; a head that needs more is given more. */
const INITIAL_BYTES = 4096;
const MAX_HEAD_BYTES = 16 * 1024;
const GET = new TextEncoder().encode("GET ");
const DEL = 0x7f;
/** A longer one is read with its whole head, so that whoever sends it octet by octet costs no more than others. */
const MAX_COMPARED_TARGET_BYTES = 256;

/** Octets as characters: what is beyond ASCII is seen, and fits nothing. */
const decoder = new TextDecoder("latin1");

/** The end of a head from its version on, and what it says. */
interface KnownEnd {
  readonly bytes: Uint8Array;
  readonly fields: RequestFields;
}

/**
 * Finds heads in bytes that arrive split anywhere, and keeps what has come behind them. The requests of a
 * client are mostly alike behind their target: what has been read there once is compared, not read again.
 */
export class HeadReader {
  bytes = new Uint8Array(INITIAL_BYTES);
  start = 0;
  end = 0;
  /** Up to here there is no end of a head. */
  #scannedTo = 0;
  #known: KnownEnd | null = null;

  /** Where the next bytes belong; empty where more has come than anything here takes. */
  space(): Uint8Array {
    if (this.start > 0) this.#moveToFront();
    if (this.end === this.bytes.length && this.end < MAX_HEAD_BYTES) {
      const larger = new Uint8Array(2 * this.bytes.length);
      larger.set(this.bytes);
      this.bytes = larger;
    }
    return this.bytes.subarray(this.end);
  }

  received(count: number): void {
    this.end += count;
  }

  /** Steps over bytes that are no head. */
  skipTo(start: number): void {
    this.start = start;
    this.#scannedTo = start;
  }

  /**
   * Steps over the next head.
   *
   * @returns `null` where its end has not come yet.
   * @throws {RequestFault}
   */
  next(): RequestHead | null {
    this.#skipEmptyLines();
    return this.#nextLikeTheLast() ?? this.#nextUnlike();
  }

  /** @returns `null` where it is another one, or not there as a whole. */
  #nextLikeTheLast(): RequestHead | null {
    const { bytes, start, end } = this;
    const known = this.#known;
    if (known === null || !startsWith(bytes, start, end, GET)) return null;
    let target = "";
    let at = start + GET.length;
    const targetLimit = Math.min(end, at + MAX_COMPARED_TARGET_BYTES);
    for (; at < targetLimit && bytes[at]! > SP && bytes[at]! < DEL; at++) {
      target += String.fromCharCode(bytes[at]!);
    }
    if (target === "" || !startsWith(bytes, at, end, known.bytes)) return null;
    this.skipTo(at + known.bytes.length);
    const { framing, expectsContinue, connection } = known.fields;
    return { method: "GET", target, framing, expectsContinue, connection };
  }

  #nextUnlike(): RequestHead | null {
    const { bytes, start } = this;
    const headEnd = this.#findEnd();
    if (headEnd === null) {
      if (this.end - start >= MAX_HEAD_BYTES) throw tooLong(bytes, start, this.end);
      return null;
    }
    const head = parseRequestHead(decoder.decode(bytes.subarray(start, headEnd - 4)));
    const versionAt = start + head.method.length + 1 + head.target.length;
    this.#known = { bytes: bytes.slice(versionAt, headEnd), fields: head };
    this.skipTo(headEnd);
    return head;
  }

  /** Behind the empty line; a line that ends otherwise than all do is refused (RFC 9112 section 2.2). */
  #findEnd(): number | null {
    const { bytes, start, end } = this;
    for (let at = this.#scannedTo; (at = bytes.indexOf(LF, at)) >= 0 && at < end; at++) {
      if (at === start || bytes[at - 1] !== CR) {
        throw new RequestFault(400, "a line of the head ends without CRLF");
      }
      if (at - start >= 3 && bytes[at - 2] === LF) return at + 1;
    }
    this.#scannedTo = end;
    return null;
  }

  /** RFC 9112 section 2.2: they may follow the content of an old client's request. */
  #skipEmptyLines(): void {
    const { bytes, end } = this;
    let { start } = this;
    while (end - start >= 2 && bytes[start] === CR && bytes[start + 1] === LF) start += 2;
    if (start !== this.start) this.skipTo(start);
  }

  #moveToFront(): void {
    if (this.start < this.end) this.bytes.copyWithin(0, this.start, this.end);
    this.end -= this.start;
    this.#scannedTo = Math.max(0, this.#scannedTo - this.start);
    this.start = 0;
  }
}

function startsWith(bytes: Uint8Array, start: number, end: number, beginning: Uint8Array): boolean {
  if (end - start < beginning.length) return false;
  for (let at = 0; at < beginning.length; at++) {
    if (bytes[start + at] !== beginning[at]) return false;
  }
  return true;
}

function tooLong(bytes: Uint8Array, start: number, end: number): RequestFault {
  const lineEnd = bytes.indexOf(LF, start);
  return lineEnd >= 0 && lineEnd < end
    ? new RequestFault(431, `the head is longer than ${MAX_HEAD_BYTES} bytes`)
    : new RequestFault(414, `the request line is longer than ${MAX_HEAD_BYTES} bytes`);
}
