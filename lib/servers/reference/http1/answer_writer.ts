import type { RequestHead } from "./request_head.ts";

/** An answer over HTTP. */
export interface HttpAnswer {
  readonly status: number;
  /** JSON. */
  readonly body: string;
  /** Which methods there are, where the request's is none of them. */
  readonly allow?: string;
}

/** Milliseconds since 1970. */
export type WallClock = () => number;

const REASONS: Readonly<Record<number, string>> = {
  200: "OK",
  400: "Bad Request",
  404: "Not Found",
  405: "Method Not Allowed",
  413: "Content Too Large",
  414: "URI Too Long",
  431: "Request Header Fields Too Large",
  501: "Not Implemented",
  503: "Service Unavailable",
  505: "HTTP Version Not Supported",
};

/** Room for an answer or two. */
const INITIAL_BYTES = 1024;
/** UTF-8 takes no more for a unit of a string. */
const MAX_BYTES_PER_UNIT = 3;

const encoder = new TextEncoder();
const CONTINUE = encoder.encode("HTTP/1.1 100 Continue\r\n\r\n");

/** Of the content that is being written: its length comes before it. */
let content = new Uint8Array(INITIAL_BYTES);

/** Heads that differ in nothing but the content's length, and are the same for a second. */
interface KnownHead {
  readonly status: number;
  readonly allow: string | undefined;
  readonly connection: RequestHead["connection"];
  readonly second: number;
  /** Up to the length. */
  readonly bytes: Uint8Array;
}

/** Collects answers, so that all that are ready leave in one write. Two buffers take turns, as in a `FrameWriter`. */
export class AnswerWriter {
  readonly #clock: WallClock;
  #filling = new Uint8Array(INITIAL_BYTES);
  #resting = new Uint8Array();
  #length = 0;
  #known: KnownHead | null = null;

  constructor(clock: WallClock) {
    this.#clock = clock;
  }

  /** @returns What was collected; good until the next call, when that buffer fills again. */
  take(): Uint8Array {
    const taken = this.#filling.subarray(0, this.#length);
    [this.#filling, this.#resting] = [this.#resting, this.#filling];
    this.#length = 0;
    return taken;
  }

  continue(): void {
    this.#append(CONTINUE, CONTINUE.length);
  }

  /** @param withContent Not in an answer to HEAD, whose head is that of one to GET. */
  answer(it: HttpAnswer, connection: RequestHead["connection"], withContent: boolean): void {
    const mostBytes = MAX_BYTES_PER_UNIT * it.body.length;
    if (content.length < mostBytes) content = new Uint8Array(mostBytes);
    const { written } = encoder.encodeInto(it.body, content);
    const head = this.#headUpToLength(it, connection);
    this.#append(head, head.length);
    this.#appendText(`${written}\r\n\r\n`);
    if (withContent) this.#append(content, written);
  }

  #headUpToLength(
    { status, allow }: HttpAnswer,
    connection: RequestHead["connection"],
  ): Uint8Array {
    const nowMs = this.#clock();
    const second = Math.floor(nowMs / 1000);
    const known = this.#known;
    if (
      known !== null && known.second === second && known.status === status &&
      known.connection === connection && known.allow === allow
    ) return known.bytes;
    const lines = [
      `HTTP/1.1 ${status} ${REASONS[status] ?? ""}`,
      // RFC 9110 section 6.6.1: a server with a clock says the time.
      `date: ${new Date(nowMs).toUTCString()}`,
      "content-type: application/json",
      ...(allow === undefined ? [] : [`allow: ${allow}`]),
      ...(connection === null ? [] : [`connection: ${connection}`]),
      "content-length: ",
    ];
    const bytes = encoder.encode(lines.join("\r\n"));
    this.#known = { status, allow, connection, second, bytes };
    return bytes;
  }

  #append(bytes: Uint8Array, count: number): void {
    this.#reserve(count);
    this.#filling.set(count === bytes.length ? bytes : bytes.subarray(0, count), this.#length);
    this.#length += count;
  }

  #appendText(ascii: string): void {
    this.#reserve(ascii.length);
    for (let at = 0; at < ascii.length; at++) {
      this.#filling[this.#length++] = ascii.charCodeAt(at);
    }
  }

  #reserve(count: number): void {
    const needed = this.#length + count;
    if (needed <= this.#filling.length) return;
    const larger = new Uint8Array(Math.max(needed, 2 * this.#filling.length));
    larger.set(this.#filling.subarray(0, this.#length));
    this.#filling = larger;
  }
}
