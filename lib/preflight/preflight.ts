import { InterruptedError, TargetUnavailableError } from "../errors.ts";
import { compileComparison } from "../requests/compile.ts";
import { questionsOf, requestWords } from "../requests/questions.ts";
import { PREFLIGHT_FROM } from "../requests/request_numbers.ts";
import type { Surroundings } from "../measuring/measurement.ts";
import { measureConnectionTime } from "./fresh_connections.ts";
import { type AnswerShape, shapeOf } from "../requests/answer_shape.ts";
import type { FieldDifference } from "../requests/meaning.ts";
import type { ProtocolKey } from "../clients/protocol.ts";
import { contenderOf } from "../clients/registry.ts";
import { mapSight, mapSights, type Sight, unseen } from "../requests/sight.ts";
import type { ConnectionTimes } from "../stats/record/connection_times.ts";
import type { TestPlan } from "../plan/test_plan.ts";
import { Deadline } from "./deadline.ts";
import { MOST_TRIES } from "./outlook.ts";
import { probe, type ProbeResult } from "./probe.ts";
import { failureWords } from "./request_words.ts";

/** What is known of both targets before the load. */
export interface PreflightResult {
  readonly connectionTimes: Readonly<Record<ProtocolKey, ConnectionTimes>>;
  /** What each server chose in the TLS handshake of what the client offers; `null` in plain. */
  readonly alpnProtocols: Readonly<Record<ProtocolKey, string | null>>;
  /** In which fields the two answers differ in meaning. */
  readonly differingFields: Sight<readonly FieldDifference[]>;
  /** Of the answers that were compared. */
  readonly answerShapes: Readonly<Record<ProtocolKey, Sight<AnswerShape>>>;
  /** What the user should know, but what does not stand in the way of measuring. */
  readonly warnings: readonly string[];
}

/** Enough connections for a p99, few enough not to be a load of their own. */
const MAX_TIMED_CONNECTIONS = 100;
const CONNECTIONS_AT_ONCE = 10;
const MAX_NAMED_FIELDS = 5;
/** Draws of a request that is to ask something else, before a small range passes for used up. */
const MOST_DRAWS = 100;

type Measurable = Extract<ProbeResult, { readonly kind: "measurable" }>;

/**
 * Probes both targets with a few requests, compares their answers, and times fresh connections. All of it
 * ends within the plan's timeout: what a request may take, the preflight may.
 *
 * @param serversFail Whether the servers are told to fail, so that a failure is no reason to stop.
 * @throws {TargetUnavailableError} naming every target that cannot be measured.
 * @throws {InterruptedError} where the user stopped it.
 */
export async function preflight(
  plan: TestPlan,
  { clock, interrupt, log }: Pick<Surroundings, "clock" | "interrupt" | "log">,
  serversFail = false,
): Promise<PreflightResult> {
  const deadline = new Deadline(plan.timeoutMs, clock, interrupt);
  try {
    const { rest, grpc } = await probeBoth(plan, deadline, interrupt, serversFail);
    log.detail("preflight: both targets answer");
    const differingFields = compareAnswers(plan, rest, grpc);
    // One after the other: at once they would share this client, and slow each other down.
    const connectionTimes = {
      rest: await timeConnections("rest", plan, deadline),
      grpc: await timeConnections("grpc", plan, deadline),
    };
    stopIfInterrupted(interrupt);
    return {
      connectionTimes,
      alpnProtocols: { rest: rest.alpnProtocol, grpc: grpc.alpnProtocol },
      differingFields,
      answerShapes: {
        rest: mapSight(rest.answer.content, shapeOf),
        grpc: mapSight(grpc.answer.content, shapeOf),
      },
      warnings: [
        ...failedRequests("rest", plan, rest),
        ...failedRequests("grpc", plan, grpc),
        ...differentAnswers(plan, rest.request, differingFields),
        ...missingConnections("rest", plan, connectionTimes.rest, deadline),
        ...missingConnections("grpc", plan, connectionTimes.grpc, deadline),
      ],
    };
  } finally {
    deadline.stop();
  }
}

async function probeBoth(
  plan: TestPlan,
  deadline: Deadline,
  interrupt: AbortSignal,
  serversFail: boolean,
): Promise<Readonly<Record<ProtocolKey, Measurable>>> {
  stopIfInterrupted(interrupt);
  const requests = requestsToAsk(plan).slice(0, serversFail ? 1 : MOST_TRIES);
  const [rest, grpc] = await Promise.all([
    probe("rest", plan, requests, deadline),
    probe("grpc", plan, requests, deadline),
  ]);
  stopIfInterrupted(interrupt);
  if (rest.kind === "measurable" && grpc.kind === "measurable") return { rest, grpc };
  const problems = [rest, grpc].flatMap((it) => it.kind === "problem" ? [it.text] : []);
  throw new TargetUnavailableError(problems.join("\n"));
}

/** Those that ask different things, as far as there are so many. */
function requestsToAsk(plan: TestPlan): number[] {
  const questions = questionsOf(plan);
  const different = new Map<number, number>();
  for (let draw = 0; draw < MOST_DRAWS && different.size < MOST_TRIES; draw++) {
    const request = PREFLIGHT_FROM + draw;
    const question = questions.of(request);
    if (!different.has(question)) different.set(question, request);
  }
  const requests = [...different.values()];
  return Array.from({ length: MOST_TRIES }, (_, index) => requests[index % requests.length]!);
}

function stopIfInterrupted(interrupt: AbortSignal): void {
  if (!interrupt.aborted) return;
  throw new InterruptedError("Cannot show a result: stopped before anything was measured.");
}

function failedRequests(side: ProtocolKey, plan: TestPlan, { failures }: Measurable): string[] {
  const [first, ...others] = failures;
  if (first === undefined) return [];
  const protocol = contenderOf(plan, side);
  const words = failureWords(protocol, plan.targets[side], plan, first);
  const more = others.length === 0 ? "" : `, and ${others.length} more requests failed there`;
  return [
    `${protocol.label}: ${
      requestWords(plan, first.request)
    } failed in the preflight: ${words}${more}`,
  ];
}

function compareAnswers(
  { operation }: TestPlan,
  rest: Measurable,
  grpc: Measurable,
): Sight<readonly FieldDifference[]> {
  if (rest.answer.sample.kind === "failure" || grpc.answer.sample.kind === "failure") {
    return unseen("the preflight's request failed");
  }
  if (rest.request !== grpc.request) return unseen("the preflight had no good answer on one user");
  return mapSights(rest.answer.content, grpc.answer.content, compileComparison(operation));
}

function differentAnswers(
  plan: TestPlan,
  request: number,
  differing: Sight<readonly FieldDifference[]>,
): string[] {
  const fields = differing.kind === "seen" ? differing.value : [];
  if (fields.length === 0) return [];
  const named = fields.slice(0, MAX_NAMED_FIELDS).map(({ name }) => `"${name}"`).join(", ");
  const more = fields.length > MAX_NAMED_FIELDS
    ? ` and ${fields.length - MAX_NAMED_FIELDS} more`
    : "";
  return [
    `The two servers answer ${requestWords(plan, request)} differently (${named}${more}): ` +
    "payload sizes and the work behind them may not be comparable",
  ];
}

function timeConnections(side: ProtocolKey, plan: TestPlan, deadline: Deadline) {
  const target = plan.targets[side];
  return measureConnectionTime(target, {
    tls: target.tls ? plan.tls : null,
    alpnProtocols: contenderOf(plan, side).alpnProtocols,
    timeoutMs: plan.timeoutMs,
    clock: deadline.clock,
    giveUp: deadline.signal,
    count: timedConnections(plan),
    atOnce: CONNECTIONS_AT_ONCE,
  });
}

function timedConnections({ concurrency }: TestPlan): number {
  return Math.min(concurrency, MAX_TIMED_CONNECTIONS);
}

function missingConnections(
  side: ProtocolKey,
  plan: TestPlan,
  { total }: ConnectionTimes,
  deadline: Deadline,
): string[] {
  if (!deadline.over) return [];
  const wanted = timedConnections(plan);
  return total.count === wanted ? [] : [
    `${
      contenderOf(plan, side).label
    }: only ${total.count} of ${wanted} fresh connections came about ` +
    `within ${plan.timeoutMs} ms: connection times rest on those`,
  ];
}
