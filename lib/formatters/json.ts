import type { Formatter } from "./formatter.ts";

/** The report itself: its keys are the published document's. */
export const jsonFormatter: Formatter = {
  name: "json",
  format: (report) => `${JSON.stringify(report, null, 2)}\n`,
};
