import type { ServedConnection } from "../../serving.ts";
import { AnswerWriter, type HttpAnswer, type WallClock } from "./answer_writer.ts";
import { ContentDrain } from "./content_drain.ts";
import { HeadReader } from "./head_reader.ts";
import { RequestFault, type RequestHead } from "./request_head.ts";

/** A request, as far as an operation needs it. */
export type HttpRequest = Pick<RequestHead, "method" | "target">;

/**
 * Answers a request, at once or later.
 *
 * @returns What takes the request back.
 */
export type AnswerHttp = (request: HttpRequest, answer: (it: HttpAnswer) => void) => () => void;

/** Where the next bytes belong. */
type Expecting =
  | { readonly kind: "head" }
  | { readonly kind: "content"; readonly head: RequestHead }
  /** A request is being answered; what comes meanwhile waits. */
  | { readonly kind: "answer"; readonly takeBack: () => void }
  | { readonly kind: "nothing" };

const HEAD: Expecting = { kind: "head" };
const NOTHING: Expecting = { kind: "nothing" };
/** Of a request that is being handed over, and may be answered before it has been. */
const ANSWER: Expecting = { kind: "answer", takeBack: () => {} };

/** One connection over HTTP/1.1 (RFC 9112): one request after the other, pipelined ones too. */
export class Http1Connection implements ServedConnection {
  readonly #answerTo: AnswerHttp;
  readonly #flush: () => void;
  readonly #heads = new HeadReader();
  readonly #content = new ContentDrain();
  readonly #answers: AnswerWriter;
  #expecting = HEAD;

  constructor(answerTo: AnswerHttp, flush: () => void, clock: WallClock = Date.now) {
    this.#answerTo = answerTo;
    this.#flush = flush;
    this.#answers = new AnswerWriter(clock);
  }

  get isOver(): boolean {
    return this.#expecting.kind === "nothing";
  }

  space(): Uint8Array {
    return this.#heads.space();
  }

  received(count: number): void {
    this.#heads.received(count);
    this.#advance();
  }

  takeOutgoing(): Uint8Array {
    return this.#answers.take();
  }

  abandon(): void {
    if (this.#expecting.kind === "answer") this.#expecting.takeBack();
    this.#expecting = NOTHING;
  }

  #advance(): void {
    try {
      while (this.#step());
    } catch (error) {
      if (!(error instanceof RequestFault)) throw error;
      const body = JSON.stringify({ error: error.message });
      this.#answers.answer({ status: error.status, body }, "close", true);
      this.#expecting = NOTHING;
    }
  }

  /** @returns Whether there may be more to do with what has come so far. */
  #step(): boolean {
    const expecting = this.#expecting;
    switch (expecting.kind) {
      case "head":
        return this.#readHead();
      case "content":
        return this.#readContent(expecting.head);
      case "answer":
      case "nothing":
        return false;
    }
  }

  #readHead(): boolean {
    const head = this.#heads.next();
    if (head === null) return false;
    if (head.framing.kind === "none") {
      this.#handOver(head);
    } else {
      this.#content.begin(head.framing);
      if (head.expectsContinue) this.#answers.continue();
      this.#expecting = { kind: "content", head };
    }
    return true;
  }

  #readContent(head: RequestHead): boolean {
    const { bytes, start, end } = this.#heads;
    this.#heads.skipTo(this.#content.drain(bytes, start, end));
    if (!this.#content.ended) return false;
    this.#handOver(head);
    return true;
  }

  #handOver(head: RequestHead): void {
    this.#expecting = ANSWER;
    let isAnswered = false;
    let isLate = false;
    const takeBack = this.#answerTo(head, (it) => {
      if (isAnswered || this.#expecting.kind !== "answer") return;
      isAnswered = true;
      this.#answers.answer(it, head.connection, head.method !== "HEAD");
      this.#expecting = head.connection === "close" ? NOTHING : HEAD;
      if (!isLate) return;
      this.#advance();
      this.#flush();
    });
    isLate = true;
    if (!isAnswered) this.#expecting = { kind: "answer", takeBack };
  }
}
