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
