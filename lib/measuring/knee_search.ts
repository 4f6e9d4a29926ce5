import {
  type HoldGoal,
  type HoldOutcome,
  type HoldVerdict,
  judgeHold,
  type Limit,
} from "./knee_hold.ts";

/** One rate that was put on a server, once. */
export interface KneeStep {
  /** Requests per second. */
  readonly perSecond: number;
  readonly outcome: HoldOutcome;
  readonly verdict: HoldVerdict;
}

/** A rate with how often it was held and missed. */
export interface TriedRate {
  readonly perSecond: number;
  readonly held: number;
  readonly missed: number;
}

/**
 * Where the knee lies, as far as the holds are sure and agree: `low` was held, and so was every lower
 * rate; `high` was missed, and so was every higher one. `null` where there is no such rate. Where the p99
 * is what limits, the range is wider by a step at each end.
 */
export interface KneeRange {
  readonly low: number | null;
  readonly high: number | null;
}

/**
 * The highest rate that a server holds:
 * - `found`: between a rate that it holds and one, shortly above, that it does not
 * - `above`: it held the highest rate that was tried
 * - `below`: it held not even the lowest
 * - `slow`: it answers so few that no rate could be told within a search
 * - `untried`: the search ended before it could tell of any
 *
 * `steps` are in the order in which they were tried.
 */
export type Knee =
  & { readonly steps: readonly KneeStep[] }
  & (
    | {
      readonly kind: "found";
      readonly held: TriedRate;
      readonly missed: TriedRate;
      readonly limit: Limit;
      readonly range: KneeRange;
    }
    | { readonly kind: "above"; readonly held: TriedRate }
    | { readonly kind: "below"; readonly missed: TriedRate; readonly limit: Limit }
    | { readonly kind: "slow" | "untried" }
  );

/** How near to each other a held and a missed rate are in the end, as a ratio. */
const PRECISION = 1.06;
/** A step that should bring the one bound a little beyond the knee, given the other. */
const FIRST_STRIDE = 1.06;
const STRIDE_GROWTH = 1.6;
/** A p99 that is so many times its limit is not just beyond the knee. */
const FAR_BEYOND = 2;
/** A start this much below what a server was seen to answer is likely held. */
const START_SHARE = 0.97;
/** What a hold that is sure counts, beside one that is not. */
const SURE_VOTES = 2;
/** A rate is held longer when it is tried again, so that this counts more. */
const REPEATED_VOTES = 1;
/** By which one has to lead on the two rates that the answer rests on. */
const NEEDED_VOTES = 4;
/** Holds of a rate that do not agree by then are taken for a miss: it is at the knee itself. */
const MOST_HOLDS = 4;
const MOST_TIMES_ANSWERED = 4;
/** Lower ones take too long to be told within a search. */
export const LEAST_PER_SECOND = 30;
const MOST_STEPS = 24;

interface Rate {
  readonly perSecond: number;
  readonly steps: KneeStep[];
}

/**
 * Looks for the knee between a rate that is held and one that is missed: from near what the server was
 * seen to answer it goes up or down, in growing strides, halves what lies between, and tries both rates
 * again in the end.
 */
export class KneeSearch {
  readonly #rates: Rate[] = [];
  readonly #steps: KneeStep[] = [];

  /** @param answeredPerSecond What the server was seen to answer while it had always enough to do. */
  constructor(readonly goal: HoldGoal, readonly answeredPerSecond: number) {}

  /** The rate to be tried next; `null` when the search is over. */
  get next(): number | null {
    if (this.#steps.length >= MOST_STEPS || this.#isSilent() || this.#isSlow()) return null;
    const [low, high] = this.#bracket();
    if (low === null && high === null) {
      const open = this.#rates[0];
      return open?.perSecond ?? Math.max(LEAST_PER_SECOND, this.answeredPerSecond * START_SHARE);
    }
    const open = this.#openWithin(low?.perSecond ?? 0, high?.perSecond ?? Infinity);
    if (open !== undefined) return open.perSecond;
    if (high === null) return this.#above(low!);
    if (low === null) return this.#below(high);
    const { perSecond: held } = low;
    const { perSecond: missed } = high;
    // Rates are compared as ratios, so the middle is the geometric one.
    if (missed / held > PRECISION * (1 + 1e-9)) return this.#between(low, high);
    const [fewer] = [low, high].filter((rate) => !isSettled(rate))
      .sort((a, b) => a.steps.length - b.steps.length);
    return fewer?.perSecond ?? null;
  }

  isTried(perSecond: number): boolean {
    return this.#rates.some((rate) => rate.perSecond === perSecond);
  }

  tell(perSecond: number, outcome: HoldOutcome): KneeStep {
    const step = { perSecond, outcome, verdict: judgeHold(outcome, this.goal) };
    this.#steps.push(step);
    const known = this.#rates.find((rate) => rate.perSecond === perSecond);
    if (known === undefined) this.#rates.push({ perSecond, steps: [step] });
    else known.steps.push(step);
    return step;
  }

  knee(): Knee {
    const [low, high] = this.#bracket();
    const steps = this.#steps;
    if (low !== null && high !== null) {
      const limit = limitOf(high);
      const range = rangeOf(steps, limit);
      return { kind: "found", held: tried(low), missed: tried(high), limit, range, steps };
    }
    if (low !== null) return { kind: "above", held: tried(low), steps };
    if (high !== null) return { kind: "below", missed: tried(high), limit: limitOf(high), steps };
    return { kind: this.#isSlow() ? "slow" : "untried", steps };
  }

  #isSlow(): boolean {
    return this.answeredPerSecond > 0 && this.answeredPerSecond < LEAST_PER_SECOND;
  }

  /** To go on asking a server that answers nothing at all only takes time. */
  #isSilent(): boolean {
    return this.#steps.at(-1)?.outcome.silent ?? this.answeredPerSecond === 0;
  }

  /** The lowest rate that is missed, and the highest below it that is held. */
  #bracket(): readonly [low: Rate | null, high: Rate | null] {
    const ascending = [...this.#rates].sort((a, b) => a.perSecond - b.perSecond);
    const high = ascending.find((rate) => standingOf(rate) === "missed") ?? null;
    const below = ascending.filter(({ perSecond }) => perSecond < (high?.perSecond ?? Infinity));
    return [below.findLast((rate) => standingOf(rate) === "held") ?? null, high];
  }

  #openWithin(low: number, high: number): Rate | undefined {
    return this.#rates.find((rate) =>
      rate.perSecond > low && rate.perSecond < high && standingOf(rate) === "open"
    );
  }

  /** Grows with the number of rates that went the same way. */
  #stride(standing: "held" | "missed"): number {
    const same = this.#rates.filter((rate) => standingOf(rate) === standing);
    const p99Ms = standing === "missed" ? this.#steps.at(-1)?.outcome.p99Ms ?? 0 : 0;
    const far = p99Ms > FAR_BEYOND * this.goal.p99LimitMs ? 1 : 0;
    return FIRST_STRIDE ** (STRIDE_GROWTH ** (same.length - 1 + far));
  }

  /** More than was ever seen to be answered, by far, is not to be held. */
  #above(low: Rate): number | null {
    const most = this.answeredPerSecond * MOST_TIMES_ANSWERED;
    if (low.perSecond >= most) return null;
    return Math.min(most, low.perSecond * this.#stride("held"));
  }

  /** What a growing queue left answered is the capacity; of a p99 alone nobody knows how far down it is. */
  #below(high: Rate): number | null {
    // The first rate is less than what was answered: that its queue grew is to be seen twice.
    const doubted = this.#rates.length === 1 && high.steps.length === 1;
    if (doubted && limitOf(high) === "queue") return high.perSecond;
    const answered = answeredUnder(high);
    const stride = this.#stride("missed");
    const next = Math.min(high.perSecond / stride, (answered ?? Infinity) * START_SHARE);
    if (next >= LEAST_PER_SECOND) return next;
    return high.perSecond > LEAST_PER_SECOND ? LEAST_PER_SECOND : null;
  }

  #between(low: Rate, high: Rate): number {
    const middle = Math.sqrt(low.perSecond * high.perSecond);
    const answered = answeredUnder(high);
    if (answered === null) return middle;
    const near = answered * START_SHARE;
    const isInside = near > low.perSecond * FIRST_STRIDE && near < high.perSecond / 1.02;
    return isInside ? near : middle;
  }
}

/** What a server answered of a rate that was too much for it; `null` where its queue did not grow. */
function answeredUnder({ perSecond, steps }: Rate): number | null {
  const shares = steps.flatMap(({ verdict, outcome: { growth } }) =>
    verdict.kind === "missed" && verdict.by === "queue" && growth !== null ? [growth.share] : []
  );
  if (shares.length === 0) return null;
  return perSecond * (1 - shares.reduce((sum, share) => sum + share, 0) / shares.length);
}

function standingOf({ steps }: Rate): "held" | "missed" | "open" {
  const lead = leadOf(steps);
  if (lead > 0) return "held";
  return lead < 0 || steps.length >= MOST_HOLDS ? "missed" : "open";
}

/** Whether a rate was tried as often as there is need. */
function isSettled({ steps }: Rate): boolean {
  return Math.abs(leadOf(steps)) >= NEEDED_VOTES || steps.length >= MOST_HOLDS;
}

/** By how many votes the holds of a rate speak for it. */
function leadOf(steps: readonly KneeStep[]): number {
  return steps.reduce((sum, { verdict: { kind, sure } }, index) => {
    const votes = (sure ? SURE_VOTES : 1) + (index > 0 ? REPEATED_VOTES : 0);
    return kind === "held" ? sum + votes : sum - votes;
  }, 0);
}

function tried({ perSecond, steps }: Rate): TriedRate {
  return { perSecond, held: countOf(steps, "held"), missed: countOf(steps, "missed") };
}

function countOf(steps: readonly KneeStep[], kind: HoldVerdict["kind"]): number {
  return steps.filter(({ verdict }) => verdict.kind === kind).length;
}

/** What most of the holds were missed by. */
function limitOf({ steps }: Rate): Limit {
  const reasons = steps.flatMap(({ verdict }) => verdict.kind === "missed" ? [verdict.by] : []);
  const often = (limit: Limit) => reasons.filter((it) => it === limit).length;
  return reasons.toSorted((a, b) => often(b) - often(a))[0] ?? "p99";
}

/** A p99 differs between holds of a few seconds, and more than a queue does that grows or not. */
function rangeOf(steps: readonly KneeStep[], limit: Limit): KneeRange {
  const room = limit === "p99" ? PRECISION : 1;
  const rates = (kind: HoldVerdict["kind"], certain: boolean) =>
    steps.filter(({ verdict }) => verdict.kind === kind && (verdict.sure || !certain))
      .map(({ perSecond }) => perSecond);
  const lowestMissed = Math.min(...rates("missed", false));
  const highestHeld = Math.max(...rates("held", false));
  const low = Math.max(...rates("held", true).filter((rate) => rate < lowestMissed));
  const high = Math.min(...rates("missed", true).filter((rate) => rate > highestHeld));
  return {
    low: Number.isFinite(low) ? low / room : null,
    high: Number.isFinite(high) ? high * room : null,
  };
}
