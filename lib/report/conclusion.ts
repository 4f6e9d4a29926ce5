import type { ProtocolLabel } from "../clients/protocol.ts";
import { type ComparisonRecord, differenceOf } from "./comparison_record.ts";
import type { ClientFaults } from "../stats/record/client_faults.ts";
import { type ContestedKey, kindOf, metricOf } from "../stats/judge/metrics.ts";
import type { SideRecord } from "./side_record.ts";
import { LARGEST_FAILURE_SHARE } from "../stats/record/failure_share.ts";
import type { ErrorSpellRecord, OutageRecord } from "./outage_record.ts";
import { earlyEndSentences, errorSpellSentences, outageSentences } from "./outage_sentences.ts";
import { clientFaultSentences } from "./client_fault_sentences.ts";
import { failureSentences, withoutSuccess } from "./failure_sentences.ts";
import type { Judgement, VerdictName, VerdictRecord } from "./judgement.ts";
import { factorOf, leadText } from "./lead_text.ts";
import { rateSentence } from "./rate_sentence.ts";
import { basisBesideValues } from "./shown_values.ts";
import { countText, intervalText, percentText, signedText } from "./number_text.ts";

/** Below this many percentage points a lead in reliability is called slight. */
const SLIGHT_LEAD_POINTS = 1;

/** Everything that a conclusion follows from. */
export interface Premises {
  readonly rest: SideRecord;
  readonly grpc: SideRecord;
  readonly comparison: ComparisonRecord;
  readonly judgement: Judgement;
  /** What this machine did to the run. */
  readonly faults: ClientFaults;
  /** That may be in flight at a time, of each side. */
  readonly concurrency: number;
  readonly outages: readonly OutageRecord[];
  readonly errorSpells: readonly ErrorSpellRecord[];
  /** Who was not heard for so long that the run ended early. */
  readonly givenUp: readonly ProtocolLabel[];
  /** That the verdicts rest on. */
  readonly blocks: number;
  /** What there is to say of answers that are not those compared; from `answerSentences`. */
  readonly answers: readonly string[];
  /** What there is to say of the clients' part; from `clientSentences`. */
  readonly clients: readonly string[];
  /** Whether both servers are on this machine. */
  readonly local: boolean;
}

/** Those that have a sentence of their own where they are won, and share one where they are not. */
const SECONDARY: readonly ContestedKey[] = [
  "avg_response_time",
  "p95_response_time",
  "p99_response_time",
  "avg_payload_size",
  "throughput",
  "network_efficiency",
];

/** Says in sentences what this run's numbers show; every sentence follows from them alone. */
export function concludeFrom(premises: Premises): string[] {
  const { rest, grpc } = premises;
  const ownFaults = clientFaultSentences(premises.faults, [rest, grpc]);
  const silent = [rest, grpc].filter((summary) => summary.successful_requests === 0);
  if (silent.length > 0) {
    return [
      ...rateSentence([rest, grpc], premises.concurrency),
      ...ownFaults,
      ...silent.map(withoutSuccess),
      ...earlyEndSentences(premises.givenUp),
      nothingToCompare(),
      ...reliabilitySentences(premises),
    ];
  }
  const primary = premises.judgement.primary_metric;
  const out = outageSentences(premises.outages, premises.blocks);
  return [
    ...rateSentence([rest, grpc], premises.concurrency),
    ...premises.answers,
    ...ownFaults,
    ...out,
    ...earlyEndSentences(premises.givenUp),
    ...failureSentences([rest, grpc], premises.judgement.verdicts[primary].verdict, out.length > 0),
    ...errorSpellSentences(premises.errorSpells),
    primarySentence(premises),
    ...premises.clients,
    ...responseTimeSentences(premises),
    ...tailSentences(premises),
    ...payloadSentences(premises),
    ...rateSentences(premises),
    ...reliabilitySentences(premises),
    ...undecidedSentences(premises),
  ];
}

function nothingToCompare(): string {
  return "Response time, payload and efficiency cannot be compared";
}

function primarySentence(premises: Premises): string {
  const { judgement, faults, outages } = premises;
  const key = judgement.primary_metric;
  const record = judgement.verdicts[key];
  const on = `on ${nameOf(key)}, the primary metric`;
  const interval = intervalText(record);
  switch (record.verdict) {
    case "REST wins":
    case "gRPC wins": {
      const size = sizeOf(premises, key);
      const lead = size === null ? "" : `: ${size}`;
      return `${record.verdict} ${on}${lead} (${interval})${contradictionText(premises, key)}`;
    }
    case "equivalent":
      return `Equivalent ${on}: no difference beyond the margin of ` +
        `${judgement.margin_pct}% (${interval})`;
    case "real but small":
      return `Real but small ${on}: ${record.reason} of ${judgement.margin_pct}% (${interval})`;
    case "inconclusive":
      return `Inconclusive ${on}: ${record.reason} (${interval}); ${whatWouldDecide(record)}`;
    case "unsupported":
      return `No verdict ${on}: ${record.reason}${
        faults.blocks > 0 || outages.length > 0 ? "" : "; send more requests, or fewer at a time"
      }`;
    case "client-bound":
      return `Client-bound ${on}: ${record.reason} (${interval})`;
    case "rate not held":
    case "error rates differ":
    case "too many failures":
    case "other answers":
      return `No verdict ${on}: ${record.reason}`;
  }
}

/**
 * What the other side wins of times and rates, in the same breath: a median that is better does not make
 * up for a tail that is worse. What follows from a payload's size is another question.
 */
const CONTRADICTING: readonly ContestedKey[] = [
  "avg_response_time",
  "p95_response_time",
  "p99_response_time",
  "throughput",
];

function contradictionText(premises: Premises, primary: ContestedKey): string {
  const { comparison } = premises;
  const winner = comparison.winner[primary];
  const lost = contradicting(comparison, primary);
  if (lost.length === 0) return "";
  const named = lost.map((key) => sizedName(premises, key));
  return `, but ${winner === "REST" ? "gRPC" : "REST"} wins on ${joined(named)}`;
}

/** How far ahead a winner is, or what shows that it is, where the values beside it do not. */
function sizeOf(premises: Premises, key: ContestedKey): string | null {
  const difference = differenceOf(premises.comparison, key);
  return difference === null ? basisBesideValues(premises, key) : leadText(key, difference);
}

/** `p95 (6.1 times as fast)` */
function sizedName(premises: Premises, key: ContestedKey): string {
  const size = sizeOf(premises, key);
  return size === null ? nameOf(key) : `${nameOf(key)} (${size})`;
}

function contradicting(comparison: ComparisonRecord, primary: ContestedKey): ContestedKey[] {
  const winner = comparison.winner[primary];
  if (winner === "none") return [];
  return CONTRADICTING.filter((key) =>
    comparison.winner[key] !== "none" && comparison.winner[key] !== winner
  );
}

/** `a, b and c` */
function joined(parts: readonly string[]): string {
  return [parts.slice(0, -1).join(", "), ...parts.slice(-1)].filter((part) => part !== "")
    .join(" and ");
}

function whatWouldDecide({ requests_to_decide: requests }: VerdictRecord): string {
  return requests === null
    ? "no payable number of requests would decide it"
    : `about ${countText(requests)} requests per protocol would decide it`;
}

function responseTimeSentences(premises: Premises): string[] {
  const { comparison, judgement, local } = premises;
  if (contradicting(comparison, judgement.primary_metric).includes("avg_response_time")) return [];
  const test = local ? "this localhost test" : "this test";
  return ifWon(
    premises,
    "avg_response_time",
    (winner, size) => `${winner} shows superior response time in ${test} (${size})`,
  );
}

/** How the slowest fare, with what is in no percentile beside it. */
function tailSentences(premises: Premises): string[] {
  const { rest, grpc, comparison, judgement } = premises;
  const told = contradicting(comparison, judgement.primary_metric);
  const tails = (["p95_response_time", "p99_response_time"] as const)
    .filter((key) => !told.includes(key));
  const leads = ([rest, grpc] as const).flatMap(({ protocol }) => {
    const won = tails.filter((key) => comparison.winner[key] === protocol)
      .map((key) => sizedName(premises, key));
    return won.length === 0 ? [] : [`${protocol} has the shorter ${joined(won)}`];
  });
  const late = [rest, grpc].flatMap(timedOutText);
  if (late.length === 0) return leads;
  return [
    ...leads,
    `Percentiles are of answered requests alone: ${joined(late)} timed out, and are in none`,
  ];
}

/** `1.2% of REST's` */
function timedOutText(
  { protocol, timed_out_requests: late, total_requests: total }: SideRecord,
) {
  return late === 0 ? [] : [`${percentText(100 * late / total)} of ${protocol}'s`];
}

function payloadSentences(premises: Premises): string[] {
  return ifWon(
    premises,
    "avg_payload_size",
    (winner, size) => `${winner} has smaller payload size (${size})`,
  );
}

function rateSentences(premises: Premises): string[] {
  const { comparison, judgement } = premises;
  const told = contradicting(comparison, judgement.primary_metric);
  const { throughput, network_efficiency: efficiency } = comparison.winner;
  if (throughput === efficiency && throughput !== "none") {
    const [rate, economy] = (["throughput", "network_efficiency"] as const).map((key) => {
      const basis = basisBesideValues(premises, key);
      return basis === null ? nameOf(key) : `${nameOf(key)} (${basis})`;
    });
    return [`${throughput} achieves higher ${rate} and ${economy}`];
  }
  return (["throughput", "network_efficiency"] as const).flatMap((key) =>
    told.includes(key) ? [] : ifWon(premises, key, (winner, size) => {
      const basis = differenceOf(comparison, key) === null ? ` (${size})` : "";
      return `${winner} achieves higher ${nameOf(key)}${basis}`;
    })
  );
}

function reliabilitySentences({ rest, grpc, comparison, judgement, outages }: Premises): string[] {
  if (outages.length > 0) return [];
  if (rest.success_rate === null || grpc.success_rate === null) return [];
  const { verdict } = judgement.verdicts.success_rate;
  // An answer that is none makes no side reliable.
  if (verdict === "other answers") return [];
  // That one side failed less was said first, at the primary metric's confidence.
  const isSaid = judgement.verdicts[judgement.primary_metric].verdict === "error rates differ";
  if (isSaid && !isDifferent(verdict)) return [];
  if (!isDifferent(verdict)) return [undecidedReliability(rest, grpc, verdict)];
  const restLeads = rest.success_rate > grpc.success_rate;
  const [better, worse] = restLeads ? [rest, grpc] : [grpc, rest];
  const lead = differenceOf(comparison, "success_rate") ?? 0;
  const degree = lead < SLIGHT_LEAD_POINTS ? "slightly better" : "better";
  const rates = `${percentText(better.success_rate)} vs ${percentText(worse.success_rate)}`;
  return [`${better.protocol} has ${degree} reliability (${rates})`];
}

/** Of sides that lose much nobody says that they are reliable. */
function undecidedReliability(
  { success_rate: rest }: SideRecord,
  { success_rate: grpc }: SideRecord,
  verdict: VerdictName,
): string {
  const [restText, grpcText] = [percentText(rest), percentText(grpc)];
  const rates = rest === grpc ? restText : `REST ${restText}, gRPC ${grpcText}`;
  if (rest !== grpc && verdict !== "equivalent") {
    return `Which protocol is the more reliable is not shown (${rates} succeeded)`;
  }
  const lost = 100 - Math.min(rest ?? 0, grpc ?? 0);
  if (lost > 100 * LARGEST_FAILURE_SHARE) return `Both protocols failed alike (${rates} succeeded)`;
  const degree = rest === grpc ? "equally" : "about equally";
  return `Both protocols are ${degree} reliable (${rates})`;
}

/** One sentence for each verdict that is no win, with all the metrics that it was given to but reliability. */
function undecidedSentences({ judgement }: Premises): string[] {
  const sentenceOf: Readonly<Partial<Record<VerdictName, string>>> = {
    "equivalent": "Equivalent within the margin",
    "real but small": "Real but small differences",
    "inconclusive": "Inconclusive",
    "client-bound": "Client-bound",
    "rate not held": "Rate not held",
    "unsupported": "Not supported by this sample",
  };
  const { verdicts } = judgement;
  return Object.entries(sentenceOf).flatMap(([verdict, start]) => {
    const keys = SECONDARY.filter((key) => verdicts[key].verdict === verdict);
    // What a sample lacks is not the same for every metric.
    const byReason = Map.groupBy(
      keys,
      (key) => verdict === "unsupported" ? ` (${verdicts[key].reason})` : "",
    );
    return [...byReason].map(([reason, alike]) =>
      `${start}: ${alike.map((key) => nameOf(key)).join(", ")}${reason}`
    );
  });
}

/** Within a sentence. */
function nameOf(key: ContestedKey): string {
  return metricOf(key).inSentence;
}

function isDifferent(verdict: VerdictName): boolean {
  return verdict === "REST wins" || verdict === "gRPC wins" || verdict === "real but small";
}

function ifWon(
  premises: Premises,
  key: ContestedKey,
  sentence: (winner: ProtocolLabel, size: string) => string,
): string[] {
  const { comparison } = premises;
  const winner = comparison.winner[key];
  if (winner === "none") return [];
  const difference = differenceOf(comparison, key);
  const size = difference !== null && factorOf(kindOf(key), difference) === null
    ? `${signedText(difference)}%`
    : sizeOf(premises, key);
  return size === null ? [] : [sentence(winner, size)];
}
