import type { Knees } from "../measuring/knee.ts";
import type { KneeGoal } from "../plan/knee_goal.ts";
import type { Limit } from "../measuring/knee_hold.ts";
import type { Knee, KneeStep } from "../measuring/knee_search.ts";

/** What a rate was missed by, spelled as in the JSON document. */
export type LimitName = "failures" | "queue" | "in_flight" | "p99";

/** One rate that was tried, spelled as in the JSON document. Rates are requests per second. */
export interface KneeStepRecord {
  readonly rate: number;
  /** For how long requests were due, in seconds. */
  readonly duration_s: number;
  readonly p99_response_time: number | null;
  /** The p99's interval, each end passed in one hold of twenty; `null`: no bound is known. */
  readonly p99_low: number | null;
  readonly p99_high: number | null;
  /** Percent, of what was sent. */
  readonly success_rate: number;
  /** Percent, of what was to be sent. */
  readonly unsent_rate: number;
  /** Percent of what was due, by which the answers fell behind; `null`: it could not be told. */
  readonly growth_pct: number | null;
  readonly held: boolean;
  /** Whether it was tried long enough to tell. */
  readonly sure: boolean;
  /** `null` where the rate was held. */
  readonly missed_by: LimitName | null;
}

/** The highest rate that one side holds; see `Knee` for the results. */
export interface KneeSideRecord {
  readonly result: Knee["kind"];
  readonly held_rate: number | null;
  readonly missed_rate: number | null;
  /** Where the knee lies, as far as all holds agree; `null`: they do not say. */
  readonly range_low: number | null;
  readonly range_high: number | null;
  /** What the missed rate was missed by. */
  readonly limited_by: LimitName | null;
  readonly steps: readonly KneeStepRecord[];
}

export interface KneeRecord {
  /** Milliseconds. */
  readonly p99_limit: number;
  readonly rest: KneeSideRecord;
  readonly grpc: KneeSideRecord;
}

const LIMIT_NAME: Readonly<Record<Limit, LimitName>> = {
  "failures": "failures",
  "queue": "queue",
  "in-flight": "in_flight",
  "p99": "p99",
};

export function kneeRecord({ p99LimitMs }: KneeGoal, { rest, grpc }: Knees): KneeRecord {
  return { p99_limit: p99LimitMs, rest: sideRecord(rest), grpc: sideRecord(grpc) };
}

/** A result that an earlier version saved does not know what came later. */
export function upToDateKnee(knee: KneeRecord): KneeRecord {
  const unknown = { range_low: null, range_high: null, limited_by: null };
  return { ...knee, rest: { ...unknown, ...knee.rest }, grpc: { ...unknown, ...knee.grpc } };
}

function sideRecord(knee: Knee): KneeSideRecord {
  return {
    result: knee.kind,
    held_rate: "held" in knee ? knee.held.perSecond : null,
    missed_rate: "missed" in knee ? knee.missed.perSecond : null,
    range_low: "range" in knee ? knee.range.low : null,
    range_high: "range" in knee ? knee.range.high : null,
    limited_by: "limit" in knee ? LIMIT_NAME[knee.limit] : null,
    steps: knee.steps.map(stepRecord),
  };
}

function stepRecord({ perSecond, outcome, verdict }: KneeStep): KneeStepRecord {
  const { due, successes, unsent } = outcome;
  const sent = due - unsent;
  return {
    rate: perSecond,
    duration_s: outcome.durationMs / 1000,
    p99_response_time: outcome.p99Ms,
    p99_low: outcome.p99Interval?.low ?? null,
    p99_high: outcome.p99Interval?.high ?? null,
    success_rate: sent === 0 ? 0 : successes / sent * 100,
    unsent_rate: unsent / due * 100,
    growth_pct: outcome.growth === null ? null : outcome.growth.share * 100,
    held: verdict.kind === "held",
    sure: verdict.sure,
    missed_by: verdict.kind === "held" ? null : LIMIT_NAME[verdict.by],
  };
}
