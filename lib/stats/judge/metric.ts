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

/** A metric on which the sides are compared. */
export interface ContestedMetric {
  readonly key: MetricKey;
  readonly kind: MetricKind;
}

/** Every contested metric; formatters look a metric's verdict up by its key. */
export const CONTESTED_METRICS = [
  { key: "avg_response_time", kind: "time" },
  { key: "avg_payload_size", kind: "size" },
  { key: "throughput", kind: "rate" },
  { key: "success_rate", kind: "share" },
  { key: "network_efficiency", kind: "rate" },
  { key: "median_response_time", kind: "time" },
  { key: "p95_response_time", kind: "time" },
  { key: "p99_response_time", kind: "time" },
  { key: "successful_requests", kind: "count" },
  { key: "total_bytes_transferred", kind: "size" },
  { key: "data_transfer_rate", kind: "rate" },
] as const satisfies readonly ContestedMetric[];

export type ContestedKey = typeof CONTESTED_METRICS[number]["key"];

const KIND_BY_KEY: ReadonlyMap<string, MetricKind> = new Map(
  CONTESTED_METRICS.map(({ key, kind }) => [key, kind]),
);

export function kindOf(key: ContestedKey): MetricKind {
  return KIND_BY_KEY.get(key)!;
}

export function isContested(key: MetricKey): key is ContestedKey {
  return KIND_BY_KEY.has(key);
}

export function lowerIsBetter(kind: MetricKind): boolean {
  return kind === "time" || kind === "size";
}
