import type { ProtocolKey } from "../clients/protocol.ts";
import { queueLength } from "./backlog.ts";

/** How a stretch ends, as whoever shares it agrees on. */
export interface StretchEnd {
  /** The number of its last arrival. */
  readonly position: number;
  /** Requests that were due and had not ended when that was decided. */
  readonly outstanding: number;
  /** Whether that was no more than usual. */
  readonly caughtUp: boolean;
}

/**
 * What the threads that share an open load write down for each other: how many requests have ended, and
 * when the stretch does. Each thread has a row of its own; one of them, the first, decides on the end.
 */
export class StretchBoard {
  /** The end as it was decided. */
  readonly #end: Int32Array<SharedArrayBuffer>;
  readonly #rows: Float64Array<SharedArrayBuffer>;

  /** @param memory From `memoryFor`, shared by all threads of one protocol's load. */
  constructor(readonly memory: SharedArrayBuffer) {
    this.#end = new Int32Array(memory, 0, HEAD_BYTES / 4);
    this.#rows = new Float64Array(memory, HEAD_BYTES);
  }

  static memoryFor(threads: number): SharedArrayBuffer {
    return new SharedArrayBuffer(HEAD_BYTES + 8 * (FIRST_ROW + threads * ROW));
  }

  /** Begins a stretch where the one before it ended; nothing may be in flight. */
  begin(): void {
    this.#rows[ENDED_BEFORE] = this.#sum(ENDED);
    this.#rows[CARRIED] = this.end === null ? 0 : queueLength({
      outstanding: this.end.outstanding,
      lastResponseMs: this.#rows[LAST_RESPONSE]!,
      leastResponseMs: this.#leastResponseMs,
    });
    this.#rows[LAST_RESPONSE] = 0;
    Atomics.store(this.#end, DECIDED, 0);
  }

  /** As many requests queued when the stretch before this one ended. */
  get carried(): number {
    return this.#rows[CARRIED]!;
  }

  /** @param responseMs From when the request was due. */
  countEnded(thread: number, responseMs: number): void {
    const row = FIRST_ROW + thread * ROW;
    const least = this.#rows[row + LEAST_RESPONSE]!;
    const isFirst = this.#rows[row + ENDED] === 0;
    this.#rows[row + LEAST_RESPONSE] = isFirst ? responseMs : Math.min(least, responseMs);
    this.#rows[row + ENDED]!++;
    this.#rows[row + RESPONSE_SUM]! += responseMs;
  }

  /** One of those that only make a queue again is sent, or has ended. */
  countCarried(thread: number, change: 1 | -1): void {
    this.#rows[FIRST_ROW + thread * ROW + CARRIED_IN_FLIGHT]! += change;
  }

  /** The last arrival of the stretch has had its answer. */
  countLast(responseMs: number): void {
    this.#rows[LAST_RESPONSE] = responseMs;
  }

  /** How many requests of this stretch have not ended, if so many were due. */
  outstandingOf(due: number): number {
    const ended = this.#sum(ENDED) - this.#rows[ENDED_BEFORE]!;
    return Math.max(0, due - ended) + this.#sum(CARRIED_IN_FLIGHT);
  }

  /** Over all stretches so far; 0 where nothing has ended. */
  get meanResponseMs(): number {
    const ended = this.#sum(ENDED);
    return ended === 0 ? 0 : this.#sum(RESPONSE_SUM) / ended;
  }

  /** Over all stretches so far; 0 where a thread has had no answer yet. */
  get #leastResponseMs(): number {
    let least = Infinity;
    for (let row = FIRST_ROW; row < this.#rows.length; row += ROW) {
      least = Math.min(least, this.#rows[row + LEAST_RESPONSE]!);
    }
    return least;
  }

  /** `null` while it is not decided. */
  get end(): StretchEnd | null {
    if (Atomics.load(this.#end, DECIDED) === 0) return null;
    const at = (index: number) => Atomics.load(this.#end, index);
    return {
      position: at(POSITION),
      outstanding: at(OUTSTANDING),
      caughtUp: at(CAUGHT_UP) === 1,
    };
  }

  decide({ position, outstanding, caughtUp }: StretchEnd): void {
    Atomics.store(this.#end, POSITION, position);
    Atomics.store(this.#end, OUTSTANDING, outstanding);
    Atomics.store(this.#end, CAUGHT_UP, Number(caughtUp));
    Atomics.store(this.#end, DECIDED, 1);
  }

  #sum(column: number): number {
    let sum = 0;
    for (let row = FIRST_ROW; row < this.#rows.length; row += ROW) sum += this.#rows[row + column]!;
    return sum;
  }
}

const HEAD_BYTES = 16;
const DECIDED = 0;
const POSITION = 1;
const OUTSTANDING = 2;
const CAUGHT_UP = 3;

const ENDED_BEFORE = 0;
const CARRIED = 1;
const LAST_RESPONSE = 2;
const FIRST_ROW = 3;

const ROW = 4;
const ENDED = 0;
const RESPONSE_SUM = 1;
const LEAST_RESPONSE = 2;
const CARRIED_IN_FLIGHT = 3;

/** The memory of a board for each protocol, which threads can be given. */
export type SharedBoards = Readonly<Record<ProtocolKey, SharedArrayBuffer>>;

export function sharedBoards(threads: number): SharedBoards {
  return { rest: StretchBoard.memoryFor(threads), grpc: StretchBoard.memoryFor(threads) };
}
