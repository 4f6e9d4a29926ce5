import { fallsShort } from "../stats/record/in_flight.ts";
import type { SideRecord } from "./side_record.ts";

/** A cause is named where it is more than this part of what is missing. */
const EXPLAINING_SHARE = 0.5;

/** What a reader of a closed load must know where less of it was at a server than was asked for. */
export function inFlightSentences(
  summaries: readonly SideRecord[],
  { concurrency, workers }: { readonly concurrency: number; readonly workers: number },
): string[] {
  return summaries.flatMap((summary) => {
    const { protocol, in_flight_kept: kept } = summary;
    if (kept === null || !fallsShort(kept, concurrency)) return [];
    const found =
      `${protocol}: of ${concurrency} requests in flight, ${inFlightText(kept)} were at the ` +
      "server at a time";
    const waiting = waitingForStream(summary);
    if (waiting > EXPLAINING_SHARE * (concurrency - kept)) {
      return [
        `${found}, and ${inFlightText(waiting)} waited for one of its streams; more connections ` +
        "(--connections) have more of them",
      ];
    }
    return [
      `${found}; the others were in this client, which reads and writes no faster: fewer in flight (-c), ` +
      `${
        workers > 1 ? "another machine" : "more threads (--workers) or another machine"
      } would keep ` +
      "the server as busy as asked",
    ];
  });
}

/** To a whole number, or to a tenth of a few. */
export function inFlightText(count: number): string {
  return count < 10 ? count.toFixed(1) : count.toFixed(0);
}

function waitingForStream({ timing_breakdown: timing, total_duration: seconds }: SideRecord) {
  const wait = timing.stream_wait_time;
  return wait === null || seconds === 0 ? 0 : wait.samples * wait.mean / 1000 / seconds;
}
