import type { PooledBlocks } from "./pooled_blocks.ts";
import type { Summary } from "./summary.ts";

/**
 * What a metric measures decides which side is better and how their difference is formed:
 * - `time`: lower is better, worse / better − 1
 * - `size`: smaller is better, smaller / larger − 1
 * - `rate` and `count`: higher is better, better / worse − 1
 * - `share`: higher is better, better − worse, in percentage points
 */
export type MetricKind = "time" | "size" | "rate" | "count" | "share";

/** The keys of a summary that hold one plain number, or none. */
export type MetricKey = {
  [Key in keyof Summary]: Summary[Key] extends number | null ? Key : never;
}[keyof Summary];

/** Empty where a value is a mere number. */
export type MetricUnit = "ms" | "s" | "bytes" | "bytes/s" | "bytes/ms" | "req/s" | "%" | "";

/** How the sides are compared on a metric. */
export interface Contest {
  readonly kind: MetricKind;
  /** Of a percentile, the share of the samples that lies beyond it; `null` of what is none. */
  readonly shareBeyond: number | null;
  /** Reads the metric off a pool of blocks, as the summary reads it off a whole run. */
  valueIn(pool: PooledBlocks): number;
}

/** Everything that is to be known of a metric besides its value. */
export interface Metric {
  readonly key: MetricKey;
  /** What it is called at the head of a row. */
  readonly label: string;
  /** What it is called within a sentence. */
  readonly inSentence: string;
  readonly unit: MetricUnit;
  /** `null` where the sides are not compared on it. */
  readonly contest: Contest | null;
}

export function lowerIsBetter(kind: MetricKind): boolean {
  return kind === "time" || kind === "size";
}
