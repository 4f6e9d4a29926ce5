import { type AnswerShape, isLike, shapeOf } from "./answer_shape.ts";
import { contentOf } from "./answer_content.ts";

/** Answers of one shape. */
export interface AnswerKind {
  readonly shape: AnswerShape;
  readonly count: number;
}

/** Shapes that are told apart; of more, a server's answers are of no shape at all. */
const MOST_KINDS = 8;
/** Up to this size, what was seen of one answer holds for the next ones of the same size. */
const SIZES = 4096;

/** What the table says of a size; from 0 on it is the number of the kind that came in that size. */
const UNKNOWN_SIZE = -1;
/** Answers of several kinds have had this size, or it is beyond the table. */
const MIXED_SIZE = -2;

/**
 * To look into an answer takes far longer than to count it, so that this many bytes may be looked into at
 * first, and one in so many from then on. A look counts as no less than some bytes.
 */
const FREE_BYTES = 256 * 1024;
const BYTES_PER_LOOK_BYTE = 64;
const LEAST_LOOK_BYTES = 256;
const ONE_IN = 8;
/** An answer is looked into after half as many to as many, although its size is known. */
const MOST_UNSEEN = 4096;

/**
 * Watches what sort of answers a server gives, all through a run: a server that is overloaded, or limits the
 * rate, may go on to answer with success and an error's text. An answer whose size is known costs a look into
 * a table; answers of a new size are looked into, and now and then one of any size. What is not looked into
 * counts as what the next look finds.
 */
export class AnswerShapes {
  readonly #decode: (bytes: Uint8Array) => unknown;
  readonly #kindOfSize = new Int8Array(SIZES).fill(UNKNOWN_SIZE);
  readonly #shapes: AnswerShape[] = [];
  readonly #counts: number[] = [];
  /** Since the last look at an answer that nothing but a look could tell. */
  #unsure = 0;
  #lastLooked = 0;
  #untilLook = 1;
  #nextPause = 1;
  #lookBytes = FREE_BYTES;
  #random = 1;

  /** @param decode Throws where the bytes are no answer. */
  constructor(decode: (bytes: Uint8Array) => unknown) {
    this.#decode = decode;
  }

  /** Takes a successful answer: the bytes from `start` to `end`. */
  see(bytes: Uint8Array, start: number, end: number): void {
    const size = end - start;
    const kind = size < SIZES ? this.#kindOfSize[size]! : MIXED_SIZE;
    this.#lookBytes += size / BYTES_PER_LOOK_BYTE;
    if (kind < 0) this.#seeUnknown(kind, bytes.subarray(start, end));
    else if (--this.#untilLook > 0) this.#counts[kind]!++;
    else this.#seeAgain(kind, bytes.subarray(start, end));
  }

  /** The kinds of answers, and about how many there were of each. */
  get kinds(): AnswerKind[] {
    return this.#shapes.map((shape, kind) => ({
      shape,
      count: this.#counts[kind]! + (kind === this.#lastLooked ? this.#unsure : 0),
    }));
  }

  #seeUnknown(expected: number, bytes: Uint8Array): void {
    this.#unsure++;
    const isScarce = this.#lookBytes < FREE_BYTES / 2;
    if (isScarce && this.#canAfford(bytes) && this.#nextRandom() % ONE_IN !== 0) return;
    const kind = this.#lookInto(bytes);
    if (kind === null) return;
    this.#counts[kind]! += this.#unsure;
    this.#unsure = 0;
    this.#lastLooked = kind;
    if (expected === UNKNOWN_SIZE) this.#kindOfSize[bytes.length] = kind;
  }

  #seeAgain(expected: number, bytes: Uint8Array): void {
    this.#nextPause = Math.min(2 * this.#nextPause, MOST_UNSEEN / 2);
    this.#untilLook = this.#nextPause + this.#nextRandom() % this.#nextPause;
    const kind = this.#lookInto(bytes) ?? expected;
    this.#counts[kind]!++;
    if (kind !== expected) this.#kindOfSize[bytes.length] = MIXED_SIZE;
  }

  /** A server may answer in turns: what is looked into must not keep step with it (Park and Miller, 1988). */
  #nextRandom(): number {
    return this.#random = this.#random * 48_271 % 0x7fffffff;
  }

  #canAfford(bytes: Uint8Array): boolean {
    return costOf(bytes) <= this.#lookBytes;
  }

  /** @returns `null` where that cannot be told, or would take too long. */
  #lookInto(bytes: Uint8Array): number | null {
    if (!this.#canAfford(bytes)) return null;
    this.#lookBytes -= costOf(bytes);
    const content = contentOf(bytes, this.#decode);
    if (content.kind === "unseen") return null;
    const shape = shapeOf(content.value);
    const known = this.#shapes.findIndex((it) => isLike(it, shape) && isLike(shape, it));
    if (known >= 0) return known;
    if (this.#shapes.length === MOST_KINDS) return null;
    this.#counts.push(0);
    return this.#shapes.push(shape) - 1;
  }
}

function costOf({ length }: Uint8Array): number {
  return Math.max(length, LEAST_LOOK_BYTES);
}

/** What several clients saw together. */
export function mergeKinds(
  first: readonly AnswerKind[],
  second: readonly AnswerKind[],
): AnswerKind[] {
  const merged = [...first];
  for (const { shape, count } of second) {
    const at = merged.findIndex((it) => isLike(it.shape, shape) && isLike(shape, it.shape));
    const known = merged[at];
    if (known === undefined) merged.push({ shape, count });
    else merged[at] = { ...known, count: known.count + count };
  }
  return merged;
}
