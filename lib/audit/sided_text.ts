import type { BySide, Side } from "../stats/record/side.ts";

/** A text that speaks of sides, which have no names before the report: plain data until then. */
export type SidedText = readonly (string | { readonly side: Side })[];

/** A template whose `{side}` values stay what they are, and become names later. */
export function sidedText(
  texts: TemplateStringsArray,
  ...values: readonly (string | { readonly side: Side })[]
): SidedText {
  return texts.flatMap((text, index) => index === 0 ? [text] : [values[index - 1]!, text]);
}

export function withNames(text: SidedText, names: BySide<string>): string {
  return text.map((part) => typeof part === "string" ? part : names[part.side]).join("");
}
