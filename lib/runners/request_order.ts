import { keyOf, mix32 } from "../draws.ts";
import type { Extent } from "../plan/extent.ts";
import { type ProtocolKey, PROTOCOLS } from "../clients/protocol.ts";
import { looksAt, type Sampling } from "../plan/sampling.ts";
import type { TestPlan } from "../plan/test_plan.ts";

/** Keeps the orders apart from what the requests hold, which is drawn from the same seed. */
const PURPOSE_OFFSET = 0x0bde4;
/** Of a run whose number of requests nobody knows beforehand. */
const FIRST_WINDOW = 1000;
/** Positions stay integers of 31 bits. */
const LARGEST_WINDOW = 2 ** 30;
/** Four make a cipher (Luby and Rackoff 1988) where the halves are large; with small ones an order shows. */
const ROUNDS = 6;

/**
 * The windows within which a run's requests change places, each by its number of requests: all of the run,
 * or of one look of a run that goes on until it is decided.
 */
function windowsOf(extent: Extent, sampling: Sampling): readonly number[] {
  return looksAt(extent, sampling).map((look) =>
    look.kind === "requests" ? look.requests : FIRST_WINDOW
  );
}

/**
 * The numbers of the requests that one side sends, by their position from 0 on: the same as the other's, in
 * an order of its own. Called with a position, it is never to be called with a lesser one again.
 */
export function requestsInOrder(
  { extent, sampling, seed }: Pick<TestPlan, "extent" | "sampling" | "seed">,
  side: ProtocolKey,
): (position: number) => number {
  const order = new RequestOrder(windowsOf(extent, sampling), seed, PROTOCOLS.indexOf(side));
  return (position) => order.numberAt(position);
}

/**
 * The order in which one side sends the requests 0, 1, 2, …: a permutation of its own within each window,
 * so that every side has sent the same requests when a window is full, and in between finds only by
 * chance what the other has just asked for. After the given windows each further one is as long as all
 * before it.
 *
 * A window is permuted by a Feistel network over the least square that holds it, walked until it is
 * within the window again (Black and Rogaway 2002): in constant memory, at any length.
 */
export class RequestOrder {
  readonly #windows: readonly number[];
  readonly #key: number;
  #index = -1;
  #start = 0;
  #size = 0;
  #rows = 0;
  #columns = 0;
  readonly #roundKeys = new Int32Array(ROUNDS);

  /** @param side 0, 1, …: which side's order. */
  constructor(windows: readonly number[], seed: number, side: number) {
    this.#windows = windows;
    this.#key = keyOf(seed, PURPOSE_OFFSET + side);
  }

  /** @param position From 0 on, and never less than the one before: windows are not gone back to. */
  numberAt(position: number): number {
    while (position - this.#start >= this.#size) this.#enterNext();
    const size = this.#size;
    let offset = position - this.#start;
    do offset = this.#permute(offset); while (offset >= size);
    return this.#start + offset;
  }

  #enterNext(): void {
    this.#index++;
    this.#start += this.#size;
    this.#size = Math.min(this.#windows[this.#index] ?? this.#start, LARGEST_WINDOW);
    this.#columns = Math.ceil(Math.sqrt(this.#size));
    this.#rows = Math.ceil(this.#size / this.#columns);
    for (let round = 0; round < ROUNDS; round++) {
      const count = this.#index * ROUNDS + round + 1;
      this.#roundKeys[round] = mix32(this.#key ^ Math.imul(count, 0x9e3779b1));
    }
  }

  #permute(offset: number): number {
    const rows = this.#rows;
    const columns = this.#columns;
    const keys = this.#roundKeys;
    let row = Math.trunc(offset / columns);
    let column = offset - row * columns;
    for (let round = 0; round < ROUNDS; round += 2) {
      row = wrapped(row + scattered(column ^ keys[round]!, rows), rows);
      column = wrapped(column + scattered(row ^ keys[round + 1]!, columns), columns);
    }
    return row * columns + column;
  }
}

/** An integer from 0 to `below` − 1, `below` being at most 2^15. */
function scattered(bits: number, below: number): number {
  return Math.imul(mix32(bits) >>> 16, below) >>> 16;
}

/** Less by `below` where it is not below that: without a branch that could not be foretold. */
function wrapped(value: number, below: number): number {
  const rest = value - below;
  return rest + (below & (rest >> 31));
}
