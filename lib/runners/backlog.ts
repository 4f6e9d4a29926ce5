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

/**
 * How many requests make the queue again that the last one of a stretch was in: itself, and of the others
 * as large a part as it waited of its time. Answers that hold each other up by nothing leave none, however
 * many are outstanding.
 */
export function queueLength(tail: StretchTail): number {
  const { outstanding, lastResponseMs, leastResponseMs } = tail;
  if (outstanding <= JUST_DUE || lastResponseMs <= 0) return 0;
  const waitedShare = Math.max(0, 1 - leastResponseMs / lastResponseMs);
  return Math.min(outstanding, 1 + Math.round(outstanding * waitedShare));
}
