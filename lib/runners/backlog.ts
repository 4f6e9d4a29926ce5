/** What is outstanding in an open load, and what could be expected to be. */
export interface Backlog {
  /** Requests that are due and have not ended, whether they were sent or wait for a place in flight. */
  readonly outstanding: number;
  /** How many a millisecond fall due. */
  readonly ratePerMs: number;
  /** From when they were due to their end, of all that have ended in the run so far. */
  readonly meanResponseMs: number;
  /** The shortest of these. */
  readonly leastResponseMs: number;
}

/** By chance a number of independent requests is off its mean by twice its root in one case of forty. */
const DEVIATIONS = 2;
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

/**
 * Of what is outstanding, what waits for others: as many as would still be there if every answer took as
 * long as the quickest one are left out, since none of them holds another up.
 */
export function queued({ outstanding, ratePerMs, leastResponseMs }: Backlog): number {
  return outstanding <= JUST_DUE
    ? 0
    : Math.max(0, outstanding - Math.max(0, Math.floor(ratePerMs * leastResponseMs) - JUST_DUE));
}
