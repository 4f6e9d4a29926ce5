import type { ClientSideRecord } from "../report/client_record.ts";
import { inFlightText } from "../report/in_flight_sentences.ts";
import { countText, NOT_AVAILABLE, percentText } from "../report/number_text.ts";
import type { Report, TestMetadata } from "../report/report.ts";
import type { SideRecord } from "../report/side_record.ts";
import { fallsShort } from "../stats/record/in_flight.ts";
import type { OpenLoadSummary, PhaseSummary } from "../stats/judge/summary.ts";
import { printable } from "../terminal/printable.ts";
import { comparisonTable, verdictTable } from "./comparison_tables.ts";
import { fairnessLines } from "./fairness_lines.ts";
import type { Formatter } from "./formatter.ts";
import { kneeTable } from "./knee_table.ts";
import { heading, table } from "./plain_layout.ts";
import { averageBytes, byteRate, milliseconds, requestRate, withUnit } from "./value_text.ts";

const LABEL_WIDTH = 22;
const PHASE_WIDTHS = [22, 12, 12, 12, 12, 10];

export const consoleFormatter: Formatter = {
  name: "console",
  format: (report) =>
    [
      ...heading("PARALLEL PERFORMANCE TEST RESULTS"),
      ...configuration(report.test_metadata),
      "",
      ...heading("REST RESULTS"),
      ...protocolResults(report.rest, report, report.client_check?.rest ?? null),
      "",
      ...heading("gRPC RESULTS"),
      ...protocolResults(report.grpc, report, report.client_check?.grpc ?? null),
      "",
      ...heading("COMPARISON & ANALYSIS"),
      ...comparisonTable(report),
      "",
      ...verdictTable(report),
      "",
      ...kneeTable(report.knee),
      "CONCLUSION:",
      ...report.conclusion.map(bullet),
      "",
      ...fairnessLines(report.fairness),
      "",
      "NOTES:",
      ...report.notes.map(bullet),
    ].map((line) => `${line}\n`).join(""),
};

function bullet(text: string): string {
  return `  - ${printable(text)}`;
}

function configuration(metadata: TestMetadata): string[] {
  const testTime = metadata.timestamp.replace("T", " ").replace("Z", " UTC");
  return [
    "Test Configuration:",
    bullet(`Requests per Protocol: ${metadata.requests_per_protocol}`),
    bullet(`User ID Range: ${metadata.user_id_range}`),
    bullet(`REST Server: ${metadata.rest_url}`),
    bullet(`gRPC Server: ${metadata.grpc_url}`),
    bullet(`Test Time: ${testTime}`),
    bullet(`Concurrency: ${metadata.concurrency}, timeout ${metadata.timeout_ms} ms`),
    bullet(`Client: ${metadata.client}, operation ${metadata.operation}`),
    bullet(metadata.rate === null ? "Load: closed" : `Load: open, ${metadata.rate}`),
    bullet(
      `Schedule: ${metadata.schedule}, ${metadata.blocks} blocks, ` +
        `warm-up ${countText(metadata.warm_up_requests)} requests`,
    ),
    bullet(`Seed: ${metadata.seed}`),
  ];
}

function protocolResults(
  summary: SideRecord,
  { test_metadata: { concurrency } }: Report,
  client: ClientSideRecord | null,
): string[] {
  // What this machine made fail itself says nothing of a server, and is told apart below.
  const asked = summary.total_requests - summary.client_failures;
  const requests = `${summary.successful_requests}/${asked} requests`;
  // Such times say how long the load lasted, and little of the server.
  const queue = summary.open_load?.held === false ? ", of a growing queue" : "";
  return [
    field("Success Rate", `${percentText(summary.success_rate)} (${requests})`),
    field("Average Response", milliseconds(summary.avg_response_time) + queue),
    field("Median Response", milliseconds(summary.median_response_time) + queue),
    field("P95 Response", milliseconds(summary.p95_response_time) + queue),
    field("P99 Response", milliseconds(summary.p99_response_time) + queue),
    field("Min Response", milliseconds(summary.min_response_time)),
    field("Max Response", milliseconds(summary.max_response_time)),
    field("Std Deviation", milliseconds(summary.stddev_response_time)),
    ...clientFloor(client),
    "",
    field("Avg Payload Size", averageBytes(summary.avg_payload_size)),
    field("Total Transferred", `${countText(summary.total_bytes_transferred)} bytes`),
    ...wireBytes(summary),
    field("Throughput", requestRate(summary.throughput)),
    ...keptInFlight(summary, concurrency),
    field("Transfer Rate", byteRate(summary.data_transfer_rate)),
    field("Network Efficiency", withUnit(summary.network_efficiency, 2, "bytes/ms")),
    ...timingBreakdown(summary),
    "",
    ...openLoad(summary.open_load),
    field("Failed Requests", String(summary.failed_requests)),
    ...(summary.retried === null || summary.retried === 0
      ? []
      : [field("Retried Requests", countText(summary.retried))]),
    ...(summary.client_failures === 0
      ? []
      : [field("By This Machine", `${summary.client_failures} of them, in no success rate`)]),
    ...errors(summary.errors),
  ];
}

function openLoad(load: OpenLoadSummary | null): string[] {
  if (load === null) return [];
  const { offered_rate: offered, sent_rate: sent, answered_rate: answered, held } = load;
  return [
    field("Rate Offered", requestRate(offered)),
    field("Rate Sent", requestRate(sent)),
    field("Rate Answered", requestRate(answered) + (held === false ? ", not held" : "")),
    field("Unsent Requests", countText(load.unsent_requests)),
  ];
}

/** What of the median the client takes; left out where that is not known, as where it were more than all. */
function clientFloor(client: ClientSideRecord | null): string[] {
  if (client === null || client.floor_share === null || client.floor_share > 1) {
    return [];
  }
  const share = `${Math.round(client.floor_share * 100)}% of the median`;
  return [field("Client Floor", `${milliseconds(client.floor_median)} (${share})`)];
}

/** Told only where it falls short of what was asked for. */
function keptInFlight({ in_flight_kept: kept }: SideRecord, asked: number): string[] {
  if (kept === null || !fallsShort(kept, asked)) return [];
  return [field("Kept in Flight", `${inFlightText(kept)} of ${asked} at the server, on average`)];
}

/** Left out where the client could not see them. */
function wireBytes({ wire_bytes_sent: sent, wire_bytes_received: received }: SideRecord) {
  if (sent === null || received === null) return [];
  return [field("On the Wire", `${countText(sent)} bytes out, ${countText(received)} bytes in`)];
}

function field(label: string, value: string): string {
  return `${label}:`.padEnd(LABEL_WIDTH) + value;
}

function errors(counts: SideRecord["errors"]): string[] {
  const entries = Object.entries(counts);
  if (entries.length === 0) return [];
  return ["Errors:", ...entries.map(([errorType, count]) => bullet(`${errorType}: ${count}`))];
}

/** Left out where no phase is known: a block of `n/a` would tell nothing. */
function timingBreakdown({ timing_breakdown: timing, open_load: open }: SideRecord): string[] {
  // Some phases exist for one protocol or one client only, and have no row without a value.
  const phases = [
    phaseRow("Connection", timing.connection_time),
    ...(timing.tls_time === null ? [] : [
      phaseRow("  TCP", timing.tcp_time),
      phaseRow("  TLS", timing.tls_time),
    ]),
    ...(timing.connection_wait_time === null
      ? []
      : [phaseRow("Connection Wait", timing.connection_wait_time)]),
    ...(timing.stream_wait_time === null ? [] : [phaseRow("Stream Wait", timing.stream_wait_time)]),
    phaseRow("First Byte", timing.first_byte_time),
    phaseRow("Download", timing.download_time),
    ...(open === null ? [] : [
      phaseRow("Service Time", open.service_time),
      phaseRow("Send Delay", open.send_delay),
      ...(open.queue_wait === null ? [] : [phaseRow("Queue Wait", open.queue_wait)]),
    ]),
  ];
  if (phases.every(([, phase]) => phase === null)) return [];
  return [
    "",
    ...table(PHASE_WIDTHS, [
      ["Timing Breakdown:", "mean", "p50", "p95", "p99", "samples"],
      ...phases.map(([label, phase]) => [
        `  ${label}`,
        milliseconds(phase?.mean ?? null),
        milliseconds(phase?.p50 ?? null),
        milliseconds(phase?.p95 ?? null),
        milliseconds(phase?.p99 ?? null),
        String(phase?.samples ?? NOT_AVAILABLE),
      ]),
    ]),
  ];
}

function phaseRow(label: string, phase: PhaseSummary | null): [string, PhaseSummary | null] {
  return [label, phase];
}
