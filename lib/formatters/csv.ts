import { stringify } from "csv-stringify/sync";
import { confidenceText, signedText } from "../report/number_text.ts";
import type { ClientRecord } from "../report/client_record.ts";
import type { KneeRecord } from "../report/knee_record.ts";
import type { Report } from "../report/report.ts";
import { differenceOf } from "../stats/comparison.ts";
import { isContested, kindOf, type MetricKey } from "../stats/metric.ts";
import type {
  OpenLoadSummary,
  PhaseSummary,
  ProtocolSummary,
  TimingBreakdown,
} from "../stats/summary.ts";
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
const METRIC_ROWS: readonly (readonly [label: string, key: MetricKey])[] = [
  ["Total Requests", "total_requests"],
  ["Successful Requests", "successful_requests"],
  ["Success Rate %", "success_rate"],
  ["Avg Response Time (ms)", "avg_response_time"],
  ["Median Response Time (ms)", "median_response_time"],
  ["P95 Response Time (ms)", "p95_response_time"],
  ["Avg Payload Size (bytes)", "avg_payload_size"],
  ["Total Bytes Transferred", "total_bytes_transferred"],
  ["Throughput (req/s)", "throughput"],
  ["Network Efficiency (bytes/ms)", "network_efficiency"],
  ["P99 Response Time (ms)", "p99_response_time"],
  ["Min Response Time (ms)", "min_response_time"],
  ["Max Response Time (ms)", "max_response_time"],
  ["Std Deviation (ms)", "stddev_response_time"],
  ["Failed Requests", "failed_requests"],
  ["Data Transfer Rate (bytes/s)", "data_transfer_rate"],
  ["Total Duration (s)", "total_duration"],
  ["Wall Duration (s)", "wall_duration"],
  ["Wire Bytes Sent", "wire_bytes_sent"],
  ["Wire Bytes Received", "wire_bytes_received"],
];

const PHASE_ROWS: readonly (readonly [label: string, key: keyof TimingBreakdown])[] = [
  ["Connection Time", "connection_time"],
  ["TCP Time", "tcp_time"],
  ["TLS Time", "tls_time"],
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

export const csvFormatter: Formatter = {
  name: "csv",
  format: (report) =>
    stringify([
      HEADER,
      ...METRIC_ROWS.map(([label, key]) => metricRow(report, label, key)),
      ...PHASE_ROWS.flatMap(([label, key]) => phaseRows(report, label, key)),
      ...openLoadRows(report),
      ...kneeRows(report.knee),
      ...clientRows(report.client_check),
      ...METRIC_ROWS.flatMap(([label, key]) => verdictRows(report, label, key)),
      ...errorRows(report.rest, report.grpc),
    ]),
};

function metricRow({ rest, grpc, comparison }: Report, label: string, key: MetricKey): Row {
  const values = [numberCell(rest[key]), numberCell(grpc[key])] as const;
  if (!isContested(key)) return [label, ...values, "-", "-"];
  const winner = comparison.winner[key];
  const difference = differenceOf(comparison, key);
  // In CSV a time's difference is negative, as lower is better.
  const signed = difference !== null && kindOf(key) === "time" ? -difference : difference;
  return [
    label,
    ...values,
    winner === "none" ? "-" : winner,
    signed === null ? "" : signedText(signed),
  ];
}

/** Of a closed load there is nothing to tell. */
function openLoadRows({ rest: { open_load: rest }, grpc: { open_load: grpc } }: Report): Row[] {
  if (rest === null && grpc === null) return [];
  const unsent = (load: OpenLoadSummary | null) => numberCell(load?.unsent_requests ?? null);
  return [
    ["Unsent Requests", unsent(rest), unsent(grpc), "-", "-"],
    ...OPEN_LOAD_ROWS.flatMap(([label, key]) =>
      statisticRows(label, rest?.[key] ?? null, grpc?.[key] ?? null)
    ),
  ];
}

/** The rates that each side held with its p99 within the limit, and the lowest that it did not. */
function kneeRows(knee: KneeRecord | null): Row[] {
  if (knee === null) return [];
  const { rest, grpc } = knee;
  return [
    ["Knee Held (req/s)", numberCell(rest.held_rate), numberCell(grpc.held_rate), "-", "-"],
    ["Knee Missed (req/s)", numberCell(rest.missed_rate), numberCell(grpc.missed_rate), "-", "-"],
  ];
}

function clientRows(client: ClientRecord | null): Row[] {
  if (client === null) return [];
  return CLIENT_ROWS.map(([label, key]): Row => [
    label,
    numberCell(client.rest[key]),
    numberCell(client.grpc[key]),
    "-",
    "-",
  ]);
}

/** The verdict, and REST measured by gRPC: the ratio beside 1, or the difference in points beside 0. */
function verdictRows({ comparison }: Report, label: string, key: MetricKey): Row[] {
  if (!isContested(key)) return [];
  const { scale, estimate, low, high, confidence, verdict } = comparison.verdicts[key];
  const winner = comparison.winner[key];
  const name = label.replace(/ (%|\(.*\))$/, "");
  const measure = scale === "points" ? "Difference (points)" : "Ratio";
  const reference = scale === null ? "" : scale === "points" ? "0" : "1";
  const bounds = confidenceText(confidence);
  return [
    [textCell(`${name} Verdict: ${verdict}`), "", "", winner === "none" ? "-" : winner, "-"],
    [`${name} ${measure}`, numberCell(estimate), reference, "-", "-"],
    [`${name} ${measure} Low ${bounds}`, numberCell(low), reference, "-", "-"],
    [`${name} ${measure} High ${bounds}`, numberCell(high), reference, "-", "-"],
  ];
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
  return PHASE_STATISTICS.map(([name, statistic]): Row => [
    `${label} ${name} (ms)`,
    numberCell(restPhase?.[statistic] ?? null),
    numberCell(grpcPhase?.[statistic] ?? null),
    "-",
    "-",
  ]);
}

function errorRows(rest: ProtocolSummary, grpc: ProtocolSummary): Row[] {
  const errorTypes = new Set([...Object.keys(rest.errors), ...Object.keys(grpc.errors)]);
  return [...errorTypes].map((errorType) => [
    textCell(`Errors: ${errorType}`),
    numberCell(countOf(rest, errorType)),
    numberCell(countOf(grpc, errorType)),
    "-",
    "-",
  ]);
}

/** An error type read from a file may be the name of something that every object has. */
function countOf({ errors }: ProtocolSummary, errorType: string): number {
  return Object.hasOwn(errors, errorType) ? errors[errorType]! : 0;
}

function numberCell(value: number | null): string {
  return value === null ? "" : String(value);
}

/** A spreadsheet runs a text that starts like a formula; an apostrophe makes it text again. */
function textCell(text: string): string {
  const safe = printable(text);
  return /^[=+\-@]/.test(safe) ? `'${safe}` : safe;
}
