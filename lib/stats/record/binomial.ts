/** How often something happened in so many independent trials. */
export interface Frequency {
  readonly count: number;
  readonly trials: number;
}

/** Where a chance lies, 0 to 1. */
export interface ChanceInterval {
  readonly low: number;
  readonly high: number;
}

/** Halves the bracket down to the last bit of a double. */
const BISECTION_STEPS = 60;

/**
 * Where the chance of what happened so often lies: the exact two-sided interval (Clopper and Pearson 1934),
 * which covers the true chance at least as often as it promises, however few the trials are.
 *
 * @param confidence Between 0 and 1, as in 0.95.
 */
export function chanceInterval(
  { count, trials }: Frequency,
  confidence: number,
): ChanceInterval {
  const tail = (1 - confidence) / 2;
  return {
    // The smallest chance under which so many would not be a surprise, and the largest under which so few.
    low: count === 0 ? 0 : bisect((chance) => 1 - atMost(count - 1, trials, chance) < tail),
    high: count === trials ? 1 : bisect((chance) => atMost(count, trials, chance) > tail),
  };
}

/** The chance at which a condition ends that holds below it. */
function bisect(holdsAt: (chance: number) => boolean): number {
  let low = 0;
  let high = 1;
  for (let step = 0; step < BISECTION_STEPS; step++) {
    const middle = (low + high) / 2;
    if (holdsAt(middle)) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** The chance that at most `count` of the trials have it, each with this chance strictly between 0 and 1. */
function atMost(count: number, trials: number, chance: number): number {
  // Logarithms, since the first term alone is too small for a double where there are many trials.
  const logOdds = Math.log(chance) - Math.log1p(-chance);
  let logTerm = trials * Math.log1p(-chance);
  let sum = Math.exp(logTerm);
  for (let index = 1; index <= count; index++) {
    logTerm += Math.log((trials - index + 1) / index) + logOdds;
    sum += Math.exp(logTerm);
  }
  return sum;
}
