import type { Growth } from "../stats/judge/outstanding_curve.ts";
import type { PercentileInterval } from "../stats/judge/percentile_interval.ts";

/** What a server did while a rate was put on it. */
export interface HoldOutcome {
  /** How long requests were due. */
  readonly durationMs: number;
  /** Requests that were due. */
  readonly due: number;
  /** Of those that were due, what neither failed nor was never sent. */
  readonly successes: number;
  /** Of those that were due, what was never sent. */
  readonly unsent: number;
  /** Of the settled ones, from when they were due; `null` without a success. */
  readonly p99Ms: number | null;
  readonly p99Interval: PercentileInterval | null;
  /** `null` where the answers took so long that it cannot be told. */
  readonly growth: Growth | null;
  /** Requests that waited for a place in flight. */
  readonly queued: number;
  /** Whether it was broken off, since for as long as a request may take nothing was answered. */
  readonly silent: boolean;
}

/**
 * Why a rate was not held:
 * - `failures`: too many requests failed, or were never sent
 * - `queue`: fewer were answered than were due, so that ever more were in line
 * - `in-flight`: the same, but more in flight at once would have been answered faster
 * - `p99`: answers took too long
 */
export type Limit = "failures" | "queue" | "in-flight" | "p99";

/** Whether a rate was held. Not `sure`: it was not tried long enough to tell, and looks like it. */
export type HoldVerdict =
  | { readonly kind: "held"; readonly sure: boolean }
  | { readonly kind: "missed"; readonly by: Limit; readonly sure: boolean };

/** Each end of the p99's interval is passed in one hold of twenty. */
export const P99_CONFIDENCE = 0.9;
/** A hold begins with an empty server: until a queue has had time to form, answers are too quick to count. */
const SETTLING_SHARE = 0.25;

/** Whether a request was due late enough in a hold for its response time to count. */
export function isSettled(dueMs: number, durationMs: number): boolean {
  return dueMs >= durationMs * SETTLING_SHARE;
}

const LEAST_SUCCESS_RATE = 0.99;
/** Answers that fall behind by less than this share are within what a clock and a start may do. */
const TOLERATED_GROWTH = 0.015;
/** A slope of so many standard errors is no accident. */
const SURE_ERRORS = 3;
/** A queue is known to be level where a growth that matters is so many standard errors away. */
const LEVEL_ERRORS = 2;
/** So many waiting for a place in flight are no accident either. */
const QUEUED_SHARE = 0.1;
/** Above this a queue that may well grow is not called level, sure or not. */
const DOUBTFUL_GROWTH = 0.04;

/** What a hold is judged by. */
export interface HoldGoal {
  readonly p99LimitMs: number;
  /** Whether the server was seen to answer the more, the more there was in flight. */
  readonly moreInFlightHelps: boolean;
}

/** A rate is held where the queue does not grow, next to nothing fails, and the p99 is known to be within its limit. */
export function judgeHold(
  { due, successes, p99Ms, p99Interval, growth, queued, silent }: HoldOutcome,
  { p99LimitMs, moreInFlightHelps }: HoldGoal,
): HoldVerdict {
  if (silent || successes < due * LEAST_SUCCESS_RATE) return missed("failures", true);
  const inFlight = moreInFlightHelps && queued > due * QUEUED_SHARE;
  const behind = growth?.share ?? 0;
  if (growth !== null && behind > TOLERATED_GROWTH) {
    const sure = behind > SURE_ERRORS * growth.standardError;
    if (sure || behind > DOUBTFUL_GROWTH) return missed(inFlight ? "in-flight" : "queue", sure);
  }
  const high = p99Interval?.high ?? null;
  if (p99Ms !== null && p99Interval !== null && p99Ms <= p99LimitMs) {
    const isLevel = growth !== null &&
      behind + LEVEL_ERRORS * growth.standardError <= DOUBTFUL_GROWTH;
    return { kind: "held", sure: isLevel && high !== null && high <= p99LimitMs };
  }
  const sure = p99Interval === null || p99Interval.low > p99LimitMs;
  return missed(inFlight ? "in-flight" : "p99", sure);
}

function missed(by: Limit, sure: boolean): HoldVerdict {
  return { kind: "missed", by, sure };
}
