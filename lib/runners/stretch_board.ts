import type { ProtocolKey } from "../clients/protocol.ts";
import { type LeadIn, leadIn, NO_LEAD_IN } from "./backlog.ts";

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
    this.#rows[TAIL_OUTSTANDING] = this.end?.outstanding ?? 0;
    this.#rows[TAIL_LAST_RESPONSE] = this.#rows[LAST_RESPONSE]!;
    this.#rows[TAIL_LEAST_RESPONSE] = this.#leastResponseMs;
    this.#rows[LAST_RESPONSE] = 0;
    for (let row = FIRST_ROW; row < this.#rows.length; row += ROW) this.#rows[row + DRAWN] = 0;
    Atomics.store(this.#end, DECIDED, 0);
  }

  /** What makes the state again in which the stretch before this one ended. */
  leadIn(ratePerMs: number): LeadIn {
    const outstanding = this.#rows[TAIL_OUTSTANDING]!;
    if (outstanding === 0) return NO_LEAD_IN;
    return leadIn({
      outstanding,
      lastResponseMs: this.#rows[TAIL_LAST_RESPONSE]!,
      leastResponseMs: this.#rows[TAIL_LEAST_RESPONSE]!,
    }, ratePerMs);
  }

  /**
   * @param responseMs From when the request was due.
   * @param answered Whether the server did what it was asked: a refusal may be quicker than any answer.
   */
  countEnded(thread: number, responseMs: number, answered: boolean): void {
    const row = FIRST_ROW + thread * ROW;
    const least = this.#rows[row + LEAST_RESPONSE]!;
    if (answered) {
      this.#rows[row + LEAST_RESPONSE] = least === 0 ? responseMs : Math.min(least, responseMs);
    }
    this.#rows[row + ENDED]!++;
    this.#rows[row + RESPONSE_SUM]! += responseMs;
  }

  /** The number of the arrival that a thread has come to in this stretch. */
  noteDrawn(thread: number, position: number): void {
    this.#rows[FIRST_ROW + thread * ROW + DRAWN] = position;
  }

  /** The furthest of these: one that begins late may be asked when the others are ahead of it. */
  get furthestDrawn(): number {
    let furthest = 0;
    for (let row = FIRST_ROW; row < this.#rows.length; row += ROW) {
      furthest = Math.max(furthest, this.#rows[row + DRAWN]!);
    }
    return furthest;
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
const LAST_RESPONSE = 1;
/** How the stretch before this one ended. */
const TAIL_OUTSTANDING = 2;
const TAIL_LAST_RESPONSE = 3;
const TAIL_LEAST_RESPONSE = 4;
const FIRST_ROW = 5;

const ROW = 5;
const ENDED = 0;
const RESPONSE_SUM = 1;
const LEAST_RESPONSE = 2;
const CARRIED_IN_FLIGHT = 3;
const DRAWN = 4;

/** The memory of a board for each protocol, which threads can be given. */
export type SharedBoards = Readonly<Record<ProtocolKey, SharedArrayBuffer>>;

export function sharedBoards(threads: number): SharedBoards {
  return { rest: StretchBoard.memoryFor(threads), grpc: StretchBoard.memoryFor(threads) };
}
