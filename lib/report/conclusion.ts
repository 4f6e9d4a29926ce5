import type { ProtocolLabel } from "../protocols/protocol.ts";
import { type Comparison, differenceOf } from "../stats/comparison.ts";
import type { ContestedKey } from "../stats/metric.ts";
import type { ProtocolSummary } from "../stats/summary.ts";
import type { Judgement, VerdictName, VerdictRecord } from "./judgement.ts";
import { countText, intervalText, percentText, signedText } from "./number_text.ts";

/** Below this many percentage points a lead in reliability is called slight. */
const SLIGHT_LEAD_POINTS = 1;

/** Everything that a conclusion follows from. */
export interface Evidence {
  readonly rest: ProtocolSummary;
  readonly grpc: ProtocolSummary;
  readonly comparison: Comparison;
  readonly judgement: Judgement;
  /** What there is to say of the clients' part; from `clientSentences`. */
  readonly clients: readonly string[];
  /** Whether both servers are on this machine. */
  readonly local: boolean;
}

/** What a metric is called within a sentence. */
const NAME: Readonly<Record<ContestedKey, string>> = {
  avg_response_time: "mean response time",
  median_response_time: "median response time",
  p95_response_time: "95th percentile",
  p99_response_time: "99th percentile",
  avg_payload_size: "payload size",
  throughput: "throughput",
  success_rate: "success rate",
  network_efficiency: "network efficiency",
  successful_requests: "successful requests",
  total_bytes_transferred: "total bytes",
  data_transfer_rate: "transfer rate",
};

/** Those that have a sentence of their own where they are won, and share one where they are not. */
const SECONDARY: readonly ContestedKey[] = [
  "avg_response_time",
  "avg_payload_size",
  "throughput",
  "network_efficiency",
  "success_rate",
];

/** Says in sentences what this run's numbers show; every sentence follows from them alone. */
export function concludeFrom(evidence: Evidence): string[] {
  const { rest, grpc } = evidence;
  const silent = [rest, grpc].filter((summary) => summary.successful_requests === 0);
  if (silent.length > 0) return [...silent.map(withoutSuccess), nothingToCompare()];
  return [
    ...errorRateSentences(evidence),
    primarySentence(evidence),
    ...evidence.clients,
    ...responseTimeSentences(evidence),
    ...payloadSentences(evidence),
    ...rateSentences(evidence),
    ...reliabilitySentences(evidence),
    ...undecidedSentences(evidence),
  ];
}

function withoutSuccess({ protocol, total_requests: total }: ProtocolSummary): string {
  return total === 0
    ? `${protocol} was not measured: no request had ended`
    : `${protocol} had no successful request in ${total}`;
}

function nothingToCompare(): string {
  return "Response time, payload and efficiency cannot be compared";
}

/** Said first: what fails is not served, however fast the rest is. */
function errorRateSentences({ rest, grpc, judgement }: Evidence): string[] {
  if (judgement.verdicts[judgement.primary_metric].verdict !== "error rates differ") return [];
  const failed = ({ success_rate: rate }: ProtocolSummary) =>
    percentText(rate === null ? null : 100 - rate);
  return [
    `Error rates differ: ${failed(rest)} of the REST requests failed and ${failed(grpc)} of the ` +
    "gRPC ones, so no winner is named on time, size or rate",
  ];
}

function primarySentence({ comparison, judgement }: Evidence): string {
  const key = judgement.primary_metric;
  const record = judgement.verdicts[key];
  const on = `on ${NAME[key]}, the primary metric`;
  const interval = intervalText(record);
  switch (record.verdict) {
    case "REST wins":
    case "gRPC wins": {
      const size = percentText(differenceOf(comparison, key));
      return `${record.verdict} ${on}: ${size} faster (${interval})`;
    }
    case "equivalent":
      return `Equivalent ${on}: no difference beyond the margin of ` +
        `${judgement.margin_pct}% (${interval})`;
    case "real but small":
      return `Real but small ${on}: ${record.reason} of ${judgement.margin_pct}% (${interval})`;
    case "inconclusive":
      return `Inconclusive ${on}: ${record.reason} (${interval}); ${whatWouldDecide(record)}`;
    case "unsupported":
      return `No verdict ${on}: ${record.reason}; send more requests, or fewer at a time`;
    case "client-bound":
      return `Client-bound ${on}: ${record.reason} (${interval})`;
    case "error rates differ":
      return `No verdict ${on}: ${record.reason}`;
  }
}

function whatWouldDecide({ requests_to_decide: requests }: VerdictRecord): string {
  return requests === null
    ? "no payable number of requests would decide it"
    : `about ${countText(requests)} requests per protocol would decide it`;
}

function responseTimeSentences({ comparison, local }: Evidence): string[] {
  const test = local ? "this localhost test" : "this test";
  return ifWon(
    comparison,
    "avg_response_time",
    (winner, size) => `${winner} shows superior response time in ${test} (${size})`,
  );
}

function payloadSentences({ comparison }: Evidence): string[] {
  return ifWon(
    comparison,
    "avg_payload_size",
    (winner, size) => `${winner} has smaller payload size (${size})`,
  );
}

function rateSentences({ comparison }: Evidence): string[] {
  const { throughput, network_efficiency: efficiency } = comparison.winner;
  if (throughput === efficiency && throughput !== "none") {
    return [`${throughput} achieves higher throughput and network efficiency`];
  }
  return (["throughput", "network_efficiency"] as const).flatMap((key) =>
    ifWon(comparison, key, (winner) => `${winner} achieves higher ${NAME[key]}`)
  );
}

function reliabilitySentences({ rest, grpc, comparison, judgement }: Evidence): string[] {
  if (rest.success_rate === grpc.success_rate) {
    return [`Both protocols are equally reliable (${percentText(rest.success_rate)})`];
  }
  if (!isDifferent(judgement.verdicts.success_rate.verdict)) return [];
  const restLeads = (rest.success_rate ?? 0) > (grpc.success_rate ?? 0);
  const [better, worse] = restLeads ? [rest, grpc] : [grpc, rest];
  const lead = differenceOf(comparison, "success_rate") ?? 0;
  const degree = lead < SLIGHT_LEAD_POINTS ? "slightly better" : "better";
  const rates = `${percentText(better.success_rate)} vs ${percentText(worse.success_rate)}`;
  return [`${better.protocol} has ${degree} reliability (${rates})`];
}

/** One sentence for each verdict that is no win, with all the metrics that it was given to. */
function undecidedSentences({ rest, grpc, judgement }: Evidence): string[] {
  const sentenceOf: Readonly<Partial<Record<VerdictName, string>>> = {
    "equivalent": "Equivalent within the margin",
    "real but small": "Real but small differences",
    "inconclusive": "Inconclusive",
    "client-bound": "Client-bound",
    "unsupported": "Not supported by this sample",
  };
  const open = SECONDARY.filter((key) =>
    key !== "success_rate" ||
    (rest.success_rate !== grpc.success_rate && !isDifferent(judgement.verdicts[key].verdict))
  );
  return Object.entries(sentenceOf).flatMap(([verdict, start]) => {
    const names = open.filter((key) => judgement.verdicts[key].verdict === verdict)
      .map((key) => NAME[key]);
    return names.length === 0 ? [] : [`${start}: ${names.join(", ")}`];
  });
}

function isDifferent(verdict: VerdictName): boolean {
  return verdict === "REST wins" || verdict === "gRPC wins" || verdict === "real but small";
}

function ifWon(
  comparison: Comparison,
  key: ContestedKey,
  sentence: (winner: ProtocolLabel, size: string) => string,
): string[] {
  const winner = comparison.winner[key];
  const difference = differenceOf(comparison, key);
  if (winner === "none" || difference === null) return [];
  return [sentence(winner, `${signedText(difference)}%`)];
}
