import { type Estimate, type Interval, intervalAround } from "./interval.ts";
import { studentT } from "./student_t.ts";

/** How many of the finished requests succeeded. */
export interface Proportion {
  readonly successes: number;
  readonly finished: number;
}

/**
 * The interval of a difference of two success rates, subject − baseline, in percentage points: Newcombe's
 * score interval (1998, method 10), which is not of width 0 where nothing failed. It takes requests
 * for independent, so both samples are first shrunk by as much as blocks scatter more than that.
 *
 * @param estimate The same difference, with the standard error that the blocks show.
 */
export function successRateInterval(
  subject: Proportion,
  baseline: Proportion,
  estimate: Estimate,
  confidence: number,
): Interval {
  const { value, standardError, degreesOfFreedom } = estimate;
  if (!Number.isFinite(standardError)) return intervalAround(estimate, confidence);
  const independent = 100 * Math.sqrt(binomialVariance(subject) + binomialVariance(baseline));
  const shrink = standardError > independent ? (independent / standardError) ** 2 : 1;
  const halfWidth = studentT(confidence, degreesOfFreedom);
  const [subjectLow, subjectHigh] = scoreInterval(subject, shrink, halfWidth);
  const [baselineLow, baselineHigh] = scoreInterval(baseline, shrink, halfWidth);
  const subjectRate = rateOf(subject);
  const baselineRate = rateOf(baseline);
  return {
    confidence,
    low: value - 100 * Math.hypot(subjectRate - subjectLow, baselineHigh - baselineRate),
    high: value + 100 * Math.hypot(subjectHigh - subjectRate, baselineRate - baselineLow),
  };
}

/** Wilson's interval of one proportion, in standard errors of half-width. */
function scoreInterval(
  proportion: Proportion,
  shrink: number,
  halfWidth: number,
): [low: number, high: number] {
  const rate = rateOf(proportion);
  const size = proportion.finished * shrink;
  const square = halfWidth ** 2;
  const center = (rate + square / (2 * size)) / (1 + square / size);
  const reach = halfWidth / (1 + square / size) *
    Math.sqrt(rate * (1 - rate) / size + square / (4 * size ** 2));
  return [center - reach, center + reach];
}

function rateOf({ successes, finished }: Proportion): number {
  return successes / finished;
}

function binomialVariance(proportion: Proportion): number {
  const rate = rateOf(proportion);
  return rate * (1 - rate) / proportion.finished;
}
