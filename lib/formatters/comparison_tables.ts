import { basisBesideValues } from "../report/shown_values.ts";
import { differenceOf } from "../report/comparison_record.ts";
import type { VerdictRecord } from "../report/judgement.ts";
import { COMPARATIVE } from "../report/lead_text.ts";
import {
  boundsText,
  confidenceText,
  countText,
  estimateText,
  NOT_AVAILABLE,
  signedText,
} from "../report/number_text.ts";
import type { Report } from "../report/report.ts";
import type { MetricKind } from "../stats/judge/metric.ts";
import { type ContestedKey, kindOf, metricOf } from "../stats/judge/metrics.ts";
import { SINGLE_RULE, table } from "./plain_layout.ts";
import { VALUE_TEXT } from "./value_text.ts";

const COMPARISON_WIDTHS = [24, 14, 14, 12, 16];
const VERDICT_WIDTHS = [24, 14, 18, 24];

/** The seed's rows in the seed's order, then the rest. */
const COMPARISON_ROWS: readonly ContestedKey[] = [
  "avg_response_time",
  "avg_payload_size",
  "success_rate",
  "throughput",
  "network_efficiency",
  "median_response_time",
  "p95_response_time",
  "p99_response_time",
  "data_transfer_rate",
];

export function comparisonTable(report: Report): string[] {
  const { rest, grpc, comparison } = report;
  const rows = COMPARISON_ROWS.map((key) => {
    const text = VALUE_TEXT[metricOf(key).unit];
    const winner = comparison.winner[key];
    return [
      labelOf(key),
      text(rest[key]),
      text(grpc[key]),
      winner === "none" ? "-" : winner,
      basisBesideValues(report, key) ?? differenceText(differenceOf(comparison, key), kindOf(key)),
    ];
  });
  const [header, ...body] = table(COMPARISON_WIDTHS, [
    ["Metric", "REST", "gRPC", "Winner", "Difference"],
    ...rows,
  ]);
  return [header!, SINGLE_RULE, ...body];
}

/** The primary metric first, since its verdict is the run's. */
export function verdictTable({ comparison }: Report): string[] {
  const { verdicts, primary_metric: primary, margin_pct: margin } = comparison;
  const ordered = COMPARISON_ROWS.toSorted((a, b) => Number(b === primary) - Number(a === primary));
  const rows = ordered.map((key) => [
    key === primary ? `${labelOf(key)} *` : labelOf(key),
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
  const secondary = COMPARISON_ROWS.find((key) => key !== primary)!;
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

/** As in the sides' own results above the tables. */
function labelOf(key: ContestedKey): string {
  return key === "data_transfer_rate" ? "Transfer Rate" : metricOf(key).label;
}

function differenceText(difference: number | null, kind: MetricKind): string {
  if (difference === null) return NOT_AVAILABLE;
  const percent = `${signedText(difference)}%`;
  return difference === 0 || kind === "share" ? percent : `${percent} ${COMPARATIVE[kind]}`;
}
