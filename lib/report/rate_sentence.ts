import type { OpenLoadSummary } from "../stats/judge/summary.ts";
import type { SideRecord } from "./side_record.ts";

/** Of what a response takes, a client that sends it so late by itself is the cause. */
const EXPLAINING_SHARE = 0.5;

/** Said before anything else: a rate that was not held, and the one that was. */
export function rateSentence(sides: readonly SideRecord[]): string[] {
  const behind = sides.flatMap((side) => side.open_load?.held === false ? [textOf(side)] : []);
  return behind.length === 0
    ? []
    : [`Rate not held: ${behind.join("; ")}. No winner is named on times or rates`];
}

function textOf(side: SideRecord): string {
  const load = side.open_load!;
  const due = `${side.protocol} was to get ${rate(load.offered_rate)}`;
  return isClientLate(side, load)
    ? `${due}, and this client itself was too late to send them: it made ${rate(load.sent_rate)}`
    : `${due} and answered ${
      rate(load.answered_rate)
    }, so that its times are those of a growing queue`;
}

/** Whether most of the time went by before a request was sent that had a place to be sent from. */
function isClientLate(
  { avg_response_time: meanMs, successful_requests: successes }: SideRecord,
  { send_delay: late }: OpenLoadSummary,
): boolean {
  if (meanMs === null || late === null) return false;
  return late.mean * late.samples >= EXPLAINING_SHARE * meanMs * successes;
}

function rate(perSecond: number | null): string {
  return perSecond === null ? "nothing" : `${perSecond.toFixed(1)}/s`;
}
