/** What is outstanding in an open load, and what could be expected to be. */
export interface Backlog {
  /** Requests that are due and have not ended, whether they were sent or wait for a place in flight. */
  readonly outstanding: number;
  /** How many a millisecond fall due. */
  readonly ratePerMs: number;
  /** From when they were due to their end, of all that have ended in the run so far. */
  readonly meanResponseMs: number;
}

/**
 * By chance a number of independent requests is above its mean by more than its root in one case of six. It is
 * looked at again at every arrival, so that no more need be allowed: the more is, the sooner a queue that has
 * just begun to grow passes for chance.
 */
const DEVIATIONS = 1;
/** Where next to nothing is outstanding, the one that has just fallen due is. */
const JUST_DUE = 1;

/**
 * Whether no more is outstanding than is usual at that rate: as many as fall due in a mean response time
 * (Little's law), and what chance adds. Answers that take long and do not hold each other up are usual,
 * however many they are. A queue that grows is not: what has ended so far waited for half as long, on
 * average, as what is at its end now, so that twice as much is outstanding.
 */
export function isUsual({ outstanding, ratePerMs, meanResponseMs }: Backlog): boolean {
  const usual = ratePerMs * meanResponseMs;
  return outstanding <= usual + DEVIATIONS * Math.sqrt(usual) + JUST_DUE;
}

/** How a stretch ended, as far as it tells of a queue. */
export interface StretchTail {
  /** Requests that were due and had not ended when the last one fell due; it is one of them. */
  readonly outstanding: number;
  /** How long that last one took. */
  readonly lastResponseMs: number;
  /** How long the quickest one of the run took. */
  readonly leastResponseMs: number;
}

/** What is sent, uncounted, before a stretch, so that it finds a server as it would be without the break. */
export interface LeadIn {
  /** First, one after the other: those that are being served. */
  readonly served: number;
  /** Between two of those. */
  readonly intervalMs: number;
  /** Then, all at once: those that wait in line behind them. */
  readonly waiting: number;
}

export const NO_LEAD_IN: LeadIn = { served: 0, intervalMs: 0, waiting: 0 };

/**
 * What makes the state again in which a stretch ended. Whatever was outstanding when the last request fell due
 * had ended when that one did, so that both tell how many a server ends in a time; as many as it ends while
 * the quickest answer is made are being served. A server whose workers rested instead would have a start
 * that no load without a break gives it. Of the others as large a part waits as the last request waited of its
 * time: answers that hold each other up by nothing leave none, however many are outstanding.
 */
export function leadIn(
  { outstanding, lastResponseMs, leastResponseMs }: StretchTail,
  ratePerMs: number,
): LeadIn {
  if (outstanding <= JUST_DUE || lastResponseMs <= 0) return NO_LEAD_IN;
  const servedPerMs = Math.min(ratePerMs, outstanding / lastResponseMs);
  const served = Math.min(outstanding, Math.floor(servedPerMs * leastResponseMs));
  const waitedShare = Math.max(0, 1 - leastResponseMs / lastResponseMs);
  // Where nobody is served for as long as between two requests, the last one waits as well.
  const waiting = Math.round(outstanding * waitedShare) + (served === 0 ? 1 : 0);
  return {
    served,
    intervalMs: 1 / servedPerMs,
    waiting: Math.min(waiting, outstanding - served),
  };
}
