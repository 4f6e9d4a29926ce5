import type { Recorder } from "./recorder.ts";

/** What of a recorder is read. */
export type TimesAtServer = Pick<Recorder, "successes" | "failuresAtServerMs"> & {
  readonly firstByte: Pick<Recorder["firstByte"], "sumMs">;
  readonly download: Pick<Recorder["download"], "sumMs">;
};

/**
 * How many requests were at the server at a time, on average: written and not answered (Little's law). The others
 * of those in flight were in the client's hands - answered and not read, or to be written -, or waited for a
 * stream or a connection. Of a client that tells when it writes.
 *
 * @param durationMs Of all places in flight, on average.
 * @returns `null` where nothing succeeded.
 */
export function meanInFlight(
  { successes, failuresAtServerMs, firstByte, download }: TimesAtServer,
  durationMs: number,
): number | null {
  if (successes === 0 || durationMs <= 0) return null;
  return (firstByte.sumMs + download.sumMs + failuresAtServerMs) / durationMs;
}

/** A smaller part of what was asked for that is missing is what reading and writing take anywhere. */
const TOLD_SHORTFALL = 0.1;

/** Whether a client kept so much less in flight than it was asked for that a reader must know. */
export function fallsShort(kept: number, asked: number): boolean {
  return asked - kept > Math.max(1, TOLD_SHORTFALL * asked);
}
