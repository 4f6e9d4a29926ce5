import type { Formatter } from "./formatter.ts";

/** What JSON allows in a string although a terminal may obey it: DEL, C1, separators, bidi overrides. */
const LEFT_UNESCAPED = /[\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g;

/** The report itself: its keys are the published document's. */
export const jsonFormatter: Formatter = {
  name: "json",
  format: (report) => `${JSON.stringify(report, null, 2).replace(LEFT_UNESCAPED, escaped)}\n`,
};

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
