import type { Report } from "../report/report.ts";

/** Turns a finished report into text. Computes nothing about the result and does no I/O. */
export interface Formatter {
  /** What `--output` calls it. */
  readonly name: string;
  /** @returns The whole text, ending in a newline. */
  format(report: Report): string;
}
