import { LABELS, type ProtocolLabel } from "../../clients/protocol.ts";
import type { Findings } from "./contest.ts";
import {
  CONTESTED_METRICS,
  type ContestedKey,
  type ContestedMetric,
  kindOf,
  lowerIsBetter,
  type MetricKind,
} from "./metric.ts";
import type { ProtocolSummary } from "./summary.ts";

export type Winner = ProtocolLabel | "none";

/** Spelled as in the JSON document. The sign of a difference tells the metric's kind, not who won. */
export type Comparison =
  & { readonly [Key in ContestedKey as `${Key}_diff_pct`]: number | null }
  & {
    /** Named only where the verdict is a win: a difference as such names none. */
    readonly winner: Readonly<Record<ContestedKey, Winner>>;
  };

export function compare(
  rest: ProtocolSummary,
  grpc: ProtocolSummary,
  findings: Findings,
): Comparison {
  const differences = CONTESTED_METRICS.map((metric) => [
    `${metric.key}_diff_pct`,
    differencePercent(metric, rest, grpc, winnerOf(findings, metric.key)),
  ]);
  const winners = CONTESTED_METRICS.map(({ key }) => [key, winnerOf(findings, key)]);
  return { ...Object.fromEntries(differences), winner: Object.fromEntries(winners) } as Comparison;
}

/** The difference of one metric as the comparison holds it. */
export function differenceOf(comparison: Comparison, key: ContestedKey): number | null {
  return comparison[`${key}_diff_pct`];
}

function winnerOf(findings: Findings, key: ContestedKey): Winner {
  const { verdict } = findings[key];
  return verdict.kind === "win" ? LABELS[verdict.winner] : "none";
}

/**
 * In percent, or percentage points; `null` where no finite size exists, or where the values do not show what
 * was judged: a percentile's value is of the answers alone, its verdict counts what timed out as well.
 */
function differencePercent(
  { key, kind }: ContestedMetric,
  restSummary: ProtocolSummary,
  grpcSummary: ProtocolSummary,
  winner: Winner,
): number | null {
  const rest = contestableValue(key, restSummary);
  const grpc = contestableValue(key, grpcSummary);
  if (rest === null || grpc === null) return null;
  if (rest === grpc) return 0;
  const restLeads = lowerIsBetter(kind) ? rest < grpc : rest > grpc;
  if (winner !== "none" && restLeads !== (winner === "REST")) return null;
  const [better, worse] = restLeads ? [rest, grpc] : [grpc, rest];
  return differenceBetween(kind, better, worse);
}

function differenceBetween(kind: MetricKind, better: number, worse: number): number | null {
  switch (kind) {
    case "time":
      return relativePercent(worse, better);
    case "size":
    case "rate":
    case "count":
      return relativePercent(better, worse);
    case "share":
      return better - worse;
  }
}

function relativePercent(value: number, base: number): number | null {
  return base === 0 ? null : (value / base - 1) * 100;
}

/** Sending nothing because nothing succeeded is not a small payload: it must not win the contest. */
function contestableValue(key: ContestedMetric["key"], summary: ProtocolSummary): number | null {
  if (kindOf(key as ContestedKey) === "size" && summary.successful_requests === 0) return null;
  return summary[key];
}
