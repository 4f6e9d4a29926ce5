import type { BySide, Side } from "../stats/record/side.ts";
import { type SidedText, sidedText } from "./sided_text.ts";

/** @param side `null` where it may be either. */
export function mayFavour(side: Side | null, why: string | SidedText): SidedText {
  const rest = typeof why === "string" ? [why] : why;
  return side === null
    ? ["May favour either side: ", ...rest]
    : [...sidedText`May favour ${{ side }}: `, ...rest];
}

/** The side whose number is lower; `null` where they are equal. */
export function lowerOf({ subject, baseline }: BySide<number>): Side | null {
  if (subject === baseline) return null;
  return subject < baseline ? "subject" : "baseline";
}

/** The side of the two for which this does not hold; `null` where it holds for both or for neither. */
export function otherThan({ subject, baseline }: BySide<boolean>): Side | null {
  if (subject === baseline) return null;
  return subject ? "baseline" : "subject";
}
