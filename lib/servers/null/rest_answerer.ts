import { userById } from "../users.ts";
import type { Answerer } from "./answerer.ts";

const READ_BYTES = 4096;
const MAX_HEAD_BYTES = 16 * 1024;
const encoder = new TextEncoder();
const METHOD = encoder.encode("GET ");
/** RFC 9112 section 2.1: an empty line ends the head. */
const HEAD_END = encoder.encode("\r\n\r\n");
const [CR] = HEAD_END;

/** No read can end more requests than this. */
const MOST_AT_ONCE = READ_BYTES / (METHOD.length + HEAD_END.length) + 1;
const ANSWER = cannedAnswer();
const ANSWERS = new Uint8Array(MOST_AT_ONCE * ANSWER.length);
for (let at = 0; at < ANSWERS.length; at += ANSWER.length) ANSWERS.set(ANSWER, at);

function cannedAnswer(): Uint8Array {
  const body = JSON.stringify(userById(4242));
  return encoder.encode(
    "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n" +
      `content-length: ${encoder.encode(body).length}\r\n\r\n${body}`,
  );
}

/**
 * Answers every GET over HTTP/1.1 with the same user, pipelined ones too. Only looks for the ends of
 * heads, octet by octet, so that it keeps nothing between two reads.
 */
export class RestAnswerer implements Answerer {
  readonly #bytes = new Uint8Array(READ_BYTES);
  /** Of the head that has begun. */
  #headBytes = 0;
  /** How much of `HEAD_END` the last octets are. */
  #matched = 0;

  space(): Uint8Array {
    return this.#bytes;
  }

  answersTo(count: number): Uint8Array {
    let requests = 0;
    for (let at = 0; at < count; at++) {
      if (this.#endsHead(this.#bytes[at]!)) requests++;
    }
    return ANSWERS.subarray(0, requests * ANSWER.length);
  }

  #endsHead(octet: number): boolean {
    if (this.#headBytes < METHOD.length && octet !== METHOD[this.#headBytes]) {
      throw new Error("sent no GET request");
    }
    if (++this.#headBytes > MAX_HEAD_BYTES) throw new Error("sent a head without an end");
    this.#matched = octet === HEAD_END[this.#matched] ? this.#matched + 1 : octet === CR ? 1 : 0;
    if (this.#matched < HEAD_END.length) return false;
    this.#matched = 0;
    this.#headBytes = 0;
    return true;
  }
}
