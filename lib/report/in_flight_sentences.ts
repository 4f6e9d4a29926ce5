import { fallsShort } from "../stats/record/in_flight.ts";
import type { PhaseSummary } from "../stats/judge/summary.ts";
import type { SideRecord } from "./side_record.ts";

/** A cause is named where it is more than this part of what is missing. */
const TOLD_SHARE = 0.1;

/** Where requests were that were not at the server, and what would help. */
interface Whereabouts {
  readonly count: number;
  readonly text: string;
  readonly remedy: string;
}

/** What a reader of a closed load must know where less of it was at a server than was asked for. */
export function inFlightSentences(
  summaries: readonly SideRecord[],
  { concurrency, workers }: { readonly concurrency: number; readonly workers: number },
): string[] {
  return summaries.flatMap((summary) => {
    const { protocol, in_flight_kept: kept } = summary;
    if (kept === null || !fallsShort(kept, concurrency)) return [];
    const missing = concurrency - kept;
    const found =
      `${protocol}: of ${concurrency} requests in flight, ${inFlightText(kept)} were at the ` +
      "server at a time";
    const waits = waitsOf(summary);
    const left = missing - waits.reduce((sum, { count }) => sum + count, 0);
    const told = waits.filter(({ count }) => count > TOLD_SHARE * missing);
    const client = clientPart(workers);
    if (told.length === 0) return [`${found}; the others ${client.text}: ${client.remedy}`];
    // The client is to blame for no more than what no wait explains.
    const parts = fallsShort(concurrency - left, concurrency)
      ? [...told, { ...client, count: left }]
      : told;
    const texts = parts.map(({ count, text }) => `${inFlightText(count)} ${text}`);
    return [
      `${[found, ...texts.slice(0, -1)].join(", ")}, and ${texts.at(-1)}; ` +
      parts.map(({ remedy }) => remedy).join("; "),
    ];
  });
}

function waitsOf(summary: SideRecord): Whereabouts[] {
  const { stream_wait_time: stream, connection_wait_time: connection } = summary.timing_breakdown;
  return [{
    count: waitingAtATime(stream, summary),
    text: "waited for one of its streams",
    remedy: "more connections (--connections) have more of them",
  }, {
    count: waitingAtATime(connection, summary),
    text: "waited for a connection",
    remedy: "a server that keeps its connections open spares that wait",
  }];
}

function clientPart(workers: number): Omit<Whereabouts, "count"> {
  const more = workers > 1 ? "another machine" : "more threads (--workers) or another machine";
  return {
    text: "were in this client, which reads and writes no faster",
    remedy: `fewer in flight (-c), ${more} would keep the server as busy as asked`,
  };
}

/** To a whole number, or to a tenth of a few. */
export function inFlightText(count: number): string {
  return count < 10 ? count.toFixed(1) : count.toFixed(0);
}

/** Waits are known of what succeeded; what failed is taken to have waited as long. */
function waitingAtATime(
  wait: PhaseSummary | null,
  { total_requests: all, successful_requests: successes, total_duration: seconds }: SideRecord,
): number {
  if (wait === null || seconds === 0 || successes === 0) return 0;
  return wait.samples * wait.mean / 1000 / seconds * all / successes;
}
