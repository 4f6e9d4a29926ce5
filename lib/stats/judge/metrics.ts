import type { Contest, Metric, MetricKey, MetricKind } from "./metric.ts";

/** Every metric of a summary; those that are contested stand in the order in which the document has them. */
export const METRICS = [
  {
    key: "avg_response_time",
    label: "Avg Response Time",
    inSentence: "mean response time",
    unit: "ms",
    contest: {
      kind: "time",
      shareBeyond: null,
      valueIn: (pool) => pool.responseTimeSumMs / pool.successes,
    },
  },
  {
    key: "avg_payload_size",
    label: "Avg Payload Size",
    inSentence: "payload size",
    unit: "bytes",
    contest: {
      kind: "size",
      shareBeyond: null,
      valueIn: (pool) => pool.payloadBytes / pool.successes,
    },
  },
  {
    key: "throughput",
    label: "Throughput",
    inSentence: "throughput",
    unit: "req/s",
    contest: {
      kind: "rate",
      shareBeyond: null,
      valueIn: (pool) => pool.successes / pool.durationMs,
    },
  },
  {
    key: "success_rate",
    label: "Success Rate",
    inSentence: "success rate",
    unit: "%",
    contest: {
      kind: "share",
      shareBeyond: null,
      valueIn: (pool) => 100 * pool.successes / pool.finished,
    },
  },
  {
    key: "network_efficiency",
    label: "Network Efficiency",
    inSentence: "network efficiency",
    unit: "bytes/ms",
    contest: {
      kind: "rate",
      shareBeyond: null,
      valueIn: (pool) => pool.payloadBytes / pool.responseTimeSumMs,
    },
  },
  {
    key: "median_response_time",
    label: "Median Response Time",
    inSentence: "median response time",
    unit: "ms",
    contest: { kind: "time", shareBeyond: 0.5, valueIn: (pool) => pool.quantileMs(0.5) },
  },
  {
    key: "p95_response_time",
    label: "P95 Response Time",
    inSentence: "p95",
    unit: "ms",
    contest: { kind: "time", shareBeyond: 0.05, valueIn: (pool) => pool.quantileMs(0.95) },
  },
  {
    key: "p99_response_time",
    label: "P99 Response Time",
    inSentence: "p99",
    unit: "ms",
    contest: { kind: "time", shareBeyond: 0.01, valueIn: (pool) => pool.quantileMs(0.99) },
  },
  {
    key: "successful_requests",
    label: "Successful Requests",
    inSentence: "successful requests",
    unit: "",
    contest: { kind: "count", shareBeyond: null, valueIn: (pool) => pool.successes },
  },
  {
    key: "total_bytes_transferred",
    label: "Total Bytes Transferred",
    inSentence: "total bytes",
    unit: "bytes",
    contest: { kind: "size", shareBeyond: null, valueIn: (pool) => pool.payloadBytes },
  },
  {
    key: "data_transfer_rate",
    label: "Data Transfer Rate",
    inSentence: "transfer rate",
    unit: "bytes/s",
    contest: {
      kind: "rate",
      shareBeyond: null,
      valueIn: (pool) => pool.payloadBytes / pool.durationMs,
    },
  },
  uncontested("min_response_time", "Min Response Time", "shortest response time", "ms"),
  uncontested("max_response_time", "Max Response Time", "longest response time", "ms"),
  uncontested("stddev_response_time", "Std Deviation", "standard deviation", "ms"),
  uncontested("total_requests", "Total Requests", "requests", ""),
  uncontested("failed_requests", "Failed Requests", "failed requests", ""),
  uncontested("timed_out_requests", "Timed-out Requests", "requests that timed out", ""),
  uncontested("retried", "Retried Requests", "retried requests", ""),
  uncontested("client_failures", "Client Failures", "failures by this machine", ""),
  uncontested("in_flight_kept", "Kept in Flight", "requests kept in flight", ""),
  uncontested("wire_bytes_sent", "Wire Bytes Sent", "bytes sent on the wire", "bytes"),
  uncontested("wire_bytes_received", "Wire Bytes Received", "bytes received on the wire", "bytes"),
  uncontested("total_duration", "Total Duration", "duration", "s"),
  uncontested("wall_duration", "Wall Duration", "duration by the clock", "s"),
] as const satisfies readonly Metric[];

export type ContestedKey = Extract<typeof METRICS[number], { readonly contest: Contest }>["key"];

/** A metric on which the sides are compared, and how. */
export interface ContestedMetric extends Contest {
  readonly key: ContestedKey;
}

export const CONTESTED_METRICS: readonly ContestedMetric[] = METRICS.flatMap((metric) =>
  metric.contest === null ? [] : [{ key: metric.key, ...metric.contest }]
);

const METRIC_BY_KEY: ReadonlyMap<MetricKey, Metric> = new Map(
  METRICS.map((metric) => [metric.key, metric]),
);
const CONTEST_BY_KEY: ReadonlyMap<MetricKey, ContestedMetric> = new Map(
  CONTESTED_METRICS.map((metric) => [metric.key, metric]),
);

export function metricOf(key: MetricKey): Metric {
  return METRIC_BY_KEY.get(key)!;
}

export function contestOf(key: ContestedKey): Contest {
  return CONTEST_BY_KEY.get(key)!;
}

export function kindOf(key: ContestedKey): MetricKind {
  return contestOf(key).kind;
}

export function isContested(key: MetricKey): key is ContestedKey {
  return CONTEST_BY_KEY.has(key);
}

function uncontested<Key extends MetricKey>(
  key: Key,
  label: string,
  inSentence: string,
  unit: Metric["unit"],
) {
  return { key, label, inSentence, unit, contest: null } as const;
}
