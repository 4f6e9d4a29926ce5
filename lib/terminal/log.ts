import { styleText } from "node:util";
import { cut } from "./cut.ts";
import { printable } from "./printable.ts";

/** What goes to stderr besides the progress bar. Every text is one line. */
export interface Log {
  error(text: string): void;
  warn(text: string): void;
  note(text: string): void;
  /** Shown with `--verbose` only. */
  detail(text: string): void;
}

export interface LogOptions {
  readonly writeLine: (line: string) => void;
  readonly verbose: boolean;
  readonly colour: boolean;
}

/** Whatever is in a line, it leaves room for the others. */
const MOST_CHARACTERS = 4000;

type Style = Parameters<typeof styleText>[0];

export function createLog({ writeLine, verbose, colour }: LogOptions): Log {
  const write = (style: Style, label: string) => (text: string) => {
    const prefix = colour ? styleText(style, label, { validateStream: false }) : label;
    writeLine(`${prefix}: ${printable(cut(text, MOST_CHARACTERS))}`);
  };
  return {
    error: write(["red", "bold"], "error"),
    warn: write("yellow", "warning"),
    note: write("cyan", "note"),
    detail: verbose ? write("gray", "verbose") : () => {},
  };
}
