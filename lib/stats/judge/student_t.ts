/** Halves the bracket down to the last bit of a double. */
const BISECTION_STEPS = 60;

/**
 * The half-width, in standard errors, of a two-sided interval by Student's t distribution.
 *
 * @param confidence Between 0 and 1, as in 0.95.
 * @param degreesOfFreedom A whole number, at least 1.
 */
export function studentT(confidence: number, degreesOfFreedom: number): number {
  let low = 0;
  let high = Math.PI / 2;
  for (let step = 0; step < BISECTION_STEPS; step++) {
    const angle = (low + high) / 2;
    if (centralProbability(angle, degreesOfFreedom) < confidence) low = angle;
    else high = angle;
  }
  return Math.tan((low + high) / 2) * Math.sqrt(degreesOfFreedom);
}

/** The chance of a value as far from 0 as `t`, on either side, by Student's t distribution. */
export function twoSidedChance(t: number, degreesOfFreedom: number): number {
  const angle = Math.atan(Math.abs(t) / Math.sqrt(degreesOfFreedom));
  return Math.max(0, 1 - centralProbability(angle, degreesOfFreedom));
}

/**
 * P(|T| <= t) where t = tan(angle) * sqrt(degrees of freedom): the finite series for whole degrees
 * of freedom (Abramowitz and Stegun, 26.7.3 and 26.7.4).
 */
function centralProbability(angle: number, degreesOfFreedom: number): number {
  const sine = Math.sin(angle);
  const cosineSquared = Math.cos(angle) ** 2;
  const odd = degreesOfFreedom % 2 === 1;
  let term = odd ? Math.cos(angle) : 1;
  let sum = 0;
  for (let power = odd ? 1 : 0; power <= degreesOfFreedom - 2; power += 2) {
    sum += term;
    term *= cosineSquared * (power + 1) / (power + 2);
  }
  return odd ? (angle + sine * sum) * 2 / Math.PI : sine * sum;
}
