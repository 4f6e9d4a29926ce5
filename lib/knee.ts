import type { ProtocolKey } from "./protocols/protocol.ts";

/** What a server did at one rate. */
export interface RateOutcome {
  /** `null` without a success. */
  readonly p99Ms: number | null;
  /** Of the requests that were sent, 0 to 1. */
  readonly successRate: number;
  /** Of those that were to be sent, 0 to 1. */
  readonly unsentShare: number;
}

/** Puts a rate on a server for as long as it takes to tell; `null` where that was interrupted. */
export type Hold = (perSecond: number) => Promise<RateOutcome | null>;

/** What is looked for, and from where. */
export interface KneeGoal {
  readonly p99LimitMs: number;
  /** The first rate to be tried. */
  readonly startPerSecond: number;
}

export interface KneeStep {
  readonly perSecond: number;
  readonly outcome: RateOutcome;
  readonly held: boolean;
}

/**
 * The highest rate that a server holds:
 * - `found`: it holds one rate, and no longer another one shortly above
 * - `above`: it held the highest rate that was tried
 * - `below`: it held not even the lowest
 * - `untried`: the search was interrupted before it could tell of any
 *
 * `steps` are in the order in which they were tried.
 */
export type Knee =
  | {
    readonly kind: "found";
    readonly heldPerSecond: number;
    readonly missedPerSecond: number;
    readonly steps: readonly KneeStep[];
  }
  | { readonly kind: "above"; readonly heldPerSecond: number; readonly steps: readonly KneeStep[] }
  | {
    readonly kind: "below";
    readonly missedPerSecond: number;
    readonly steps: readonly KneeStep[];
  }
  | { readonly kind: "untried" };

/** From one rate to the next, until one is held and one missed. */
const STRIDE = 2;
/** How near to each other those two are in the end. */
const PRECISION = 1.05;
/** A factor of more than a thousand from the first rate. */
const MOST_STRIDES = 11;
/** At lower rates nobody would wait for a p99. */
const LEAST_PER_SECOND = 1;
const LEAST_SUCCESS_RATE = 0.99;
const MOST_UNSENT = 0.01;

/**
 * Looks for both knees, one rate after the other on each side in turn, so that a drifting machine
 * weighs on both. At most 15 rates on each side; an interrupt ends it with what is known by then.
 */
export async function findKnees(
  goal: KneeGoal,
  holds: Readonly<Record<ProtocolKey, Hold>>,
): Promise<Readonly<Record<ProtocolKey, Knee>>> {
  const searches = { rest: new KneeSearch(goal), grpc: new KneeSearch(goal) };
  let going = true;
  while (going && (searches.rest.next !== null || searches.grpc.next !== null)) {
    going = await advance(searches.rest, holds.rest) && await advance(searches.grpc, holds.grpc);
  }
  return { rest: searches.rest.knee(), grpc: searches.grpc.knee() };
}

/** @returns Whether the search may go on: it was not interrupted. */
async function advance(search: KneeSearch, hold: Hold): Promise<boolean> {
  const { next } = search;
  if (next === null) return true;
  const outcome = await hold(next);
  if (outcome === null) return false;
  search.tell(next, outcome);
  return true;
}

/** Whether a server kept up with a rate. What was not sent counts as much as what failed. */
function isHeld({ p99Ms, successRate, unsentShare }: RateOutcome, p99LimitMs: number): boolean {
  return p99Ms !== null && p99Ms <= p99LimitMs &&
    successRate >= LEAST_SUCCESS_RATE && unsentShare <= MOST_UNSENT;
}

/** Strides up while rates are held, down while none is, and then halves what lies between. */
class KneeSearch {
  readonly #goal: KneeGoal;
  readonly #steps: KneeStep[] = [];
  #held: number | null = null;
  #missed: number | null = null;

  constructor(goal: KneeGoal) {
    this.#goal = goal;
  }

  /** The rate to be tried next; `null` when the search is over. */
  get next(): number | null {
    if (this.#isSilent) return null;
    const [held, missed] = [this.#held, this.#missed];
    // Rates are compared as ratios, so the middle is the geometric one.
    if (held !== null && missed !== null) {
      return missed / held <= PRECISION ? null : Math.sqrt(held * missed);
    }
    if (this.#steps.length >= MOST_STRIDES) return null;
    if (held !== null) return held * STRIDE;
    if (missed !== null) return missed / STRIDE < LEAST_PER_SECOND ? null : missed / STRIDE;
    return this.#goal.startPerSecond;
  }

  /** A server that answered nothing at two rates, the lower one included, would take a timeout for each other one. */
  get #isSilent(): boolean {
    const [before, last] = this.#steps.slice(-2);
    return last !== undefined && before?.outcome.successRate === 0 &&
      last.outcome.successRate === 0;
  }

  tell(perSecond: number, outcome: RateOutcome): void {
    const held = isHeld(outcome, this.#goal.p99LimitMs);
    this.#steps.push({ perSecond, outcome, held });
    if (held) this.#held = perSecond;
    else this.#missed = perSecond;
  }

  knee(): Knee {
    const [heldPerSecond, missedPerSecond, steps] = [this.#held, this.#missed, this.#steps];
    if (heldPerSecond !== null && missedPerSecond !== null) {
      return { kind: "found", heldPerSecond, missedPerSecond, steps };
    }
    if (heldPerSecond !== null) return { kind: "above", heldPerSecond, steps };
    if (missedPerSecond !== null) return { kind: "below", missedPerSecond, steps };
    return { kind: "untried" };
  }
}
