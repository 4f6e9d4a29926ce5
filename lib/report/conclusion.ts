import type { ProtocolLabel } from "../protocols/protocol.ts";
import { type Comparison, differenceOf, type Winner } from "../stats/comparison.ts";
import type { ContestedKey } from "../stats/metric.ts";
import type { ProtocolSummary } from "../stats/summary.ts";
import { percentText, signedText } from "./number_text.ts";

/** Below this many percentage points a lead in reliability is called slight. */
const SLIGHT_LEAD_POINTS = 1;

/** Says in sentences what this run's numbers show; every sentence follows from them alone. */
export function concludeFrom(
  rest: ProtocolSummary,
  grpc: ProtocolSummary,
  comparison: Comparison,
  local: boolean,
): string[] {
  const silent = [rest, grpc].filter((summary) => summary.successful_requests === 0);
  if (silent.length > 0) return [...silent.map(withoutSuccess), nothingToCompare()];
  return [
    responseTimeSentence(comparison, local),
    payloadSentence(comparison),
    ...rateSentences(comparison),
    reliabilitySentence(rest, grpc, comparison),
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

function responseTimeSentence(comparison: Comparison, local: boolean): string {
  const test = local ? "this localhost test" : "this test";
  return withWinner(
    comparison,
    "avg_response_time",
    (winner, size) => `${winner} shows superior response time in ${test} (${size})`,
    `Both protocols show the same response time in ${test}`,
  );
}

function payloadSentence(comparison: Comparison): string {
  return withWinner(
    comparison,
    "avg_payload_size",
    (winner, size) => `${winner} has smaller payload size (${size})`,
    "Both protocols have the same payload size",
  );
}

function rateSentences(comparison: Comparison): string[] {
  const { throughput, network_efficiency: efficiency } = comparison.winner;
  if (throughput === efficiency) {
    return [
      throughput === "none"
        ? "Both protocols achieve the same throughput and network efficiency"
        : `${throughput} achieves higher throughput and network efficiency`,
    ];
  }
  return [
    rateSentence(throughput, "throughput"),
    rateSentence(efficiency, "network efficiency"),
  ];
}

function rateSentence(winner: Winner, name: string): string {
  return winner === "none"
    ? `Both protocols achieve the same ${name}`
    : `${winner} achieves higher ${name}`;
}

function reliabilitySentence(
  rest: ProtocolSummary,
  grpc: ProtocolSummary,
  comparison: Comparison,
): string {
  const winner = comparison.winner.success_rate;
  if (winner === "none") {
    return `Both protocols are equally reliable (${percentText(rest.success_rate)})`;
  }
  const [better, worse] = winner === "REST" ? [rest, grpc] : [grpc, rest];
  const lead = differenceOf(comparison, "success_rate") ?? 0;
  const degree = lead < SLIGHT_LEAD_POINTS ? "slightly better" : "better";
  const rates = `${percentText(better.success_rate)} vs ${percentText(worse.success_rate)}`;
  return `${winner} has ${degree} reliability (${rates})`;
}

function withWinner(
  comparison: Comparison,
  key: ContestedKey,
  sentence: (winner: ProtocolLabel, size: string) => string,
  draw: string,
): string {
  const winner = comparison.winner[key];
  const difference = differenceOf(comparison, key);
  if (winner === "none" || difference === null) return draw;
  return sentence(winner, `${signedText(difference)}%`);
}
