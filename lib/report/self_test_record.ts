import { LABELS, type ProtocolLabel } from "../clients/protocol.ts";
import type { ContenderId } from "../plan/contender.ts";
import type { SelfTestOutcome } from "../self_test/self_test.ts";
import { PRIMARY_METRIC } from "../stats/judge/contest.ts";
import {
  type EqualsSummary,
  PROMISE,
  SCATTERED_METRICS,
  type ScatteredKey,
  type SeenShare,
} from "../self_test/equals_tally.ts";
import type { TestPlan } from "../plan/test_plan.ts";
import { TOOL_VERSION } from "../version.ts";

/** The version of the document's shape. */
const SCHEMA_VERSION = 1;

/** A share of the runs in percent, and the exact 95% interval around it. */
export interface ShareRecord {
  readonly count: number;
  readonly of: number;
  /** `null` of nothing. */
  readonly pct: number | null;
  readonly low_pct: number;
  readonly high_pct: number;
}

/** One protocol against itself, spelled as in the JSON document. */
export interface EqualsRecord {
  readonly protocol: ProtocolLabel;
  readonly runs: number;
  readonly failed_requests: number;
  readonly winners_on_primary: ShareRecord;
  readonly winners_on_any: ShareRecord;
  /** How often 95% intervals held the true ratio, 1. */
  readonly coverage: Readonly<Record<ScatteredKey, ShareRecord>>;
  readonly promise: EqualsSummary["promise"];
  readonly conclusion: string;
}

export interface SelfTestRecord {
  readonly schema_version: number;
  readonly self_test: {
    /** Start: ISO 8601, UTC, whole seconds. */
    readonly timestamp: string;
    readonly runs: number;
    /** `null` where a run is measured in time. */
    readonly requests_per_run: number | null;
    readonly client: string;
    readonly concurrency: number;
    readonly workers: number;
    readonly schedule: string;
    readonly primary_metric: string;
    readonly margin_pct: number;
    readonly seed: number;
    readonly interrupted: boolean;
    readonly tool_version: string;
    readonly runtime: string;
    readonly platform: string;
    readonly cores: number;
  };
  readonly rest: EqualsRecord;
  readonly grpc: EqualsRecord;
}

/** What surrounded the self-test. */
export interface SelfTestCircumstances {
  readonly startedAt: Date;
  /** How many were asked for, per protocol. */
  readonly runs: number;
  readonly interrupted: boolean;
  readonly runtime: string;
  readonly platform: string;
  readonly cores: number;
}

export function selfTestRecord(
  plan: TestPlan,
  outcome: SelfTestOutcome,
  circumstances: SelfTestCircumstances,
): SelfTestRecord {
  const { startedAt, runs, interrupted, runtime, platform, cores } = circumstances;
  return {
    schema_version: SCHEMA_VERSION,
    self_test: {
      timestamp: startedAt.toISOString().replace(/\.\d+Z$/, "Z"),
      runs,
      requests_per_run: plan.extent.kind === "requests" ? plan.extent.requests : null,
      client: plan.lens,
      concurrency: plan.concurrency,
      workers: plan.workers,
      schedule: plan.schedule,
      primary_metric: PRIMARY_METRIC,
      margin_pct: plan.margin.percent,
      seed: plan.seed,
      interrupted,
      tool_version: TOOL_VERSION,
      runtime,
      platform,
      cores,
    },
    rest: equalsRecord("rest", outcome),
    grpc: equalsRecord("grpc", outcome),
  };
}

function equalsRecord(protocol: ContenderId, outcome: SelfTestOutcome): EqualsRecord {
  const summary = outcome.summaries[protocol];
  const label = LABELS[protocol];
  const coverage = SCATTERED_METRICS.map((key) => [key, shareRecord(summary.coverage[key])]);
  return {
    protocol: label,
    runs: summary.runs,
    failed_requests: outcome.failures[protocol],
    winners_on_primary: shareRecord(summary.primaryWinners),
    winners_on_any: shareRecord(summary.anyWinners),
    coverage: Object.fromEntries(coverage) as EqualsRecord["coverage"],
    promise: summary.promise,
    conclusion: conclusionOn(label, summary),
  };
}

function shareRecord({ count, trials, interval: { low, high } }: SeenShare): ShareRecord {
  return {
    count,
    of: trials,
    pct: trials === 0 ? null : 100 * count / trials,
    low_pct: 100 * low,
    high_pct: 100 * high,
  };
}

function conclusionOn(label: ProtocolLabel, summary: EqualsSummary): string {
  const { runs, primaryWinners, coverage, promise } = summary;
  const promised = `at most ${100 * PROMISE.primaryWinners}% of the runs name a winner, and ` +
    `${100 * PROMISE.coverage.least}% to ${
      100 * PROMISE.coverage.most
    }% of the intervals hold the truth`;
  const { count, trials } = coverage[PRIMARY_METRIC];
  const seen = `${primaryWinners.count} of ${runs} named one, and ${count} of ${trials} held it`;
  switch (promise) {
    case "kept":
      return `${label} against itself: as the method promises, as far as ${runs} runs can tell (${seen}; ` +
        `promised: ${promised})`;
    case "broken":
      return `${label} against itself: not as the method promises (${seen}; promised: ${promised}); ` +
        "do not trust verdicts on this machine before it is quieter";
    case "untested":
      return `${label} against itself: nothing to tell, since no run had an interval; ` +
        "more requests per run (-r) or fewer in flight (-c) would give one";
  }
}
