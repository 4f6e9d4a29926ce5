import type { Clock } from "../clock.ts";
import { TargetUnavailableError } from "../errors.ts";
import { drawUserIds } from "../ids.ts";
import type { Answer, Protocol, ProtocolKey } from "../protocols/protocol.ts";
import { PROTOCOLS } from "../protocols/protocols.ts";
import type { Target } from "../protocols/target.ts";
import type { Failure } from "../sample.ts";
import type { DurationDistribution } from "../stats/duration_distribution.ts";
import type { Log } from "../terminal/log.ts";
import type { TestPlan } from "../test_plan.ts";
import {
  ConnectionError,
  type ConnectionOptions,
  measureConnectionTime,
  openConnection,
} from "../net/connection.ts";
import { findSpokenProtocol } from "./spoken_protocol.ts";
import { describeProblem, type TargetProblem } from "./target_problem.ts";

/** What is known of both targets before the load. */
export interface PreflightResult {
  readonly connectionTime: Readonly<Record<ProtocolKey, DurationDistribution>>;
  /** What the user should know, but what does not stand in the way of measuring. */
  readonly warnings: readonly string[];
}

/** Enough connections for a p99, few enough not to be a load of their own. */
const MAX_TIMED_CONNECTIONS = 100;
const CONNECTIONS_AT_ONCE = 10;
const SNIFF_TIMEOUT_MS = 2000;
const MAX_NAMED_FIELDS = 5;

type ProbeResult =
  | { readonly kind: "answer"; readonly answer: Answer }
  | { readonly kind: "problem"; readonly text: string };

/**
 * Probes both targets with one request each, compares their answers, and times fresh connections.
 *
 * @throws {TargetUnavailableError} naming every target that cannot be measured.
 */
export async function preflight(plan: TestPlan, clock: Clock, log: Log): Promise<PreflightResult> {
  const userId = drawUserIds(plan.userIdRange, 1, plan.seed)()!;
  const probes = {
    rest: await probe(PROTOCOLS.rest, plan, userId, clock),
    grpc: await probe(PROTOCOLS.grpc, plan, userId, clock),
  };
  const problems = Object.values(probes).flatMap((it) => it.kind === "problem" ? [it.text] : []);
  if (probes.rest.kind === "problem" || probes.grpc.kind === "problem") {
    throw new TargetUnavailableError(problems.join("\n"));
  }
  log.detail("preflight: both targets answer");

  const warnings = [
    ...failedProbe(PROTOCOLS.rest, plan, userId, probes.rest.answer),
    ...failedProbe(PROTOCOLS.grpc, plan, userId, probes.grpc.answer),
    ...differentAnswers(plan, userId, probes.rest.answer, probes.grpc.answer),
  ];
  const connectionTime = {
    rest: await timeConnections(PROTOCOLS.rest, plan, clock),
    grpc: await timeConnections(PROTOCOLS.grpc, plan, clock),
  };
  return { connectionTime, warnings };
}

async function probe(
  protocol: Protocol,
  plan: TestPlan,
  userId: number,
  clock: Clock,
): Promise<ProbeResult> {
  const target = plan.targets[protocol.key];
  const problemOf = (problem: TargetProblem): ProbeResult => ({
    kind: "problem",
    text: describeProblem(protocol, target, problem),
  });
  try {
    const options = connectionOptions(protocol, target, plan.timeoutMs, clock);
    (await openConnection(target, options)).connection.close();
  } catch (error) {
    if (!(error instanceof ConnectionError)) throw error;
    return problemOf({ kind: "no-connection", failure: error.failure });
  }
  const client = protocol.connect({ ...plan, target, clock, onConnection: () => {} });
  try {
    const answer = await client.ask(userId);
    const problem = answer.sample.kind === "failure"
      ? await findProblem(protocol, target, answer.sample, plan.timeoutMs, clock)
      : null;
    return problem === null ? { kind: "answer", answer } : problemOf(problem);
  } finally {
    await client.close();
  }
}

/** Tells a target that cannot be measured from one that merely fails this request (`null`). */
async function findProblem(
  protocol: Protocol,
  target: Target,
  failure: Failure,
  timeoutMs: number,
  clock: Clock,
): Promise<TargetProblem | null> {
  const { errorType, cause } = failure;
  if (errorType === "Connection Timeout" || errorType === "DEADLINE_EXCEEDED") {
    return { kind: "no-answer", timeoutMs };
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
  const spoken = await findSpokenProtocol(target, expected, sniffTimeoutMs, clock);
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

function differentAnswers(
  { operation }: TestPlan,
  userId: number,
  rest: Answer,
  grpc: Answer,
): string[] {
  if (rest.sample.kind === "failure" || grpc.sample.kind === "failure") return [];
  const fields = operation.differingFields(rest.content, grpc.content);
  if (fields.length === 0) return [];
  const named = fields.slice(0, MAX_NAMED_FIELDS).map((field) => `"${field}"`).join(", ");
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
    ...connectionOptions(protocol, target, plan.timeoutMs, clock),
    count: Math.min(plan.concurrency, MAX_TIMED_CONNECTIONS),
    atOnce: CONNECTIONS_AT_ONCE,
  };
  return measureConnectionTime(target, options);
}

function connectionOptions(
  { key }: Protocol,
  { tls }: Target,
  timeoutMs: number,
  clock: Clock,
): ConnectionOptions {
  return { tls, alpnProtocols: key === "grpc" ? ["h2"] : [], timeoutMs, clock };
}
