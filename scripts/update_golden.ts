/** Writes the golden files from the specification's sample numbers: read the diff before committing it. */
import { FORMATTERS } from "../lib/formatters/formatters.ts";
import { seedReport } from "../tests/support/seed_sample.ts";

const EXTENSION: Readonly<Record<string, string>> = { console: "txt", json: "json", csv: "csv" };

for (const { name, format } of FORMATTERS) {
  const path = new URL(`../tests/golden/seed_sample.${EXTENSION[name]}`, import.meta.url);
  await Deno.writeTextFile(path, format(seedReport()));
}
