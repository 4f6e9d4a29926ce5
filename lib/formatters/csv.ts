import { stringify } from "csv-stringify/sync";
import type { ClientRecord } from "../report/client_record.ts";
import type { VerdictName } from "../report/judgement.ts";
import type { KneeRecord } from "../report/knee_record.ts";
import { signedText } from "../report/number_text.ts";
import type { Report, TestMetadata } from "../report/report.ts";
import { differenceOf, type Winner } from "../report/comparison_record.ts";
import type { MetricKey } from "../stats/judge/metric.ts";
import { type ContestedKey, isContested, kindOf, metricOf } from "../stats/judge/metrics.ts";
import type { PhaseSummary, TimingBreakdown } from "../stats/judge/summary.ts";
import type { SideRecord } from "../report/side_record.ts";
import { printable } from "../terminal/printable.ts";
import type { Formatter } from "./formatter.ts";

type Row = readonly [
  metric: string,
  rest: string,
  grpc: string,
  winner: string,
  difference: string,
];

const HEADER: Row = ["Metric", "REST", "gRPC", "Winner", "Difference_Pct"];

/** The seed's rows in the seed's order, then the rest. */
const METRIC_ROWS: readonly MetricKey[] = [
  "total_requests",
  "successful_requests",
  "success_rate",
  "avg_response_time",
  "median_response_time",
  "p95_response_time",
  "avg_payload_size",
  "total_bytes_transferred",
  "throughput",
  "network_efficiency",
  "p99_response_time",
  "min_response_time",
  "max_response_time",
  "stddev_response_time",
  "failed_requests",
  "retried",
  "data_transfer_rate",
  "total_duration",
  "wall_duration",
  "wire_bytes_sent",
  "wire_bytes_received",
];

const PHASE_ROWS: readonly (readonly [label: string, key: keyof TimingBreakdown])[] = [
  ["Connection Time", "connection_time"],
  ["TCP Time", "tcp_time"],
  ["TLS Time", "tls_time"],
  ["Connection Wait Time", "connection_wait_time"],
  ["Stream Wait Time", "stream_wait_time"],
  ["First Byte Time", "first_byte_time"],
  ["Download Time", "download_time"],
];

const OPEN_LOAD_ROWS = [
  ["Service Time", "service_time"],
  ["Send Delay", "send_delay"],
  ["Queue Wait", "queue_wait"],
] as const;

const CLIENT_ROWS = [
  ["Client Floor Median (ms)", "floor_median"],
  ["Client Floor P99 (ms)", "floor_p99"],
  ["Client Floor Throughput (req/s)", "floor_throughput"],
  ["Client CPU Share", "cpu_share"],
  ["Event Loop Lag Median (ms)", "event_loop_lag_median"],
  ["Event Loop Lag P99 (ms)", "event_loop_lag_p99"],
] as const;

const PHASE_STATISTICS = [
  ["Mean", "mean"],
  ["P50", "p50"],
  ["P95", "p95"],
  ["P99", "p99"],
] as const;

/** How the result came about: the same for both sides. */
const CIRCUMSTANCE_ROWS: readonly (readonly [label: string, key: keyof TestMetadata])[] = [
  ["Timestamp", "timestamp"],
  ["Operation", "operation"],
  ["Client", "client"],
  ["Load", "load"],
  ["Rate", "rate"],
  ["Duration Asked (s)", "duration_s"],
  ["Concurrency", "concurrency"],
  ["Workers", "workers"],
  ["Timeout (ms)", "timeout_ms"],
  ["User ID Range", "user_id_range"],
  ["Seed", "seed"],
  ["Schedule", "schedule"],
  ["Blocks", "blocks"],
  ["Warm-up Requests", "warm_up_requests"],
  ["Interrupted", "interrupted"],
  ["Tool Version", "tool_version"],
  ["Runtime", "runtime"],
  ["Platform", "platform"],
];

/** Every result has the same rows, so that many can be laid side by side by their first column. */
export const csvFormatter: Formatter = {
  name: "csv",
  format: (report) =>
    stringify([
      HEADER,
      ...METRIC_ROWS.map((key) => metricRow(report, key)),
      ...PHASE_ROWS.flatMap(([label, key]) => phaseRows(report, label, key)),
      ...openLoadRows(report),
      ...kneeRows(report.knee),
      ...clientRows(report.client_check),
      ...METRIC_ROWS.filter(isContested).flatMap((key) => verdictRows(report, key)),
      plainRow("Errors", errorsText(report.rest), errorsText(report.grpc)),
      ...circumstanceRows(report.test_metadata),
    ]),
};

/** `Throughput (req/s)`, `Success Rate %`; no unit where the name has it. */
function labelWithUnit(key: MetricKey): string {
  const { label, unit } = metricOf(key);
  if (unit === "" || label.toLowerCase().split(" ").includes(unit)) return label;
  return unit === "%" ? `${label} %` : `${label} (${unit})`;
}

function metricRow({ rest, grpc, comparison }: Report, key: MetricKey): Row {
  const label = labelWithUnit(key);
  if (!isContested(key)) return plainRow(label, rest[key], grpc[key]);
  const difference = differenceOf(comparison, key);
  // In CSV a time's difference is negative, as lower is better.
  const signed = difference !== null && kindOf(key) === "time" ? -difference : difference;
  return [
    label,
    cell(rest[key]),
    cell(grpc[key]),
    winnerCell(comparison.winner[key]),
    signed === null ? "" : signedText(signed),
  ];
}

/** Empty in a closed load, of which there is nothing to tell. */
function openLoadRows({ rest: { open_load: rest }, grpc: { open_load: grpc } }: Report): Row[] {
  const of = (key: "offered_rate" | "sent_rate" | "answered_rate" | "unsent_requests") =>
    [rest?.[key] ?? null, grpc?.[key] ?? null] as const;
  return [
    plainRow("Offered Rate (req/s)", ...of("offered_rate")),
    plainRow("Sent Rate (req/s)", ...of("sent_rate")),
    plainRow("Answered Rate (req/s)", ...of("answered_rate")),
    plainRow("Rate Held", rest?.held, grpc?.held),
    plainRow("Unsent Requests", ...of("unsent_requests")),
    ...OPEN_LOAD_ROWS.flatMap(([label, key]) =>
      statisticRows(label, rest?.[key] ?? null, grpc?.[key] ?? null)
    ),
  ];
}

/** The rates that each side held with its p99 within the limit, and the lowest that it did not. */
function kneeRows(knee: KneeRecord | null): Row[] {
  const [rest, grpc] = [knee?.rest, knee?.grpc];
  return [
    plainRow("Knee Held (req/s)", rest?.held_rate, grpc?.held_rate),
    plainRow("Knee Missed (req/s)", rest?.missed_rate, grpc?.missed_rate),
    plainRow("Knee Range Low (req/s)", rest?.range_low, grpc?.range_low),
    plainRow("Knee Range High (req/s)", rest?.range_high, grpc?.range_high),
    plainRow("Knee Limited By", rest?.limited_by, grpc?.limited_by),
  ];
}

function clientRows(client: ClientRecord | null): Row[] {
  return CLIENT_ROWS.map(([label, key]) =>
    plainRow(label, client?.rest[key] ?? null, client?.grpc[key] ?? null)
  );
}

/** The verdict, and REST measured by gRPC: the ratio beside 1, or the difference in points beside 0. */
function verdictRows({ comparison }: Report, key: ContestedKey): Row[] {
  const { scale, estimate, low, high, confidence, verdict } = comparison.verdicts[key];
  const { label: name } = metricOf(key);
  const measure = `${name} ${kindOf(key) === "share" ? "Difference (points)" : "Ratio"}`;
  const reference = scale === null ? null : scale === "points" ? 0 : 1;
  const percent = confidence === null ? null : Number((confidence * 100).toFixed(2));
  const winner = winnerCell(comparison.winner[key]);
  return [
    [`${name} Verdict`, ...verdictCells(verdict), winner, "-"],
    plainRow(measure, estimate, reference),
    plainRow(`${measure} Low`, low, reference),
    plainRow(`${measure} High`, high, reference),
    plainRow(`${measure} Confidence %`, percent, percent),
  ];
}

/** A verdict as it is for each side: a win of one is what the other loses, and the rest is said of both. */
function verdictCells(verdict: VerdictName): readonly [rest: string, grpc: string] {
  switch (verdict) {
    case "REST wins":
      return ["wins", "loses"];
    case "gRPC wins":
      return ["loses", "wins"];
    default:
      return [verdict, verdict];
  }
}

function phaseRows(
  { rest, grpc }: Report,
  label: string,
  key: keyof TimingBreakdown,
): Row[] {
  return statisticRows(label, rest.timing_breakdown[key], grpc.timing_breakdown[key]);
}

function statisticRows(
  label: string,
  restPhase: PhaseSummary | null,
  grpcPhase: PhaseSummary | null,
): Row[] {
  return PHASE_STATISTICS.map(([name, statistic]) =>
    plainRow(`${label} ${name} (ms)`, restPhase?.[statistic], grpcPhase?.[statistic])
  );
}

function circumstanceRows(metadata: TestMetadata): Row[] {
  return [
    plainRow("URL", metadata.rest_url, metadata.grpc_url),
    ...CIRCUMSTANCE_ROWS.map(([label, key]) => plainRow(label, metadata[key], metadata[key])),
  ];
}

/** `HTTP 500: 5; Connection Timeout: 10`, in one cell: which types there are differs between runs. */
function errorsText({ errors }: SideRecord): string {
  return Object.entries(errors).map(([type, count]) => `${type}: ${count}`).join("; ");
}

type Value = string | number | boolean | null | undefined;

/** Of what nobody wins. */
function plainRow(label: string, rest: Value, grpc: Value): Row {
  return [label, cell(rest), cell(grpc), "-", "-"];
}

function winnerCell(winner: Winner): string {
  return winner === "none" ? "-" : winner;
}

/** In full precision; empty where there is nothing. */
function cell(value: Value): string {
  if (value === null || value === undefined) return "";
  return typeof value === "string" ? textCell(value) : String(value);
}

/** A spreadsheet runs a text that starts like a formula, wide signs too; an apostrophe makes it text. */
function textCell(text: string): string {
  const safe = printable(text);
  return /^\s*[=+\-@\uff1d\uff0b\uff0d\uff20]/.test(safe) ? `'${safe}` : safe;
}
