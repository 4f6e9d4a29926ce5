import type { ClientSideRecord } from "../report/client_record.ts";
import { inFlightText } from "../report/in_flight_sentences.ts";
import type { KneeRecord, KneeSideRecord, LimitName } from "../report/knee_record.ts";
import type { VerdictRecord } from "../report/judgement.ts";
import {
  boundsText,
  confidenceText,
  countText,
  estimateText,
  NOT_AVAILABLE,
  percentText,
  signedText,
} from "../report/number_text.ts";
import type { Report, TestMetadata } from "../report/report.ts";
import { differenceOf } from "../report/comparison_record.ts";
import { fallsShort } from "../stats/record/in_flight.ts";
import { type ContestedKey, kindOf, type MetricKind } from "../stats/judge/metric.ts";
import type { OpenLoadSummary, PhaseSummary } from "../stats/judge/summary.ts";
import type { SideRecord } from "../report/side_record.ts";
import { printable } from "../terminal/printable.ts";
import { fairnessLines } from "./fairness_lines.ts";
import type { Formatter } from "./formatter.ts";
import { heading, SINGLE_RULE, table } from "./plain_layout.ts";

const LABEL_WIDTH = 22;
const COMPARISON_WIDTHS = [24, 14, 14, 12, 16];
const VERDICT_WIDTHS = [24, 14, 18, 24];
const KNEE_WIDTHS = [24, 18, 18, 20];
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

/** The seed's rows in the seed's order, then the rest. */
const COMPARISON_ROWS: readonly {
  readonly label: string;
  readonly key: ContestedKey;
  readonly text: (value: number | null) => string;
}[] = [
  { label: "Avg Response Time", key: "avg_response_time", text: milliseconds },
  { label: "Avg Payload Size", key: "avg_payload_size", text: averageBytes },
  { label: "Success Rate", key: "success_rate", text: percentText },
  { label: "Throughput", key: "throughput", text: requestRate },
  {
    label: "Network Efficiency",
    key: "network_efficiency",
    text: (value) => withUnit(value, 2, "b/ms"),
  },
  { label: "Median Response Time", key: "median_response_time", text: milliseconds },
  { label: "P95 Response Time", key: "p95_response_time", text: milliseconds },
  { label: "P99 Response Time", key: "p99_response_time", text: milliseconds },
  { label: "Transfer Rate", key: "data_transfer_rate", text: byteRate },
];

/** What a difference of each kind is called. */
const DIFFERENCE_WORD: Readonly<Record<MetricKind, string>> = {
  time: " faster",
  size: " smaller",
  rate: " higher",
  count: " higher",
  share: "",
};

function comparisonTable({ rest, grpc, comparison }: Report): string[] {
  const rows = COMPARISON_ROWS.map(({ label, key, text }) => {
    const winner = comparison.winner[key];
    return [
      label,
      text(rest[key]),
      text(grpc[key]),
      winner === "none" ? "-" : winner,
      differenceText(differenceOf(comparison, key), kindOf(key)),
    ];
  });
  const [header, ...body] = table(COMPARISON_WIDTHS, [
    ["Metric", "REST", "gRPC", "Winner", "Difference"],
    ...rows,
  ]);
  return [header!, SINGLE_RULE, ...body];
}

/** The primary metric first, since its verdict is the run's. */
function verdictTable({ comparison }: Report): string[] {
  const { verdicts, primary_metric: primary, margin_pct: margin } = comparison;
  const ordered = COMPARISON_ROWS.toSorted((a, b) =>
    Number(b.key === primary) - Number(a.key === primary)
  );
  const rows = ordered.map(({ label, key }) => [
    key === primary ? `${label} *` : label,
    estimateText(verdicts[key]),
    boundsText(verdicts[key]),
    verdictText(verdicts[key]),
  ]);
  const [header, ...body] = table(VERDICT_WIDTHS, [
    ["Metric", "REST / gRPC", "Interval", `Verdict at ${margin}%`],
    ...rows,
  ]);
  return [header!, SINGLE_RULE, ...body, ...verdictLegend(comparison)];
}

function verdictText({ verdict, requests_to_decide: requests }: VerdictRecord): string {
  return requests === null ? verdict : `${verdict} (~${countText(requests)})`;
}

function verdictLegend({ verdicts, primary_metric: primary }: Report["comparison"]): string[] {
  const secondary = COMPARISON_ROWS.find(({ key }) => key !== primary)!.key;
  const [own, other] = [verdicts[primary].confidence, verdicts[secondary].confidence];
  return [
    ...(own === null || other === null ? [] : [
      `* the primary metric, ${confidenceText(own)} interval; the others ${
        confidenceText(other)
      } ` +
      "each, sharing one error chance",
    ]),
    ...(Object.values(verdicts).every(({ requests_to_decide: requests }) => requests === null)
      ? []
      : ["(~N): requests per protocol that would decide it"]),
  ];
}

/** Left out where nobody asked for it. */
function kneeTable(knee: KneeRecord | null): string[] {
  if (knee === null) return [];
  const row = (label: string, side: KneeSideRecord) => [
    label,
    side.held_rate === null ? NOT_AVAILABLE : requestRate(side.held_rate),
    side.missed_rate === null ? NOT_AVAILABLE : requestRate(side.missed_rate),
    side.limited_by === null ? KNEE_WORDS[side.result] : KNEE_LIMITS[side.limited_by],
  ];
  const [header, ...body] = table(KNEE_WIDTHS, [
    [`Knee at p99 ${knee.p99_limit} ms`, "holds", "misses", ""],
    row("REST", knee.rest),
    row("gRPC", knee.grpc),
  ]);
  return [header!, SINGLE_RULE, ...body, ""];
}

const KNEE_WORDS: Readonly<Record<KneeSideRecord["result"], string>> = {
  found: "",
  above: "held every rate tried",
  below: "held no rate tried",
  slow: "answers too few to tell",
  untried: "not tried to an end",
};

const KNEE_LIMITS: Readonly<Record<LimitName, string>> = {
  failures: "missed by failures",
  queue: "the queue grows",
  in_flight: "limited by -c",
  p99: "missed by its p99",
};

function differenceText(difference: number | null, kind: MetricKind): string {
  if (difference === null) return NOT_AVAILABLE;
  const percent = `${signedText(difference)}%`;
  return difference === 0 ? percent : percent + DIFFERENCE_WORD[kind];
}

function milliseconds(value: number | null): string {
  return withUnit(value, 2, "ms");
}

function requestRate(value: number | null): string {
  return withUnit(value, 1, "req/s");
}

/** 1 KB = 1000 bytes. */
function byteRate(bytesPerSecond: number | null): string {
  return withUnit(bytesPerSecond === null ? null : bytesPerSecond / 1000, 1, "KB/s");
}

function averageBytes(value: number | null): string {
  return withUnit(value, Number.isInteger(value) ? 0 : 1, "bytes");
}

function withUnit(value: number | null, decimals: number, unit: string): string {
  return value === null ? NOT_AVAILABLE : `${value.toFixed(decimals)} ${unit}`;
}
