import { ByteAccumulator } from "./byte_accumulator.ts";
import { ChunkedDecoder } from "./chunked_decoder.ts";
import { HttpResponseError, malformed } from "./http_response_error.ts";
import { CR, LF } from "./octets.ts";
import { ResponseHead, VERSION_PREFIX } from "./response_head.ts";

const MAX_HEAD_BYTES = 64 * 1024;
/** RFC 9110 section 15.2 allows any number of 1xx; no honest server sends more than a few. */
const MAX_INTERIM_RESPONSES = 16;
const DEFAULT_MAX_BODY_BYTES = 16 * 1024 * 1024;

const NO_CONTENT = 204;
const NOT_MODIFIED = 304;
const SWITCHING_PROTOCOLS = 101;
const FIRST_FINAL_STATUS = 200;

/** What the next bytes are a part of. */
type Position = "head" | "declared" | "chunked" | "until-close" | "complete";

/**
 * Reads HTTP/1.1 responses to GET requests, one at a time, from bytes that may be cut anywhere
 * (RFC 9112). A response that arrives in one piece is read where it lies, without being copied.
 */
export class ResponseParser {
  readonly #head = new ResponseHead();
  /** A head that has not wholly arrived. */
  readonly #unfinishedHead = new ByteAccumulator();
  /** A body that did not arrive in one piece. */
  readonly #gathered = new ByteAccumulator();
  readonly #chunks: ChunkedDecoder;
  #position: Position = "head";
  #interimResponses = 0;
  #surplus = false;
  /** The bytes that the body is a part of: the last ones pushed, or the gathered ones. */
  #bodySource: Uint8Array = this.#gathered.bytes;
  #bodyStart = 0;
  #bodyEnd = 0;

  constructor(readonly maxBodyBytes: number = DEFAULT_MAX_BODY_BYTES) {
    this.#chunks = new ChunkedDecoder(maxBodyBytes);
  }

  /** Of the response that is complete. */
  get status(): number {
    return this.#head.status;
  }

  /** The content of the response that is complete; valid until what was pushed last changes. */
  get body(): Uint8Array {
    return this.#bodySource.subarray(this.#bodyStart, this.#bodyEnd);
  }

  get bodyBytes(): number {
    return this.#bodyEnd - this.#bodyStart;
  }

  /** Whether another response can follow on the same connection. */
  get reusable(): boolean {
    return this.#head.persistent && this.#head.framing !== "until-close" && !this.#surplus;
  }

  /** Forgets the last response: the next byte is the first of another one. */
  restart(): void {
    this.#position = "head";
    this.#interimResponses = 0;
    this.#surplus = false;
    this.#unfinishedHead.clear();
    this.#gathered.clear();
    this.#bodyStart = 0;
    this.#bodyEnd = 0;
  }

  /**
   * Takes the next bytes: the first `length` of `bytes`.
   *
   * @returns Whether the response is complete.
   * @throws {HttpResponseError} where it never will be.
   */
  push(bytes: Uint8Array, length: number): boolean {
    let at = 0;
    while (at < length && this.#position === "head") at = this.#readHead(bytes, at, length);
    switch (this.#position) {
      case "declared":
        at = this.#readDeclared(bytes, at, length);
        break;
      case "chunked":
        at = this.#readChunked(bytes, at, length);
        break;
      case "until-close":
        at = this.#readUntilClose(bytes, at, length);
        break;
    }
    // Nothing was asked for that these bytes could answer: RFC 9112 section 9.2.
    if (at < length) this.#surplus = true;
    return this.#position === "complete";
  }

  /** Takes note that no byte will follow. @returns Whether that completes the response. */
  pushEnd(): boolean {
    if (this.#position === "until-close") this.#completeWithGathered();
    return this.#position === "complete";
  }

  #readHead(bytes: Uint8Array, start: number, end: number): number {
    const held = this.#unfinishedHead.length;
    if (held === 0) {
      const headEnd = findHeadEnd(bytes, start, end);
      if (headEnd > 0) {
        this.#finishHead(bytes, start, headEnd);
        return headEnd;
      }
    }
    this.#unfinishedHead.append(bytes, start, end);
    const gathered = this.#unfinishedHead.bytes;
    // The mark of the end may have begun in the last bytes before.
    const headEnd = findHeadEnd(gathered, Math.max(0, held - 2), gathered.length);
    if (headEnd > 0) {
      this.#finishHead(gathered, 0, headEnd);
      this.#unfinishedHead.clear();
      return start + headEnd - held;
    }
    // What is no HTTP at all need not be waited for.
    for (let index = 0; index < Math.min(VERSION_PREFIX.length, gathered.length); index++) {
      if (gathered[index] !== VERSION_PREFIX[index]) {
        throw malformed("the answer does not start with HTTP/1.");
      }
    }
    if (gathered.length > MAX_HEAD_BYTES) throw headTooLarge();
    return end;
  }

  #finishHead(bytes: Uint8Array, start: number, end: number): void {
    if (end - start > MAX_HEAD_BYTES) throw headTooLarge();
    const head = this.#head;
    head.read(bytes, start, end);
    if (head.status < FIRST_FINAL_STATUS) {
      this.#skipInterim();
    } else if (head.status === NO_CONTENT || head.status === NOT_MODIFIED) {
      // These end with their head, whatever its fields say: RFC 9112 section 6.3.
      head.framing = "declared";
      head.contentLength = 0;
      this.#position = "complete";
    } else if (head.framing === "declared" && head.contentLength > this.maxBodyBytes) {
      throw this.#bodyTooLarge();
    } else {
      this.#position = head.framing;
      if (head.framing === "declared" && head.contentLength === 0) this.#position = "complete";
      if (head.framing === "chunked") this.#chunks.restart();
    }
  }

  #skipInterim(): void {
    if (this.#head.status === SWITCHING_PROTOCOLS) {
      throw malformed("the server switches protocols unasked");
    }
    if (++this.#interimResponses > MAX_INTERIM_RESPONSES) {
      throw malformed(`more than ${MAX_INTERIM_RESPONSES} interim responses come before the answer`);
    }
  }

  #readDeclared(bytes: Uint8Array, start: number, end: number): number {
    const { contentLength } = this.#head;
    const missing = contentLength - this.#gathered.length;
    if (end - start < missing) {
      this.#gathered.append(bytes, start, end);
      return end;
    }
    const bodyEnd = start + missing;
    if (missing === contentLength) {
      this.#position = "complete";
      this.#bodySource = bytes;
      this.#bodyStart = start;
      this.#bodyEnd = bodyEnd;
    } else {
      this.#gathered.append(bytes, start, bodyEnd);
      this.#completeWithGathered();
    }
    return bodyEnd;
  }

  #readChunked(bytes: Uint8Array, start: number, end: number): number {
    const stop = this.#chunks.decode(bytes, start, end, this.#gathered);
    if (this.#chunks.ended) this.#completeWithGathered();
    return stop;
  }

  #readUntilClose(bytes: Uint8Array, start: number, end: number): number {
    if (this.#gathered.length + end - start > this.maxBodyBytes) throw this.#bodyTooLarge();
    this.#gathered.append(bytes, start, end);
    return end;
  }

  #completeWithGathered(): void {
    this.#position = "complete";
    this.#bodySource = this.#gathered.bytes;
    this.#bodyStart = 0;
    this.#bodyEnd = this.#gathered.length;
  }

  #bodyTooLarge(): HttpResponseError {
    return new HttpResponseError(
      "Response Too Large",
      `the body is larger than ${this.maxBodyBytes} bytes`,
    );
  }
}

function headTooLarge(): HttpResponseError {
  return malformed(`the head is larger than ${MAX_HEAD_BYTES} bytes`);
}

/**
 * Finds an empty line. One that ends in a bare LF is found too, so that it is refused at once.
 *
 * @returns Where the line after it starts, or -1.
 */
function findHeadEnd(bytes: Uint8Array, start: number, end: number): number {
  for (let at = start; at < end; at++) {
    if (bytes[at] !== LF) continue;
    if (at + 1 < end && bytes[at + 1] === LF) return at + 2;
    if (at + 2 < end && bytes[at + 1] === CR && bytes[at + 2] === LF) return at + 3;
  }
  return -1;
}
