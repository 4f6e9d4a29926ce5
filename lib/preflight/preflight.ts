import type { Clock } from "../clock.ts";
import { InterruptedError, TargetUnavailableError } from "../errors.ts";
import { drawUserIds } from "../ids.ts";
import type { Answer, Protocol, ProtocolKey } from "../protocols/protocol.ts";
import type { FieldDifference } from "../operations/meaning.ts";
import { contenderOf } from "../protocols/protocols.ts";
import { mapSights, type Sight, unseen } from "../protocols/sight.ts";
import type { Target } from "../protocols/target.ts";
import type { Failure } from "../sample.ts";
import type { ConnectionTimes } from "../stats/connection_times.ts";
import type { Surroundings } from "../measurement.ts";
import type { TestPlan } from "../test_plan.ts";
import {
  asksForCertificate,
  ConnectionError,
  type ConnectionOptions,
  measureConnectionTime,
  openConnection,
} from "../net/connection.ts";
import { findSpokenProtocol } from "./spoken_protocol.ts";
import { describeProblem, type TargetProblem } from "./target_problem.ts";

/** What is known of both targets before the load. */
export interface PreflightResult {
  readonly connectionTimes: Readonly<Record<ProtocolKey, ConnectionTimes>>;
  /** What each server chose in the TLS handshake of what the client offers; `null` in plain. */
  readonly alpnProtocols: Readonly<Record<ProtocolKey, string | null>>;
  /** In which fields the two answers differ in meaning. */
  readonly differingFields: Sight<readonly FieldDifference[]>;
  /** What the user should know, but what does not stand in the way of measuring. */
  readonly warnings: readonly string[];
}

/** Enough connections for a p99, few enough not to be a load of their own. */
const MAX_TIMED_CONNECTIONS = 100;
const CONNECTIONS_AT_ONCE = 10;
const SNIFF_TIMEOUT_MS = 2000;
const MAX_NAMED_FIELDS = 5;

type ProbeResult =
  | { readonly kind: "answer"; readonly answer: Answer; readonly alpnProtocol: string | null }
  | { readonly kind: "problem"; readonly text: string };

/**
 * Probes both targets with one request each, compares their answers, and times fresh connections.
 *
 * @throws {TargetUnavailableError} naming every target that cannot be measured.
 * @throws {InterruptedError} where the user stopped it.
 */
export async function preflight(
  plan: TestPlan,
  { clock, interrupt, log }: Pick<Surroundings, "clock" | "interrupt" | "log">,
): Promise<PreflightResult> {
  const [rest, grpc] = [contenderOf(plan, "rest"), contenderOf(plan, "grpc")];
  const userId = drawUserIds(plan.userIdRange, 1, plan.seed)()!;
  const probes = {
    rest: await probe(rest, plan, userId, clock, interrupt),
    grpc: await probe(grpc, plan, userId, clock, interrupt),
  };
  const problems = Object.values(probes).flatMap((it) => it.kind === "problem" ? [it.text] : []);
  if (probes.rest.kind === "problem" || probes.grpc.kind === "problem") {
    throw new TargetUnavailableError(problems.join("\n"));
  }
  log.detail("preflight: both targets answer");

  const differingFields = compareAnswers(plan, probes.rest.answer, probes.grpc.answer);
  const warnings = [
    ...failedProbe(rest, plan, userId, probes.rest.answer),
    ...failedProbe(grpc, plan, userId, probes.grpc.answer),
    ...differentAnswers(plan, userId, differingFields),
  ];
  const connectionTimes = {
    rest: await timeConnections(rest, plan, clock),
    grpc: await timeConnections(grpc, plan, clock),
  };
  const alpnProtocols = { rest: probes.rest.alpnProtocol, grpc: probes.grpc.alpnProtocol };
  return { connectionTimes, alpnProtocols, differingFields, warnings };
}

async function probe(
  protocol: Protocol,
  plan: TestPlan,
  userId: number,
  clock: Clock,
  interrupt: AbortSignal,
): Promise<ProbeResult> {
  const target = plan.targets[protocol.key];
  const problemOf = (problem: TargetProblem): ProbeResult => ({
    kind: "problem",
    text: describeProblem(protocol, target, problem),
  });
  let alpnProtocol: string | null;
  try {
    const options = connectionOptions(protocol, target, plan, clock);
    const opened = await openConnection(target, options);
    opened.connection.close();
    alpnProtocol = opened.alpnProtocol;
  } catch (error) {
    if (!(error instanceof ConnectionError)) throw error;
    return problemOf({ kind: "no-connection", failure: error.failure });
  }
  const client = protocol.connect({ ...plan, target, clock, onConnection: () => {} });
  // Closing ends the request: a server that keeps silent must not hold the user.
  const giveUp = () => void client.close();
  interrupt.addEventListener("abort", giveUp);
  try {
    stopIfInterrupted(interrupt);
    const answer = await client.ask(userId);
    stopIfInterrupted(interrupt);
    const problem = answer.sample.kind === "failure"
      ? await findProblem(protocol, target, answer.sample, plan, clock)
      : null;
    return problem === null ? { kind: "answer", answer, alpnProtocol } : problemOf(problem);
  } finally {
    interrupt.removeEventListener("abort", giveUp);
    await client.close();
  }
}

function stopIfInterrupted(interrupt: AbortSignal): void {
  if (!interrupt.aborted) return;
  throw new InterruptedError("Cannot show a result: stopped before anything was measured.");
}

/** Tells a target that cannot be measured from one that merely fails this request (`null`). */
async function findProblem(
  protocol: Protocol,
  target: Target,
  failure: Failure,
  { timeoutMs, tls }: TestPlan,
  clock: Clock,
): Promise<TargetProblem | null> {
  const { errorType, cause } = failure;
  if (errorType === "Connection Timeout" || errorType === "DEADLINE_EXCEEDED") {
    return { kind: "no-answer", timeoutMs };
  }
  if (asksForCertificate(cause)) {
    // In TLS 1.3 the server's refusal comes after the handshake, with the answer.
    return { kind: "no-connection", failure: { kind: "certificate-required" } };
  }
  if (/^Received HTTP status code/.test(cause)) return { kind: "not-grpc", detail: cause };
  if (/^Fetch failed: Requests to port \d+ are blocked/.test(cause)) {
    return { kind: "blocked-port" };
  }
  const expected = protocol.key === "rest" ? "HTTP/1.1" : "HTTP/2";
  // An HTTP status or a body proves HTTP; only a 400 may be a TLS port's complaint about plain HTTP.
  const answeredOverHttp = protocol.key === "rest" &&
    (errorType === "Malformed JSON" || /^HTTP (?!400)/.test(errorType));
  if (answeredOverHttp) return null;
  const sniffTimeoutMs = Math.min(timeoutMs, SNIFF_TIMEOUT_MS);
  const spoken = await findSpokenProtocol(target, expected, tls, sniffTimeoutMs, clock);
  return spoken === expected ? null : { kind: "wrong-protocol", spoken };
}

function failedProbe(
  { label }: Protocol,
  { operation }: TestPlan,
  userId: number,
  { sample }: Answer,
): string[] {
  if (sample.kind === "success") return [];
  return [`${label}: ${operation.name}(${userId}) failed in the preflight: ${sample.cause}`];
}

function compareAnswers(
  { operation }: TestPlan,
  rest: Answer,
  grpc: Answer,
): Sight<readonly FieldDifference[]> {
  if (rest.sample.kind === "failure" || grpc.sample.kind === "failure") {
    return unseen("the preflight's request failed");
  }
  return mapSights(rest.content, grpc.content, operation.differingFields);
}

function differentAnswers(
  { operation }: TestPlan,
  userId: number,
  differing: Sight<readonly FieldDifference[]>,
): string[] {
  const fields = differing.kind === "seen" ? differing.value : [];
  if (fields.length === 0) return [];
  const named = fields.slice(0, MAX_NAMED_FIELDS).map(({ name }) => `"${name}"`).join(", ");
  const more = fields.length > MAX_NAMED_FIELDS
    ? ` and ${fields.length - MAX_NAMED_FIELDS} more`
    : "";
  return [
    `The two servers answer ${operation.name}(${userId}) differently (${named}${more}): ` +
    "payload sizes and the work behind them may not be comparable",
  ];
}

function timeConnections(protocol: Protocol, plan: TestPlan, clock: Clock) {
  const target = plan.targets[protocol.key];
  const options = {
    ...connectionOptions(protocol, target, plan, clock),
    count: Math.min(plan.concurrency, MAX_TIMED_CONNECTIONS),
    atOnce: CONNECTIONS_AT_ONCE,
  };
  return measureConnectionTime(target, options);
}

function connectionOptions(
  { alpnProtocols }: Protocol,
  target: Target,
  { tls, timeoutMs }: TestPlan,
  clock: Clock,
): ConnectionOptions {
  return {
    tls: target.tls ? tls : null,
    alpnProtocols,
    timeoutMs,
    clock,
  };
}
