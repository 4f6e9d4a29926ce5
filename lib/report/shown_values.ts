import { type ComparisonRecord, differenceOf } from "./comparison_record.ts";
import type { ContestedKey } from "../stats/judge/metrics.ts";
import type { OutageRecord } from "./outage_record.ts";
import type { SideRecord } from "./side_record.ts";

/** What of a result tells whether a side's values show what was judged. */
export interface ShownValues {
  readonly rest: SideRecord;
  readonly grpc: SideRecord;
  readonly comparison: ComparisonRecord;
  readonly outages: readonly OutageRecord[];
}

/** What a win rests on where the values beside it, of the whole run, do not show it; `null` where they do. */
export function basisBesideValues(
  { rest, grpc, comparison, outages }: ShownValues,
  key: ContestedKey,
): string | null {
  if (comparison.winner[key] === "none" || differenceOf(comparison, key) !== null) return null;
  if (outages.length > 0) return "without the outage";
  const isPercentile = /^(median|p\d+)_/.test(key);
  const timedOut = rest.timed_out_requests + grpc.timed_out_requests > 0;
  return isPercentile && timedOut ? "with what timed out" : "by the blocks that count";
}
