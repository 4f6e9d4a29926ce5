/**
 * A difference as large as the estimated one is to be decided in four runs out of five, not in one
 * of two: 0.84 standard errors (the 80th percentile of the normal distribution) more than the
 * half-width of the interval, which is itself about 2 of them.
 */
const HALF_WIDTH_ALLOWANCE = 1 + 0.84 / 1.96;

/** Nobody waits for more than this many requests per side: then the answer is never. */
const MOST_REQUESTS = 10_000_000;

/** An undecided interval around 0, where `edge` and `-edge` bound what is too small to matter. */
export interface UndecidedInterval {
  readonly estimate: number;
  readonly halfWidth: number;
  /** Positive, in the same unit. */
  readonly edge: number;
}

/**
 * How many requests per side would decide, if the estimate were the truth: an interval narrows with
 * the square root of their number, and must end before the nearest edge. Rounded up to two digits.
 *
 * @param requests Per side, of the run that gave the interval.
 * @returns `null` where no payable number would decide: the estimate lies on an edge, or has no width.
 */
export function requestsToDecide(
  { estimate, halfWidth, edge }: UndecidedInterval,
  requests: number,
): number | null {
  const distance = Math.abs(Math.abs(estimate) - edge);
  const needed = requests * (halfWidth * HALF_WIDTH_ALLOWANCE / distance) ** 2;
  return needed <= MOST_REQUESTS ? roundUp(needed) : null;
}

function roundUp(value: number): number {
  const unit = 10 ** Math.max(0, Math.floor(Math.log10(value)) - 1);
  return Math.ceil(value / unit) * unit;
}
