import type { ProtocolLabel } from "../protocols/protocol.ts";
import {
  CONTESTED_METRICS,
  type ContestedKey,
  type ContestedMetric,
  kindOf,
  lowerIsBetter,
} from "./metric.ts";
import type { ProtocolSummary } from "./summary.ts";

export type Winner = ProtocolLabel | "none";

/** Spelled as in the JSON document. The sign of a difference tells the metric's kind, not who won. */
export type Comparison =
  & { readonly [Key in ContestedKey as `${Key}_diff_pct`]: number | null }
  & { readonly winner: Readonly<Record<ContestedKey, Winner>> };

/** One metric's outcome: who is better, and by how many percent (`null`: no finite size exists). */
interface Outcome {
  readonly winner: Winner;
  readonly differencePercent: number | null;
}

const NO_CONTEST: Outcome = { winner: "none", differencePercent: null };

export function compare(rest: ProtocolSummary, grpc: ProtocolSummary): Comparison {
  const outcomes = CONTESTED_METRICS.map((metric) => ({
    key: metric.key,
    ...compareMetric(metric, rest, grpc),
  }));
  return {
    ...Object.fromEntries(
      outcomes.map(({ key, differencePercent }) => [`${key}_diff_pct`, differencePercent]),
    ),
    winner: Object.fromEntries(outcomes.map(({ key, winner }) => [key, winner])),
  } as Comparison;
}

/** The difference of one metric as the comparison holds it. */
export function differenceOf(comparison: Comparison, key: ContestedKey): number | null {
  return comparison[`${key}_diff_pct`];
}

function compareMetric(
  { key, kind }: ContestedMetric,
  restSummary: ProtocolSummary,
  grpcSummary: ProtocolSummary,
): Outcome {
  const rest = contestableValue(key, restSummary);
  const grpc = contestableValue(key, grpcSummary);
  if (rest === null || grpc === null) return NO_CONTEST;
  if (rest === grpc) return { winner: "none", differencePercent: 0 };
  const restWins = lowerIsBetter(kind) ? rest < grpc : rest > grpc;
  const [better, worse] = restWins ? [rest, grpc] : [grpc, rest];
  return {
    winner: restWins ? restSummary.protocol : grpcSummary.protocol,
    differencePercent: differencePercent(kind, better, worse),
  };
}

function differencePercent(
  kind: ReturnType<typeof kindOf>,
  better: number,
  worse: number,
): number | null {
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
