import type { Knee, KneeGoal, KneeStep } from "../knee.ts";
import type { Knees } from "../knee_run.ts";

/** One rate that was tried, spelled as in the JSON document. Rates are requests per second. */
export interface KneeStepRecord {
  readonly rate: number;
  readonly p99_response_time: number | null;
  /** Percent, of what was sent. */
  readonly success_rate: number;
  /** Percent, of what was to be sent. */
  readonly unsent_rate: number;
  readonly held: boolean;
}

/** The highest rate that one side holds; see `Knee` for the results. */
export interface KneeSideRecord {
  readonly result: Knee["kind"];
  readonly held_rate: number | null;
  readonly missed_rate: number | null;
  readonly steps: readonly KneeStepRecord[];
}

export interface KneeRecord {
  /** Milliseconds. */
  readonly p99_limit: number;
  readonly rest: KneeSideRecord;
  readonly grpc: KneeSideRecord;
}

export function kneeRecord({ p99LimitMs }: KneeGoal, { rest, grpc }: Knees): KneeRecord {
  return { p99_limit: p99LimitMs, rest: sideRecord(rest), grpc: sideRecord(grpc) };
}

function sideRecord(knee: Knee): KneeSideRecord {
  return {
    result: knee.kind,
    held_rate: "heldPerSecond" in knee ? knee.heldPerSecond : null,
    missed_rate: "missedPerSecond" in knee ? knee.missedPerSecond : null,
    steps: "steps" in knee ? knee.steps.map(stepRecord) : [],
  };
}

function stepRecord({ perSecond, outcome, held }: KneeStep): KneeStepRecord {
  return {
    rate: perSecond,
    p99_response_time: outcome.p99Ms,
    success_rate: outcome.successRate * 100,
    unsent_rate: outcome.unsentShare * 100,
    held,
  };
}
