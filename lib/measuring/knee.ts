import type { KneeGoal } from "../plan/knee_goal.ts";
import type { Clock } from "../clock.ts";
import type { HoldOutcome } from "./knee_hold.ts";
import { type Knee, KneeSearch, LEAST_PER_SECOND } from "./knee_search.ts";
import { type ByContender, CONTENDERS } from "../plan/contender.ts";

/** What a server answered while so many requests were always in flight. */
export interface Saturation {
  readonly answeredPerSecond: number;
  /** The mean response time. */
  readonly responseMs: number;
}

/** Puts load on one server; each resolves to `null` where that was interrupted. */
export interface KneeSide {
  /** Keeps so many in flight for a moment. Nothing is answered: the rate is 0. */
  saturate(concurrency: number): Promise<Saturation | null>;
  /** Sends so many requests a second for so long, and waits until the server has none left. */
  hold(perSecond: number, durationMs: number): Promise<HoldOutcome | null>;
}

export type Knees = ByContender<Knee>;

export interface KneeSearchOptions {
  readonly goal: KneeGoal;
  readonly clock: Clock;
}

/** For both sides together, so that an answer comes within a minute. */
const BUDGET_MS = 48_000;
const LEAST_HOLD_MS = 2000;
const REPEATED_HOLD_MS = 5000;
/** From so many on a p99 has an upper bound, if none of them is beyond it. */
const LEAST_REQUESTS = 400;
/** Of the slowest server's answers, so that a queue shows that grows behind them. */
const LEAST_RESPONSES_LONG = 8;
const LONGEST_HOLD_MS = LEAST_REQUESTS / LEAST_PER_SECOND * 1000;
/** In flight, one after the other, until more of them brings little. */
const CONCURRENCY_FACTOR = 4;
const LEAST_GAIN = 1.25;

/**
 * Looks for both knees, one hold after the other on each side in turn, so that a drifting machine weighs
 * on both. An interrupt, or the end of the time, ends it with what is known by then.
 */
export async function findKnees(
  options: KneeSearchOptions,
  sides: ByContender<KneeSide>,
): Promise<Knees> {
  const { clock } = options;
  const endMs = clock() + BUDGET_MS;
  const hunts = { rest: new Hunt(options, sides.rest), grpc: new Hunt(options, sides.grpc) };
  for (let going = true; going;) {
    going = false;
    for (const protocol of CONTENDERS) {
      const hunt = hunts[protocol];
      const next = hunt.nextMs;
      if (next === null || clock() + next > endMs) continue;
      if (!await hunt.advance()) return kneesOf(hunts);
      going = true;
    }
  }
  return kneesOf(hunts);
}

function kneesOf({ rest, grpc }: ByContender<Hunt>): Knees {
  return { rest: rest.knee(), grpc: grpc.knee() };
}

/** The search on one side, on its way. */
class Hunt {
  readonly #options: KneeSearchOptions;
  readonly #side: KneeSide;
  #search: KneeSearch | null = null;
  #responseMs = 0;

  constructor(options: KneeSearchOptions, side: KneeSide) {
    this.#options = options;
    this.#side = side;
  }

  /** How long the next step takes, as far as that can be said; `null` when none is left. */
  get nextMs(): number | null {
    if (this.#search === null) return 0;
    const { next } = this.#search;
    return next === null ? null : this.#lengthOf(next);
  }

  /** @returns Whether it may go on: it was not interrupted. */
  async advance(): Promise<boolean> {
    if (this.#search === null) return await this.#begin();
    const perSecond = this.#search.next!;
    const outcome = await this.#side.hold(perSecond, this.#lengthOf(perSecond));
    if (outcome === null) return false;
    this.#search.tell(perSecond, outcome);
    return true;
  }

  knee(): Knee {
    return this.#search?.knee() ?? { kind: "untried", steps: [] };
  }

  /** What a server answers that has always enough to do is where the knee is at most. */
  async #begin(): Promise<boolean> {
    const { p99LimitMs, concurrency: most } = this.#options.goal;
    let best = 0;
    let moreInFlightHelps = false;
    for (let concurrency = 1;; concurrency = Math.min(most, concurrency * CONCURRENCY_FACTOR)) {
      const seen = await this.#side.saturate(concurrency);
      if (seen === null) return false;
      if (concurrency === 1) this.#responseMs = seen.responseMs;
      // What answered before and no longer does is not to be waited for again.
      if (seen.answeredPerSecond === 0) best = 0;
      const gain = seen.answeredPerSecond / best;
      best = Math.max(best, seen.answeredPerSecond);
      moreInFlightHelps = gain > LEAST_GAIN;
      if (concurrency === most || !moreInFlightHelps) break;
    }
    this.#search = new KneeSearch({ p99LimitMs, moreInFlightHelps }, best);
    return true;
  }

  /** A rate that is tried again is near the knee, where a queue takes longer to show what becomes of it. */
  #lengthOf(perSecond: number): number {
    const wanted = Math.max(
      this.#search!.isTried(perSecond) ? REPEATED_HOLD_MS : LEAST_HOLD_MS,
      LEAST_REQUESTS / perSecond * 1000,
      LEAST_RESPONSES_LONG * this.#responseMs,
    );
    return Math.min(wanted, LONGEST_HOLD_MS);
  }
}
