import assert from "node:assert/strict";
import { consoleFormatter } from "../../lib/formatters/console.ts";
import { csvFormatter } from "../../lib/formatters/csv.ts";
import { FORMATTERS } from "../../lib/formatters/formatters.ts";
import { jsonFormatter } from "../../lib/formatters/json.ts";
import { fromFileUrl } from "../support/paths.ts";
import { seedReport } from "../support/seed_sample.ts";
import { SPECIFIED_ROWS } from "../support/specified_rows.ts";

function golden(name: string): string {
  return Deno.readTextFileSync(fromFileUrl(`../golden/${name}`));
}

Deno.test("the sample's numbers render as the golden console file", () => {
  assert.equal(consoleFormatter.format(seedReport()), golden("seed_sample.txt"));
});

Deno.test("the sample's numbers render as the golden JSON file", () => {
  assert.equal(jsonFormatter.format(seedReport()), golden("seed_sample.json"));
});

Deno.test("the sample's numbers render as the golden CSV file", () => {
  assert.equal(csvFormatter.format(seedReport()), golden("seed_sample.csv"));
});

/** The specification's console sample with the figures that its own inputs give: 19.85, 11.49, 72.8. */
const SPECIFIED_CONSOLE = golden("specified_console.txt");

Deno.test("every line of the specified console sample appears, in the specified order", () => {
  const lines = consoleFormatter.format(seedReport()).split("\n");
  let from = 0;
  for (const line of SPECIFIED_CONSOLE.trimEnd().split("\n")) {
    const at = lines.indexOf(line, from);
    assert(at >= from, `missing after line ${from}: ${line}`);
    from = at + 1;
  }
});

Deno.test("the CSV starts with the specified header and ten rows", () => {
  const labels = csvFormatter.format(seedReport()).split("\n").map((row) => row.split(",")[0]);
  assert.deepEqual(labels.slice(0, 11), ["Metric", ...SPECIFIED_ROWS]);
});

Deno.test("every format ends in exactly one newline", () => {
  for (const { name, format } of FORMATTERS) assert.match(format(seedReport()), /[^\n]\n$/, name);
});
