import type { WarmUp } from "../plan/warm_up.ts";
import type { Clock } from "../clock.ts";
import type { Extent } from "../plan/extent.ts";
import { type ContenderId, CONTENDERS } from "../plan/contender.ts";
import type { LoadResults } from "../runners/load_generator.ts";

/** What an automatic warm-up's length follows from. */
export interface WarmUpScale {
  readonly concurrency: number;
  /** The measured load, of which a warm-up must stay a small part. */
  readonly extent: Extent;
}

/** A stretch fills every place in flight once, is long enough to show a trend, and short enough to stop soon. */
const LEAST_STRETCH_REQUESTS = 50;
const LARGEST_STRETCH_REQUESTS = 5000;
const WANTED_STRETCHES = 20;
const LARGEST_SHARE_OF_RUN = 0.2;
const LONGEST_MS = 2000;
const MOST_STRETCHES = 40;
/** Warm once this many stretches in a row brought less than {@link LEAST_GAIN}. */
const STEADY_STRETCHES = 3;
const LEAST_GAIN = 0.05;

/**
 * Warms up both protocols.
 *
 * @param run Puts a number of requests on one protocol.
 * @returns Requests that were sent to each protocol.
 */
export async function warmUp(
  plan: WarmUp,
  scale: WarmUpScale,
  run: (protocol: ContenderId, requests: number) => Promise<LoadResults>,
  clock: Clock,
): Promise<number> {
  switch (plan.kind) {
    case "off":
      return 0;
    case "requests":
      for (const protocol of CONTENDERS) await run(protocol, plan.requests);
      return plan.requests;
    case "automatic":
      return await warmUntilSteady(scale, run, clock);
  }
}

async function warmUntilSteady(
  { concurrency, extent }: WarmUpScale,
  run: (protocol: ContenderId, requests: number) => Promise<LoadResults>,
  clock: Clock,
): Promise<number> {
  const most = extent.kind === "requests"
    ? Math.max(concurrency, extent.requests * LARGEST_SHARE_OF_RUN)
    : Infinity;
  const longestMs = extent.kind === "duration"
    ? Math.min(LONGEST_MS, extent.durationMs * LARGEST_SHARE_OF_RUN)
    : LONGEST_MS;
  const least = Math.max(concurrency, LEAST_STRETCH_REQUESTS);
  const wanted = Math.min(most / WANTED_STRETCHES, LARGEST_STRETCH_REQUESTS);
  const stretch = Math.floor(Math.min(Math.max(least, wanted), most));
  const startMs = clock();
  let sent = 0;
  let fastestMs = Infinity;
  let steady = 0;
  for (let count = 0; count < MOST_STRETCHES; count++) {
    let tookMs = 0;
    let ended = 0;
    // In turn, so that neither has cooled down when the first block begins.
    for (const protocol of CONTENDERS) {
      const results = await run(protocol, stretch);
      for (const { recorder, startMs, endMs } of results.values()) {
        tookMs += endMs - startMs;
        ended += recorder.finished;
      }
    }
    // Interrupted: nothing is sent any more.
    if (ended === 0) break;
    sent += stretch;
    steady = tookMs > fastestMs * (1 - LEAST_GAIN) ? steady + 1 : 0;
    fastestMs = Math.min(fastestMs, tookMs);
    if (steady === STEADY_STRETCHES) break;
    if (sent + stretch > most || clock() - startMs > longestMs) break;
  }
  return sent;
}
