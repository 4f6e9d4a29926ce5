import assert from "node:assert/strict";
import schema from "../../../lib/report/report.schema.json" with { type: "json" };
import type { MetricKey } from "../../../lib/stats/judge/metric.ts";
import { CONTESTED_METRICS, METRICS } from "../../../lib/stats/judge/metrics.ts";

/** Every key of a summary that is a number must be in the table, or this does not compile. */
const EVERY_KEY: Readonly<Record<MetricKey, string>> = Object.fromEntries(
  METRICS.map(({ key, label }) => [key, label]),
) as Record<typeof METRICS[number]["key"], string>;

/** What a summary holds that is no single number. */
const NO_METRICS = ["protocol", "errors", "timing_breakdown", "open_load"];

function sorted(keys: Iterable<string>): string[] {
  return [...keys].sort();
}

Deno.test("the schema knows every metric of a summary, and no other", () => {
  const known = Object.keys(schema.definitions.summary.properties);
  const expected = [...Object.keys(EVERY_KEY), ...NO_METRICS];
  assert.deepEqual(sorted(known), sorted(expected));
});

Deno.test("the schema has a difference, a winner and a verdict of every contested metric, in their order", () => {
  const { properties, required } = schema.properties.comparison;
  const keys = CONTESTED_METRICS.map(({ key }) => key);
  const differences = keys.map((key) => `${key}_diff_pct`);
  assert.deepEqual(required.slice(0, keys.length), differences);
  assert.deepEqual(Object.keys(properties).slice(0, keys.length), differences);
  for (const { required, properties: records } of [properties.winner, properties.verdicts]) {
    assert.deepEqual(required, keys);
    assert.deepEqual(Object.keys(records), keys);
  }
  assert.deepEqual(properties.primary_metric.enum, keys);
});

Deno.test("no two metrics have the same key or name", () => {
  for (const part of ["key", "label", "inSentence"] as const) {
    const all = METRICS.map((metric) => metric[part]);
    assert.equal(new Set(all).size, all.length, part);
  }
});
