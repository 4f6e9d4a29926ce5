import type { BySide } from "../record/side.ts";
import type { Findings } from "./contest.ts";
import { lowerIsBetter, type MetricKind } from "./metric.ts";
import { CONTESTED_METRICS, type ContestedKey, kindOf } from "./metrics.ts";
import type { Summary } from "./summary.ts";
import { type Measured, winnerOf } from "./verdict.ts";

/** How far ahead the better side is on each metric: the sign tells the metric's kind, not who won. */
export type Differences = Readonly<Record<ContestedKey, number | null>>;

/**
 * In percent, or percentage points; `null` where no finite size exists, or where the values do not show what
 * was judged: a percentile's value is of the answers alone, its verdict counts what timed out as well; a
 * rate's is of the whole run, its verdict of the blocks without an outage.
 */
export function differencesBetween(summaries: BySide<Summary>, findings: Findings): Differences {
  const differences = CONTESTED_METRICS.map(({ key }): [ContestedKey, number | null] => {
    const subject = contestableValue(key, summaries.subject);
    const baseline = contestableValue(key, summaries.baseline);
    if (subject === null || baseline === null) return [key, null];
    if (subject === baseline) return [key, 0];
    const kind = kindOf(key);
    const subjectLeads = lowerIsBetter(kind) ? subject < baseline : subject > baseline;
    const winner = winnerOf(findings[key].verdict);
    if (winner !== null && subjectLeads !== (winner === "subject")) return [key, null];
    if (winner !== null && isBeyond(findings[key].measured, subject / baseline)) return [key, null];
    const [better, worse] = subjectLeads ? [subject, baseline] : [baseline, subject];
    return [key, differenceBetween(kind, better, worse)];
  });
  return Object.fromEntries(differences) as Record<ContestedKey, number | null>;
}

/** Whether a ratio of the whole run is none that the blocks which count leave possible. */
function isBeyond(measured: Measured, ratio: number): boolean {
  if (measured.kind === "lacking" || measured.estimate.scale !== "ratio") return false;
  const { low, high } = measured.interval;
  return ratio < low || ratio > high;
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
function contestableValue(key: ContestedKey, summary: Summary): number | null {
  if (kindOf(key) === "size" && summary.successful_requests === 0) return null;
  return summary[key];
}
