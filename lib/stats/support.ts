import type { ContestedKey } from "./metric.ts";

/** Why a metric cannot be judged at all. */
export type Shortfall =
  /** At least one protocol had no value to compare. */
  | { readonly reason: "no-value" }
  /** The run was too short to be cut into enough blocks. */
  | { readonly reason: "few-blocks"; readonly blocks: number; readonly needed: number }
  /** Successes of the protocol that had fewer; a percentile needs samples beyond it. */
  | { readonly reason: "few-samples"; readonly samples: number; readonly needed: number };

/** With fewer an interval has so few degrees of freedom that it decides nothing. */
const LEAST_BLOCKS = 4;

/** A percentile with fewer samples beyond it is the luck of a few requests. */
const LEAST_SAMPLES_BEYOND = 10;

/** The share of the samples that lies beyond a percentile. */
const SHARE_BEYOND: ReadonlyMap<ContestedKey, number> = new Map([
  ["median_response_time", 0.5],
  ["p95_response_time", 0.05],
  ["p99_response_time", 0.01],
]);

/**
 * What a run lacks to judge a metric; `null`: nothing.
 *
 * @param samples Successes of the protocol that had fewer.
 */
export function shortfallOf(
  key: ContestedKey,
  blocks: number,
  samples: number,
): Shortfall | null {
  if (blocks < LEAST_BLOCKS) return { reason: "few-blocks", blocks, needed: LEAST_BLOCKS };
  const beyond = SHARE_BEYOND.get(key);
  if (beyond === undefined) return null;
  const needed = Math.round(LEAST_SAMPLES_BEYOND / beyond);
  return samples < needed ? { reason: "few-samples", samples, needed } : null;
}
