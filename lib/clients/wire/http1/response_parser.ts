import { MAX_ANSWER_BYTES } from "../../answer_bounds.ts";
import { ByteAccumulator } from "./byte_accumulator.ts";
import { ChunkedDecoder } from "./chunked_decoder.ts";
import { type HttpResponseError, malformed, tooLarge } from "./http_response_error.ts";
import type { HeadObserver } from "./first_head.ts";
import { KnownHead } from "./known_head.ts";
import { CR, LF } from "./octets.ts";
import { ResponseHead } from "./response_head.ts";

const MAX_HEAD_BYTES = 64 * 1024;
/** RFC 9110 section 15.2 allows any number of 1xx; no honest server sends more than a few. */
const MAX_INTERIM_RESPONSES = 16;

/** Ends of lines that may follow a body unasked. */
const MAX_PADDING_BYTES = 8;

const NO_CONTENT = 204;
const NOT_MODIFIED = 304;
const SWITCHING_PROTOCOLS = 101;
const FIRST_FINAL_STATUS = 200;

/** What the next bytes are a part of. */
type Position = "head" | "declared" | "chunked" | "until-close" | "complete";

/**
 * Reads HTTP/1.1 responses, one at a time, from bytes that may be cut anywhere
 * (RFC 9112). A response that arrives in one piece is read where it lies, without being copied.
 */
export class ResponseParser {
  readonly #head = new ResponseHead();
  /** For as long as `#head` still tells what it says. */
  readonly #knownHead = new KnownHead();
  /** A line of the head that has not wholly arrived. */
  readonly #unfinishedLine = new ByteAccumulator();
  /** A body that did not arrive in one piece. */
  readonly #gathered = new ByteAccumulator();
  readonly #chunks: ChunkedDecoder;
  /** Whether the requests are HEAD: their responses end with the head, whatever length it tells. */
  isHeadOnly = false;
  #position: Position = "head";
  #headBytes = 0;
  #interimResponses = 0;
  #surplus = false;
  #paddingBytes = 0;
  #bodySource: Uint8Array = this.#gathered.bytes;
  #bodyStart = 0;
  #bodyEnd = 0;

  constructor(readonly maxBodyBytes: number = MAX_ANSWER_BYTES) {
    this.#chunks = new ChunkedDecoder(maxBodyBytes);
  }

  /** Of the response that is complete. */
  get status(): number {
    return this.#head.status;
  }

  /** Hears of the next heads, until it has had enough. */
  set observer(observer: HeadObserver) {
    this.#head.observer = observer;
  }

  /** The content of the response that is complete; valid until what was pushed last changes. */
  get body(): Uint8Array {
    return this.#bodySource.subarray(this.#bodyStart, this.#bodyEnd);
  }

  // The same without a view of it, which would cost more than most bodies' check.

  /** What the body is a part of: the bytes that were pushed last, or gathered ones. */
  get bodySource(): Uint8Array {
    return this.#bodySource;
  }

  get bodyStart(): number {
    return this.#bodyStart;
  }

  get bodyEnd(): number {
    return this.#bodyEnd;
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
    this.#paddingBytes = 0;
    this.#headBytes = 0;
    this.#unfinishedLine.clear();
    this.#gathered.clear();
    this.#bodyStart = 0;
    this.#bodyEnd = 0;
  }

  /** Gives back what a large body takes; its content is no longer valid. */
  forgetBody(): void {
    this.#gathered.clear();
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
    if (at < length && !this.takePadding(bytes, at, length)) this.#surplus = true;
    return this.#position === "complete";
  }

  /**
   * Takes bytes that come after a response and before the next is asked for.
   *
   * @returns Whether they are no more than a few ends of lines, which some servers write after a body.
   */
  takePadding(bytes: Uint8Array, start: number, end: number): boolean {
    this.#paddingBytes += end - start;
    if (this.#paddingBytes > MAX_PADDING_BYTES) return false;
    for (let at = start; at < end; at++) {
      if (bytes[at] !== CR && bytes[at] !== LF) return false;
    }
    return true;
  }

  /** Takes note that no byte will follow. @returns Whether that completes the response. */
  pushEnd(): boolean {
    if (this.#position === "until-close") this.#completeWithGathered();
    return this.#position === "complete";
  }

  #readHead(bytes: Uint8Array, start: number, end: number): number {
    if (this.#unfinishedLine.length > 0) return this.#readHeldLine(bytes, start, end);
    const atStart = this.#headBytes === 0;
    if (atStart) {
      if (start === 0 && this.#knownHead.startsOff(bytes, end)) {
        this.#finishHead();
        return this.#knownHead.length;
      }
      this.#knownHead.forget();
      this.#head.restart();
    }
    const stop = this.#head.readLines(bytes, start, end);
    this.#countHeadBytes(stop - start);
    if (this.#head.complete) {
      if (atStart && start === 0) this.#knownHead.keep(bytes, stop);
      this.#finishHead();
      return stop;
    }
    this.#countHeadBytes(end - stop);
    this.#unfinishedLine.append(bytes, stop, end);
    return end;
  }

  /**
   * Completes the held line with as little of `bytes` as it needs. Reads the line from its start again,
   * so that what cannot be right is refused at once; the bound of the head bounds that too.
   */
  #readHeldLine(bytes: Uint8Array, start: number, end: number): number {
    const lf = bytes.indexOf(LF, start);
    const lineEnd = lf < 0 || lf >= end ? end : lf + 1;
    this.#countHeadBytes(lineEnd - start);
    this.#unfinishedLine.append(bytes, start, lineEnd);
    const line = this.#unfinishedLine.bytes;
    if (this.#head.readLines(line, 0, line.length) === line.length) this.#unfinishedLine.clear();
    if (this.#head.complete) this.#finishHead();
    return lineEnd;
  }

  #countHeadBytes(count: number): void {
    this.#headBytes += count;
    if (this.#headBytes > MAX_HEAD_BYTES) {
      throw tooLarge(`the head is larger than ${MAX_HEAD_BYTES} bytes`);
    }
  }

  #finishHead(): void {
    const head = this.#head;
    if (head.status < FIRST_FINAL_STATUS) {
      this.#skipInterim();
    } else if (this.isHeadOnly || head.status === NO_CONTENT || head.status === NOT_MODIFIED) {
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
      throw malformed(
        `more than ${MAX_INTERIM_RESPONSES} interim responses come before the answer`,
      );
    }
    this.#headBytes = 0;
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
    return tooLarge(`the body is larger than ${this.maxBodyBytes} bytes`);
  }
}
