import type { FairnessFinding } from "../audit/fairness_finding.ts";
import { LABELS, type ProtocolKey, type ProtocolLabel } from "../clients/protocol.ts";
import { isLoopback } from "../net/target.ts";
import type { ClientFaults } from "../stats/record/client_faults.ts";
import type { Findings } from "../stats/judge/contest.ts";
import type { OrderEffect } from "../stats/judge/order_effect.ts";
import type { Summary } from "../stats/judge/summary.ts";
import type { BySide } from "../stats/record/side.ts";
import type { TestPlan } from "../plan/test_plan.ts";
import { TOOL_VERSION } from "../version.ts";
import type { LoadModel } from "../plan/load_model.ts";
import type { ClientPart } from "../client_part/client_check.ts";
import { type ClientRecord, clientRecord } from "./client_record.ts";
import { clientSentences } from "./client_sentences.ts";
import { inFlightSentences } from "./in_flight_sentences.ts";
import {
  type AnswerRecords,
  answerRecords,
  answerSentences,
  type SeenAnswers,
} from "./answer_record.ts";
import { type ComparisonRecord, comparisonRecord } from "./comparison_record.ts";
import { concludeFrom } from "./conclusion.ts";
import { type FairnessRecord, fairnessRecord } from "./fairness_record.ts";
import { type KneeRecord, kneeRecord } from "./knee_record.ts";
import { kneeSentences } from "./knee_sentences.ts";
import { orderNotes, type OrderRecord, orderRecord, orderSentences } from "./order_record.ts";
import {
  type ErrorSpellRecord,
  errorSpellRecords,
  type OutageRecord,
  outageRecords,
  type Outages,
} from "./outage_record.ts";
import { rateText } from "./rate_text.ts";
import type { Knees } from "../measuring/knee.ts";
import { type Judgement, judgementFrom } from "./judgement.ts";
import { type SideRecord, sideRecord } from "./side_record.ts";

/** Later than this at the 99th percentile, a client falsifies what it measures. */
const LATE_SEND_MS = 1;

/** The version of the document's shape; raised when a key changes its meaning or goes. */
export const SCHEMA_VERSION = 1;

/** How the result came about, spelled as in the JSON document. */
export interface TestMetadata {
  /** Start of the run: ISO 8601, UTC, whole seconds. */
  readonly timestamp: string;
  /** As asked for; of a run that is measured in time, or until it is decided, what came of it. */
  readonly requests_per_protocol: number;
  /** Per protocol, in seconds; `null` where the run was measured in requests. */
  readonly duration_s: number | null;
  /** `closed`, or `open` with the rate that was asked for. */
  readonly load: LoadModel["kind"];
  /** In words, as in `500/s, poisson arrivals`; `null` for a closed load. */
  readonly rate: string | null;
  readonly schedule: string;
  /** Pairs of stretches that the verdicts rest on. */
  readonly blocks: number;
  /** Others, which this machine itself spoiled; they are in no verdict. */
  readonly spoiled_blocks: number;
  /** Sent to each protocol and not counted, before the run and to fill its places in flight. */
  readonly warm_up_requests: number;
  readonly user_id_range: string;
  readonly rest_url: string;
  readonly grpc_url: string;
  readonly operation: string;
  readonly client: string;
  readonly concurrency: number;
  readonly workers: number;
  readonly timeout_ms: number;
  readonly seed: number;
  /** Whether the user stopped the run: the result then covers fewer requests than asked. */
  readonly interrupted: boolean;
  readonly tool_version: string;
  readonly runtime: string;
  readonly platform: string;
}

/**
 * A finished result: everything that any format shows, worked out. It is the JSON document itself,
 * so that a saved one can be rendered again just as the run would have.
 */
export interface Report {
  readonly schema_version: number;
  readonly test_metadata: TestMetadata;
  readonly rest: SideRecord;
  readonly grpc: SideRecord;
  readonly comparison: ComparisonRecord & Judgement;
  /** `null` where it was not looked for. */
  readonly knee: KneeRecord | null;
  /** What the clients themselves cost; `null` where it was not measured. */
  readonly client_check: ClientRecord | null;
  /** Whether it matters who asked first; `null` where the run cannot tell. */
  readonly order_effect: OrderRecord | null;
  /** What sort of answers came; `null` where none was compared before the load. */
  readonly answer_check: AnswerRecords | null;
  /** When a side answered nothing, though else it does. */
  readonly outages: readonly OutageRecord[];
  /** When a side answered nothing but errors, though else it does. */
  readonly error_spells: readonly ErrorSpellRecord[];
  readonly fairness: readonly FairnessRecord[];
  readonly conclusion: readonly string[];
  readonly notes: readonly string[];
}

/** What the run knows besides the plan, the two summaries and the verdicts. */
export interface RunCircumstances {
  readonly blocks: number;
  readonly clientFaults: ClientFaults;
  readonly outages: Outages;
  readonly errorSpells: Outages;
  /** Who was not heard for so long that the run ended early. */
  readonly givenUp: readonly ProtocolKey[];
  readonly warmUpRequests: number;
  readonly orderEffect: OrderEffect | null;
  readonly answers: SeenAnswers;
  readonly knees: Knees | null;
  readonly client: ClientPart | null;
  /** What differs between the sides besides the protocol. */
  readonly fairness: readonly FairnessFinding[];
  readonly startedAt: Date;
  readonly interrupted: boolean;
  readonly runtime: string;
  readonly platform: string;
  /** What came up on the way that a reader of the result must know. */
  readonly warnings: readonly string[];
}

export function buildReport(
  plan: TestPlan,
  summaries: BySide<Summary>,
  findings: Findings,
  circumstances: RunCircumstances,
): Report {
  const { client } = circumstances;
  const rest = sideRecord("subject", summaries.subject);
  const grpc = sideRecord("baseline", summaries.baseline);
  const order = circumstances.orderEffect === null ? null : orderRecord(circumstances.orderEffect);
  const outages = outageRecords(circumstances.outages);
  const errorSpells = errorSpellRecords(circumstances.errorSpells);
  const comparison = comparisonRecord(summaries, findings);
  const judgement = judgementFrom(findings, plan.margin);
  const knee = plan.knee === null || circumstances.knees === null
    ? null
    : kneeRecord(plan.knee, circumstances.knees);
  const local = isLoopback(plan.targets.rest) && isLoopback(plan.targets.grpc);
  return {
    schema_version: SCHEMA_VERSION,
    test_metadata: {
      timestamp: circumstances.startedAt.toISOString().replace(/\.\d+Z$/, "Z"),
      requests_per_protocol: requestsPerProtocol(plan, rest, grpc),
      duration_s: plan.extent.kind === "duration" ? plan.extent.durationMs / 1000 : null,
      load: plan.load.kind,
      rate: plan.load.kind === "open" ? rateText(plan.load) : null,
      schedule: plan.schedule,
      blocks: circumstances.blocks,
      spoiled_blocks: circumstances.clientFaults.blocks,
      warm_up_requests: circumstances.warmUpRequests,
      user_id_range: `${plan.userIdRange.min}-${plan.userIdRange.max}`,
      rest_url: plan.targets.rest.display,
      grpc_url: plan.targets.grpc.display,
      operation: plan.operation.name,
      client: plan.lens,
      concurrency: plan.concurrency,
      workers: plan.workers,
      timeout_ms: plan.timeoutMs,
      seed: plan.seed,
      interrupted: circumstances.interrupted,
      tool_version: TOOL_VERSION,
      runtime: circumstances.runtime,
      platform: circumstances.platform,
    },
    rest,
    grpc,
    comparison: { ...comparison, ...judgement },
    knee,
    client_check: client === null
      ? null
      : clientRecord(client.floor, client.check, client.explainsResult),
    order_effect: order,
    answer_check: answerRecords(circumstances.answers),
    outages,
    error_spells: errorSpells,
    fairness: circumstances.fairness.map(fairnessRecord),
    conclusion: [
      ...concludeFrom({
        rest,
        grpc,
        comparison,
        judgement,
        faults: circumstances.clientFaults,
        outages,
        concurrency: plan.concurrency,
        errorSpells,
        givenUp: circumstances.givenUp.map((side) => LABELS[side]),
        blocks: circumstances.blocks,
        answers: answerSentences(circumstances.answers),
        clients: client === null ? [] : clientSentences(client.check, plan),
        local,
      }),
      ...kneeSentences(knee),
      ...orderSentences(order),
    ],
    notes: [
      ...notesOnMethod(plan),
      ...orderNotes(order),
      ...notesOnRetries(rest, grpc),
      ...notesOnLoad(rest, grpc),
      ...inFlightSentences([rest, grpc], plan),
      ...notesOn(local, circumstances),
    ],
  };
}

function requestsPerProtocol(
  { extent, sampling }: TestPlan,
  rest: SideRecord,
  grpc: SideRecord,
): number {
  return extent.kind === "requests" && sampling.kind === "fixed"
    ? extent.requests
    : Math.max(rest.total_requests, grpc.total_requests);
}

function notesOnMethod({ schedule }: TestPlan): string[] {
  switch (schedule) {
    case "interleaved":
      return [];
    case "sequential":
      return [
        "Sequential: what changed on the machines between the two protocols is not in the intervals",
        "Sequential: gRPC came second, and found whatever caches REST had warmed: a lead of gRPC may be " +
        "theirs",
      ];
    case "simultaneous":
      return ["Simultaneous: both protocols shared this client, and slowed each other down"];
  }
}

const RETRY_CAUSE: Readonly<Record<ProtocolLabel, string>> = {
  REST: "the server had ended the connection that it had kept, and answered nothing",
  gRPC: "the server said that it had not processed them",
};

function notesOnRetries(...summaries: readonly SideRecord[]): string[] {
  return summaries
    .filter(({ retried }) => retried !== null && retried > 0)
    .map(({ protocol, retried, total_requests: total }) =>
      `${protocol}: ${retried} of ${total} requests were sent again, since ${
        RETRY_CAUSE[protocol]
      }; ` +
      "each counts once, and its time went on"
    );
}

/** What a reader of an open load's result must know: what did not go out as it was to. */
function notesOnLoad(...summaries: readonly SideRecord[]): string[] {
  return summaries.flatMap(({ protocol, open_load: load }) => {
    if (load === null) return [];
    const late = load.send_delay?.p99 ?? 0;
    return [
      ...(load.unsent_requests === 0 ? [] : [
        `${protocol}: ${load.unsent_requests} requests were never sent, since none of those in flight ` +
        "ended in time; they are in no statistic",
      ]),
      ...(load.queue_wait === null ? [] : [
        `${protocol}: ${load.queue_wait.samples} requests waited for a place in flight, which is in their ` +
        "response time; more in flight (-c) would let them go at once",
      ]),
      ...(late <= LATE_SEND_MS ? [] : [
        `${protocol}: this client itself sent late, 1% by more than ${
          late.toFixed(1)
        } ms, which is in the ` +
        "response times; a lower rate or a free core would mend that",
      ]),
    ];
  });
}

function notesOn(local: boolean, { interrupted, warnings }: RunCircumstances): string[] {
  return [
    ...(interrupted ? ["Interrupted: this is what was measured until then"] : []),
    ...warnings,
    ...(local ? ["Test conducted on localhost; production results may vary"] : []),
    "gRPC via Envoy proxy may add overhead",
    ...(local ? ["Consider testing under network latency for realistic comparison"] : []),
  ];
}
