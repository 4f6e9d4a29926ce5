import type { ProtocolLabel } from "../clients/protocol.ts";
import { differencesBetween } from "../stats/judge/comparison.ts";
import type { Findings } from "../stats/judge/contest.ts";
import { CONTESTED_METRICS, type ContestedKey } from "../stats/judge/metrics.ts";
import type { Summary } from "../stats/judge/summary.ts";
import { winnerOf } from "../stats/judge/verdict.ts";
import type { BySide } from "../stats/record/side.ts";
import { SIDE_LABELS } from "./labels.ts";

export type Winner = ProtocolLabel | "none";

/** Spelled as in the JSON document. The sign of a difference tells the metric's kind, not who won. */
export type ComparisonRecord =
  & { readonly [Key in ContestedKey as `${Key}_diff_pct`]: number | null }
  & {
    /** Named only where the verdict is a win: a difference as such names none. */
    readonly winner: Readonly<Record<ContestedKey, Winner>>;
  };

export function comparisonRecord(
  summaries: BySide<Summary>,
  findings: Findings,
): ComparisonRecord {
  const differences = differencesBetween(summaries, findings);
  const sizes = CONTESTED_METRICS.map(({ key }) => [`${key}_diff_pct`, differences[key]]);
  const winners = CONTESTED_METRICS.map(({ key }) => {
    const winner = winnerOf(findings[key].verdict);
    return [key, winner === null ? "none" : SIDE_LABELS[winner]];
  });
  return {
    ...Object.fromEntries(sizes),
    winner: Object.fromEntries(winners),
  } as ComparisonRecord;
}

/** The difference of one metric as the comparison holds it. */
export function differenceOf(comparison: ComparisonRecord, key: ContestedKey): number | null {
  return comparison[`${key}_diff_pct`];
}
