import Table from "cli-table3";

const WIDTH = 80;
const DOUBLE_RULE = "=".repeat(WIDTH);
export const SINGLE_RULE = "-".repeat(WIDTH);

export function heading(title: string): string[] {
  return [DOUBLE_RULE, title, DOUBLE_RULE];
}

/** Plain columns without borders; a column grows where a cell would not fit. */
export function table(widths: readonly number[], rows: readonly (readonly string[])[]): string[] {
  const colWidths = widths.map((width, column) =>
    Math.max(width, ...rows.map((row) => (row[column]?.length ?? 0) + 1))
  );
  const layout = new Table({
    colWidths,
    chars: NO_BORDERS,
    style: { "padding-left": 0, "padding-right": 0, head: [], border: [], compact: true },
  });
  layout.push(...rows.map((row) => [...row]));
  return layout.toString().split("\n").map((line) => line.trimEnd());
}

const NO_BORDERS = Object.fromEntries(
  ["top", "top-mid", "top-left", "top-right", "bottom", "bottom-mid", "bottom-left"]
    .concat(["bottom-right", "left", "left-mid", "mid", "mid-mid", "right", "right-mid", "middle"])
    .map((name) => [name, ""]),
);
