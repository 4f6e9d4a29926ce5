import type { UserIdRange } from "../ids.ts";
import type { ProtocolKey } from "../clients/protocol.ts";

/**
 * What was asked before of a user id that a side is about to ask for:
 * - `fresh`: nobody has asked for it
 * - `repeated`: only the other side has
 * - `known`: this side has itself, or the warm-up; a cache of one side alone would know it as well
 */
export type Standing = "fresh" | "repeated" | "known";

const BIT: Readonly<Record<ProtocolKey, number>> = { rest: 1, grpc: 2 };
const BOTH = 3;

/** Beyond this many ids some share a slot, and count as asked for when one of them was: 1 MB in all. */
const MOST_SLOTS = 2 ** 20;

/** Keeps which side has asked for which user id in a run, in memory that does not grow with its length. */
export class AskedIds {
  readonly #slots: Uint8Array;
  readonly #min: number;
  #standing: Standing = "known";

  constructor({ min, max }: UserIdRange) {
    this.#min = min;
    this.#slots = new Uint8Array(Math.min(max - min + 1, MOST_SLOTS));
  }

  /** Of the id that was noted last, when it was. */
  get standing(): Standing {
    return this.#standing;
  }

  note(side: ProtocolKey, userId: number): void {
    const slot = this.#slotOf(userId);
    const before = this.#slots[slot]!;
    const own = BIT[side];
    this.#standing = before === 0 ? "fresh" : (before & own) === 0 ? "repeated" : "known";
    this.#slots[slot] = before | own;
  }

  noteWarmUp(userId: number): void {
    this.#slots[this.#slotOf(userId)] = BOTH;
    this.#standing = "known";
  }

  #slotOf(userId: number): number {
    const offset = userId - this.#min;
    const { length } = this.#slots;
    return offset < length ? offset : offset % length;
  }
}
