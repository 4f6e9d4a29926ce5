import { studentT } from "./student_t.ts";

/**
 * The subject measured by the baseline on one metric, and how far blocks scatter it:
 * - `ratio`: subject / baseline, positive; the standard error is that of its natural logarithm
 * - `points`: subject − baseline in percentage points, as is the standard error
 *
 * A standard error of infinity: some resamples gave no value at all.
 */
export interface Estimate {
  readonly scale: "ratio" | "points";
  readonly value: number;
  readonly standardError: number;
  readonly degreesOfFreedom: number;
}

/** Where the true value lies with the given confidence, in the unit of its estimate. */
export interface Interval {
  /** Between 0 and 1, as in 0.95. */
  readonly confidence: number;
  readonly low: number;
  readonly high: number;
}

/** A t interval around the estimate; of a ratio on the logarithm, so that swapped sides mirror it. */
export function intervalAround(estimate: Estimate, confidence: number): Interval {
  const { scale, value, standardError, degreesOfFreedom } = estimate;
  const halfWidth = studentT(confidence, degreesOfFreedom) * standardError;
  switch (scale) {
    case "ratio":
      return { confidence, low: value * Math.exp(-halfWidth), high: value * Math.exp(halfWidth) };
    case "points":
      return { confidence, low: value - halfWidth, high: value + halfWidth };
  }
}
