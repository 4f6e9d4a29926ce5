import type { ProtocolKey } from "../clients/protocol.ts";
import type { Questions } from "../requests/questions.ts";

/**
 * What was asked before of what a side is about to ask:
 * - `fresh`: nobody has asked it
 * - `repeated`: only the other side has
 * - `known`: this side has itself, or the warm-up; a cache of one side alone would know it as well
 */
export type Standing = "fresh" | "repeated" | "known";

const BIT: Readonly<Record<ProtocolKey, number>> = { rest: 1, grpc: 2 };
const BOTH = 3;

/** Beyond this many questions some share a slot, and count as asked when one of them was: 1 MB in all. */
const MOST_SLOTS = 2 ** 20;

/** Keeps which side has asked what in a run, in memory that does not grow with its length. */
export class AskedQuestions {
  readonly #questions: Questions;
  readonly #slots: Uint8Array;
  #standing: Standing = "known";

  constructor(questions: Questions) {
    this.#questions = questions;
    this.#slots = new Uint8Array(Math.min(questions.count ?? MOST_SLOTS, MOST_SLOTS));
  }

  /** Of the question that was noted last, when it was. */
  get standing(): Standing {
    return this.#standing;
  }

  note(side: ProtocolKey, request: number): void {
    const slot = this.#slotOf(request);
    const before = this.#slots[slot]!;
    const own = BIT[side];
    this.#standing = before === 0 ? "fresh" : (before & own) === 0 ? "repeated" : "known";
    this.#slots[slot] = before | own;
  }

  noteWarmUp(request: number): void {
    // Where each request is a question of its own, a measured one has none of the warm-up's.
    if (this.#questions.count !== null) this.#slots[this.#slotOf(request)] = BOTH;
    this.#standing = "known";
  }

  #slotOf(request: number): number {
    const question = this.#questions.of(request);
    const { length } = this.#slots;
    return question < length ? question : question % length;
  }
}
