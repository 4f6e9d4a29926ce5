import { NOT_AVAILABLE, percentText } from "../report/number_text.ts";
import type { MetricUnit } from "../stats/judge/metric.ts";

/** A metric's value in the console's columns, by its unit. */
export const VALUE_TEXT: Readonly<Record<MetricUnit, (value: number | null) => string>> = {
  "ms": milliseconds,
  "s": (value) => withUnit(value, 2, "s"),
  "bytes": averageBytes,
  "bytes/s": byteRate,
  "bytes/ms": (value) => withUnit(value, 2, "b/ms"),
  "req/s": requestRate,
  "%": percentText,
  "": (value) => value === null ? NOT_AVAILABLE : String(value),
};

export function milliseconds(value: number | null): string {
  return withUnit(value, 2, "ms");
}

export function requestRate(value: number | null): string {
  return withUnit(value, 1, "req/s");
}

/** 1 KB = 1000 bytes. */
export function byteRate(bytesPerSecond: number | null): string {
  return withUnit(bytesPerSecond === null ? null : bytesPerSecond / 1000, 1, "KB/s");
}

export function averageBytes(value: number | null): string {
  return withUnit(value, Number.isInteger(value) ? 0 : 1, "bytes");
}

export function withUnit(value: number | null, decimals: number, unit: string): string {
  return value === null ? NOT_AVAILABLE : `${value.toFixed(decimals)} ${unit}`;
}
