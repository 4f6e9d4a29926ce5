import type { MetricKind } from "../stats/judge/metric.ts";
import { type ContestedKey, kindOf } from "../stats/judge/metrics.ts";

/** What is better of each kind of metric is called so, with a percentage before it. */
export const COMPARATIVE: Readonly<Record<MetricKind, string>> = {
  time: "faster",
  size: "smaller",
  rate: "higher",
  count: "higher",
  share: "higher",
};

/** And so, with a factor before it. */
const POSITIVE: Readonly<Record<MetricKind, string>> = {
  time: "as fast",
  size: "as small",
  rate: "as high",
  count: "as high",
  share: "as high",
};

/**
 * How far ahead a winner is, in words: `27.0% faster`, and from a factor of two on, where percentages no
 * longer say much, `6.1 times as fast`.
 *
 * @param difference As the comparison holds it.
 */
export function leadText(key: ContestedKey, difference: number): string {
  const kind = kindOf(key);
  const factor = factorOf(kind, difference);
  return factor === null
    ? `${Math.abs(difference).toFixed(1)}% ${COMPARATIVE[kind]}`
    : `${factorText(factor)} times ${POSITIVE[kind]}`;
}

/** From two on, worse over better for what is to be small; `null`: less, or no ratio. */
export function factorOf(kind: MetricKind, difference: number): number | null {
  if (kind === "share") return null;
  // A size's difference is smaller / larger - 1, every other one larger / smaller - 1.
  const ratio = 1 + difference / 100;
  const factor = kind === "size" ? 1 / ratio : ratio;
  return factor >= 2 ? factor : null;
}

function factorText(factor: number): string {
  return factor < 99.95 ? factor.toFixed(1) : factor.toFixed(0);
}
