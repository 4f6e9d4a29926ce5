import { parse as parseCsv } from "csv-parse/sync";
import assert from "node:assert/strict";
import fc from "fast-check";
import { csvFormatter } from "../../lib/formatters/csv.ts";
import type { VerdictName } from "../../lib/report/judgement.ts";
import type { KneeSideRecord } from "../../lib/report/knee_record.ts";
import type { Report } from "../../lib/report/report.ts";
import { CONTESTED_METRICS } from "../../lib/stats/judge/metrics.ts";
import type { OpenLoadSummary } from "../../lib/stats/judge/summary.ts";
import { SEED_GRPC, SEED_REST, seedReport } from "../support/seed_sample.ts";

function rowsOf(report: Report): string[][] {
  return parseCsv(csvFormatter.format(report)) as string[][];
}

function firstColumn(report: Report): (string | undefined)[] {
  return rowsOf(report).map(([label]) => label);
}

const PHASE = { mean: 1, p50: 1, p95: 1, p99: 1, samples: 3 };

const OPEN_LOAD = {
  unsent_requests: 3,
  service_time: PHASE,
  send_delay: PHASE,
  queue_wait: null,
} as unknown as OpenLoadSummary;

const KNEE_SIDE = { result: "found", held_rate: 10, missed_rate: 11, steps: [] } as unknown as
  & KneeSideRecord
  & object;

const CLIENT_SIDE = {
  verdict: "not-client-bound",
  floor_median: 1,
  floor_p99: 2,
  floor_throughput: 3,
  floor_share: 0.1,
  utilisation: 0.1,
  cpu_share: 0.1,
  event_loop_lag_median: 0.1,
  event_loop_lag_p99: 0.1,
} as const;

const VERDICTS: readonly VerdictName[] = [
  "REST wins",
  "gRPC wins",
  "equivalent",
  "real but small",
  "inconclusive",
  "client-bound",
  "error rates differ",
  "unsupported",
];

/** Every kind of run: closed or open, with a knee or without, interrupted, failing, with no verdict. */
const reports = fc.record({
  open: fc.boolean(),
  knee: fc.boolean(),
  client: fc.boolean(),
  interrupted: fc.boolean(),
  errors: fc.dictionary(fc.string(), fc.nat(9)),
  silent: fc.boolean(),
  verdict: fc.constantFrom(...VERDICTS),
  lacking: fc.boolean(),
  confidence: fc.constantFrom(0.95, 0.995, 0.9917),
}).map((kind): Report => {
  const report = seedReport();
  const open_load = kind.open ? OPEN_LOAD : null;
  const silent = kind.silent ? { avg_response_time: null, p95_response_time: null } : {};
  const verdicts = Object.fromEntries(CONTESTED_METRICS.map(({ key }) => {
    const record = report.comparison.verdicts[key];
    const measured = kind.lacking
      ? { scale: null, estimate: null, low: null, high: null, confidence: null }
      : { confidence: kind.confidence };
    return [key, { ...record, ...measured, verdict: kind.verdict }];
  })) as Report["comparison"]["verdicts"];
  return {
    ...report,
    test_metadata: { ...report.test_metadata, interrupted: kind.interrupted },
    rest: { ...report.rest, ...silent, open_load, errors: kind.errors },
    grpc: { ...report.grpc, open_load },
    comparison: { ...report.comparison, verdicts },
    knee: kind.knee ? { p99_limit: 50, rest: KNEE_SIDE, grpc: KNEE_SIDE } : null,
    client_check: kind.client
      ? { rest: CLIENT_SIDE, grpc: CLIENT_SIDE, explains_result: false }
      : null,
  };
});

Deno.test("the first column is the same in every run, whatever it found", () => {
  const usual = firstColumn(seedReport());
  assert.equal(new Set(usual).size, usual.length, "no label stands twice");
  fc.assert(fc.property(reports, (report) => {
    assert.deepEqual(firstColumn(report), usual);
    for (const row of rowsOf(report)) assert.equal(row.length, 5);
  }));
});

Deno.test("a verdict stands in the columns of the sides that it is about", () => {
  const verdictOf = (report: Report) =>
    rowsOf(report).find(([label]) => label === "Median Response Time Verdict");
  assert.deepEqual(verdictOf(seedReport())!.slice(1), ["wins", "loses", "REST", "-"]);
  const swapped = seedReport({ ...SEED_REST, median_response_time: 40 }, SEED_GRPC);
  assert.deepEqual(verdictOf(swapped)!.slice(1), ["loses", "wins", "gRPC", "-"]);
});

Deno.test("a text that a spreadsheet would run is made text again, also with a wide sign or a space before it", () => {
  for (const start of ["=", "+", "-", "@", " =", "\uff1d", "\uff0b", "\uff0d", "\uff20"]) {
    const report = seedReport({ ...SEED_REST, errors: { [`${start}1+1`]: 2 } });
    const [, cell] = rowsOf(report).find(([label]) => label === "Errors")!;
    assert.match(cell!, /^'/, start);
  }
});
