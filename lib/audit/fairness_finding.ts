import type { BySide } from "../stats/record/side.ts";
import type { SidedText } from "./sided_text.ts";

/**
 * How much a difference should trouble a reader:
 * - `notable`: a matter of the set-up, which could be made alike
 * - `inherent`: comes with the choice of protocol
 * - `unseen`: may or may not be there; the clients could not see
 */
export type Severity = "notable" | "inherent" | "unseen";

/** Something that differs between the two sides, and how it is on each. */
export interface FairnessFinding extends BySide<string> {
  readonly aspect: string;
  /** Which side it may favour, and why: one sentence. */
  readonly effect: SidedText;
  readonly severity: Severity;
}
