import type { ProtocolLabel } from "../clients/protocol.ts";
import { type Findings, PRIMARY_METRIC } from "../stats/judge/contest.ts";
import { CONTESTED_METRICS, type ContestedKey } from "../stats/judge/metrics.ts";
import type { Shortfall } from "../stats/judge/support.ts";
import type { Margin, Measured, Verdict } from "../stats/judge/verdict.ts";
import { LARGEST_FAILURE_SHARE } from "../stats/record/failure_share.ts";
import { joinedLabels, SIDE_LABELS } from "./labels.ts";

/** A verdict in the words that every format uses. */
export type VerdictName =
  | `${ProtocolLabel} wins`
  | "equivalent"
  | "real but small"
  | "inconclusive"
  | "client-bound"
  | "rate not held"
  | "error rates differ"
  | "too many failures"
  | "other answers"
  | "unsupported";

/** One metric's verdict and what it rests on, spelled as in the JSON document. */
export interface VerdictRecord {
  readonly verdict: VerdictName;
  /** `ratio`: REST / gRPC; `points`: REST − gRPC, percentage points. `null`: nothing to estimate. */
  readonly scale: "ratio" | "points" | null;
  readonly estimate: number | null;
  readonly low: number | null;
  readonly high: number | null;
  /** Of the interval from `low` to `high`, as in 0.95. */
  readonly confidence: number | null;
  /** About how many per protocol would decide what is inconclusive; `null`: none that anyone would wait for. */
  readonly requests_to_decide: number | null;
  /** Why the verdict is no more than it is; `null` where it needs no reason. */
  readonly reason: string | null;
}

/** Every verdict of a run, spelled as in the JSON document. */
export interface Judgement {
  readonly primary_metric: ContestedKey;
  /** A relative difference up to this many percent does not matter. */
  readonly margin_pct: number;
  /** The same for the success rate, in percentage points. */
  readonly margin_points: number;
  readonly verdicts: Readonly<Record<ContestedKey, VerdictRecord>>;
}

export function judgementFrom(findings: Findings, margin: Margin): Judgement {
  const verdicts = CONTESTED_METRICS.map(({ key }) => {
    const { measured, verdict } = findings[key];
    return [key, { ...estimateIn(measured), ...namesOf(verdict) }];
  });
  return {
    primary_metric: PRIMARY_METRIC,
    margin_pct: margin.percent,
    margin_points: margin.points,
    verdicts: Object.fromEntries(verdicts) as Judgement["verdicts"],
  };
}

/** A standard error without a bound has an interval without one, which JSON cannot carry. */
function estimateIn(measured: Measured) {
  if (measured.kind === "lacking") {
    return { scale: null, estimate: null, low: null, high: null, confidence: null };
  }
  const { estimate: { scale, value }, interval: { low, high, confidence } } = measured;
  const finite = (bound: number) => Number.isFinite(bound) ? bound : null;
  return { scale, estimate: value, low: finite(low), high: finite(high), confidence };
}

function namesOf(
  verdict: Verdict,
): Pick<VerdictRecord, "verdict" | "requests_to_decide" | "reason"> {
  const plain = { requests_to_decide: null, reason: null };
  switch (verdict.kind) {
    case "win":
      return { ...plain, verdict: `${SIDE_LABELS[verdict.winner]} wins` };
    case "equivalent":
      return { ...plain, verdict: "equivalent" };
    case "small-difference":
      return {
        ...plain,
        verdict: "real but small",
        reason: `${SIDE_LABELS[verdict.better]} is better, by less than the margin`,
      };
    case "inconclusive":
      return {
        verdict: "inconclusive",
        requests_to_decide: verdict.requestsToDecide,
        reason: verdict.better === null
          ? "either side may be the better one"
          : `${SIDE_LABELS[verdict.better]} is better, but perhaps by less than the margin`,
      };
    case "client-bound":
      return {
        ...plain,
        verdict: "client-bound",
        reason: "the clients explain it more than the servers do",
      };
    case "rate-not-held": {
      const sides = joinedLabels(verdict.sides);
      return {
        ...plain,
        verdict: "rate not held",
        reason: `${sides} did not hold the rate: a queue grows for as long as the load lasts`,
      };
    }
    case "error-rates-differ":
      return {
        ...plain,
        verdict: "error rates differ",
        reason: `${
          SIDE_LABELS[verdict.moreReliable]
        } failed less: the successes of both are not alike`,
      };
    case "too-many-failures":
      return {
        ...plain,
        verdict: "too many failures",
        reason: `over ${100 * LARGEST_FAILURE_SHARE}% failed: what succeeded is a selection`,
      };
    case "other-answers":
      return {
        ...plain,
        verdict: "other answers",
        reason: verdict.differ === "shape"
          ? "the answers were not those that were compared before the load"
          : "the answers did not keep their size",
      };
    case "unsupported":
      return { ...plain, verdict: "unsupported", reason: reasonOf(verdict.shortfall) };
  }
}

function reasonOf(shortfall: Shortfall): string {
  switch (shortfall.reason) {
    case "no-value":
      return "at least one side has no value";
    case "few-blocks":
      return `it takes ${shortfall.needed} blocks, and there are ${shortfall.blocks}`;
    case "few-samples":
      return `it takes ${shortfall.needed} successes, and there are ${shortfall.samples}`;
    case "outage":
      return "an outage is one event, however many requests it costs";
    case "count-against-time":
      return "the side that failed more requests failed for less of its time";
    case "timeouts": {
      const sides = joinedLabels(shortfall.sides);
      return `so many requests of ${sides} timed out that it would be one of them`;
    }
  }
}
