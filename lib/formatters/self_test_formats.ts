import type { EqualsRecord, SelfTestRecord, ShareRecord } from "../report/self_test_record.ts";
import { NOT_AVAILABLE } from "../report/number_text.ts";
import { heading, SINGLE_RULE, table } from "./plain_layout.ts";
import { SCATTERED_METRICS, type ScatteredKey } from "../self_test/equals_tally.ts";

/** Turns the result of a self-test into text. */
export interface SelfTestFormat {
  /** What `--output` calls it. */
  readonly name: string;
  format(record: SelfTestRecord): string;
}

const WIDTHS = [34, 12, 9, 20];

const METRIC_NAMES: Readonly<Record<ScatteredKey, string>> = {
  median_response_time: "median",
  avg_response_time: "average",
  p95_response_time: "p95",
  p99_response_time: "p99",
  throughput: "throughput",
};

export const SELF_TEST_FORMATS: readonly SelfTestFormat[] = [
  { name: "console", format: consoleText },
  { name: "json", format: (record) => `${JSON.stringify(record, null, 2)}\n` },
];

function consoleText({ self_test: test, rest, grpc }: SelfTestRecord): string {
  const extent = test.requests_per_run === null ? "timed" : `${test.requests_per_run} requests`;
  return [
    ...heading("SELF-TEST: EVERY SERVER AGAINST ITSELF"),
    `${test.runs} runs of ${extent} per side and protocol, ${test.concurrency} in flight, ` +
    `${test.client} clients, seed ${test.seed}`,
    `protoduel ${test.tool_version}, ${test.runtime}, ${test.platform}, ${test.cores} cores`,
    "",
    ...[rest, grpc].flatMap((side) => [...tableOf(side), ""]),
    ...[rest, grpc].map(({ conclusion }) => `- ${conclusion}`),
    ...[rest, grpc].filter(({ failed_requests: failed }) => failed > 0)
      .map(({ protocol, failed_requests: failed }) => `- ${protocol}: ${failed} requests failed`),
    ...(test.interrupted ? ["- Interrupted: these are the runs that were complete"] : []),
  ].map((line) => `${line}\n`).join("");
}

function tableOf(side: EqualsRecord): string[] {
  const [header, ...body] = table(WIDTHS, [
    [`${side.protocol} / ${side.protocol}`, "runs", "share", "95% interval"],
    row("named a winner on the median", side.winners_on_primary),
    row("named a winner on any metric", side.winners_on_any),
    ...SCATTERED_METRICS.map((key) =>
      row(`truth in interval, ${METRIC_NAMES[key]}`, side.coverage[key])
    ),
  ]);
  return [header!, SINGLE_RULE, ...body];
}

function row(name: string, { count, of, pct, low_pct: low, high_pct: high }: ShareRecord) {
  const share = pct === null ? NOT_AVAILABLE : `${pct.toFixed(1)}%`;
  return [name, `${count} of ${of}`, share, `${low.toFixed(1)}% to ${high.toFixed(1)}%`];
}
