import type { Recorder } from "./recorder.ts";

/** How the client behind a recorder tells what it had at the server. */
export interface InFlightSight {
  /** How long what was never answered was there. */
  readonly timeoutMs: number;
}

/** What of a recorder is read. */
export type TimesAtServer = Pick<Recorder, "successes" | "finished" | "timeouts"> & {
  readonly firstByte: Pick<Recorder["firstByte"], "sumMs">;
  readonly download: Pick<Recorder["download"], "sumMs">;
};

/**
 * How many requests were at the server at a time, on average: written and not answered (Little's law). The others
 * of those in flight were in the client's hands: answered and not read, to be written, or waiting for
 * a stream or a connection. A failure other than a timeout is taken to have been there as long as a success.
 *
 * @param sight `null` where the client does not tell when it writes.
 * @param durationMs Of all places in flight, on average.
 * @returns `null` where it is not known.
 */
export function meanInFlight(
  { successes, finished, timeouts, firstByte, download }: TimesAtServer,
  sight: InFlightSight | null,
  durationMs: number,
): number | null {
  if (sight === null || successes === 0 || durationMs <= 0) return null;
  const answeredMs = (firstByte.sumMs + download.sumMs) * (finished - timeouts) / successes;
  return (answeredMs + timeouts * sight.timeoutMs) / durationMs;
}

/** A smaller part of what was asked for that is missing is what reading and writing take anywhere. */
const TOLD_SHORTFALL = 0.1;

/** Whether a client kept so much less in flight than it was asked for that a reader must know. */
export function fallsShort(kept: number, asked: number): boolean {
  return asked - kept > Math.max(1, TOLD_SHORTFALL * asked);
}
