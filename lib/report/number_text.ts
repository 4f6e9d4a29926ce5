import type { VerdictRecord } from "./judgement.ts";

/** `n/a` in prose and tables: the value does not exist. */
export const NOT_AVAILABLE = "n/a";

/** A percentage with one decimal, which says 100.0% and 0.0% only where that is the exact value. */
export function percentText(percent: number | null): string {
  if (percent === null) return NOT_AVAILABLE;
  const rounded = percent.toFixed(1);
  if (rounded === "100.0" && percent < 100) return ">99.9%";
  if (rounded === "0.0" && percent > 0) return "<0.1%";
  return `${rounded}%`;
}

/** A signed difference with one decimal; a zero carries no sign. */
export function signedText(value: number): string {
  const rounded = value.toFixed(1);
  if (Number(rounded) === 0) return "0.0";
  return value > 0 ? `+${rounded}` : rounded;
}

/** A whole number, grouped by thousands; one that no count can be is a power of ten. Zero has no sign. */
export function countText(integer: number): string {
  if (integer === 0) return "0";
  return Number.isSafeInteger(integer) ? integer.toLocaleString("en-US") : integer.toExponential(2);
}

/** A ratio with three significant digits below 10, as in `1.27`; a difference in points with its sign. */
export function estimateText({ scale, estimate }: VerdictRecord): string {
  if (scale === null || estimate === null) return NOT_AVAILABLE;
  return boundText(scale, estimate) + (scale === "points" ? " points" : "");
}

/** `1.22 to 1.33` */
export function boundsText({ scale, low, high }: VerdictRecord): string {
  if (scale === null) return NOT_AVAILABLE;
  if (low === null || high === null) return "unbounded";
  return `${boundText(scale, low)} to ${boundText(scale, high)}`;
}

/** `REST / gRPC 1.27, 95% interval 1.22 to 1.33` */
export function intervalText(record: VerdictRecord): string {
  const name = record.scale === "points" ? "REST - gRPC" : "REST / gRPC";
  return `${name} ${estimateText(record)}, ${confidenceText(record.confidence)} interval ` +
    boundsText(record);
}

/** `95%`, `99.5%`, `99.17%` */
export function confidenceText(confidence: number | null): string {
  return confidence === null ? NOT_AVAILABLE : `${Number((confidence * 100).toFixed(2))}%`;
}

function boundText(scale: "ratio" | "points", value: number): string {
  if (scale === "points") return signedText(value);
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}
