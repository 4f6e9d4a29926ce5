import type { OpenLoadSummary } from "../stats/judge/summary.ts";
import type { SideRecord } from "./side_record.ts";

/** Of what a response takes, a client that sends it so late by itself is the cause. */
const EXPLAINING_SHARE = 0.5;

/** Said before anything else: a rate that was not held, and the one that was. */
export function rateSentence(sides: readonly SideRecord[], concurrency: number): string[] {
  const behind = sides.flatMap((side) =>
    side.open_load?.held === false ? [textOf(side, concurrency)] : []
  );
  return behind.length === 0
    ? []
    : [`Rate not held: ${behind.join("; ")}. No winner is named on times or rates`];
}

function textOf(side: SideRecord, concurrency: number): string {
  const load = side.open_load!;
  const due = `${side.protocol} was to get ${rate(load.offered_rate)}`;
  const allowed = allowedByPlaces(side, load, concurrency);
  if (allowed !== null) {
    return `${due}, and ${concurrency} places in flight (-c) allow ${
      rate(allowed)
    } of them at the ` +
      `${
        load.service_time!.mean.toFixed(1)
      } ms that an answer takes, so that its times are those of ` +
      "waiting for a place: ask again with more (-c)";
  }
  return isClientLate(side, load)
    ? `${due}, and this client itself was too late to send them: it made ${rate(load.sent_rate)}`
    : `${due} and answered ${
      rate(load.answered_rate)
    }, so that its times are those of a growing queue`;
}

/** A server that takes so many times as long as at its fastest lets requests wait itself. */
const QUEUEING_FACTOR = 5;

/**
 * How many requests a second go through the places in flight, where those are what was too few (Little's
 * law). A server that is overloaded fills them as well, but takes far longer then than before.
 */
function allowedByPlaces(
  { min_response_time: leastMs }: SideRecord,
  { offered_rate: offered, service_time: service, queue_wait: waits }: OpenLoadSummary,
  concurrency: number,
): number | null {
  if (offered === null || service === null || waits === null || leastMs === null) return null;
  const allowed = concurrency * 1000 / service.mean;
  return allowed < offered && service.mean < QUEUEING_FACTOR * leastMs ? allowed : null;
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
