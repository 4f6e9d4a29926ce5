import { auditFairness } from "../audit/fairness_audit.ts";
import { sideFacts } from "../audit/side_facts.ts";
import { blockOutlook } from "../plan/block_outlook.ts";
import { betweenFloors, judgeClients } from "../client_part/client_check.ts";
import type { Presentation } from "../command_line/command.ts";
import { ExitCode } from "../exit_code.ts";
import type { Extent } from "../plan/extent.ts";
import { measure, type Measurement, type Surroundings } from "../measuring/measurement.ts";
import { searchKnees } from "../measuring/knee_run.ts";
import { preflight, type PreflightResult } from "../preflight/preflight.ts";
import { contenderOf } from "../clients/registry.ts";
import { answerNotes, haveOtherSizes, type SeenAnswers } from "../report/answer_record.ts";
import { buildReport, type Report } from "../report/report.ts";
import { clientWarning } from "../runtime_version.ts";
import { withoutClients, withoutHeldRate } from "../stats/judge/contest.ts";
import { type LoadSight, summarize } from "../stats/judge/summary.ts";
import { withoutSteadySizes } from "../stats/judge/size_change.ts";
import { areSpoiled, otherAnswersIn, withoutAnswers } from "../stats/judge/other_answers.ts";
import { bySide, type Side, SIDES } from "../stats/record/side.ts";
import type { Log } from "../terminal/log.ts";
import type { ContenderId } from "../plan/contender.ts";
import { REST_BY_GRPC, sidesOf } from "../plan/pairing.ts";
import type { TestPlan } from "../plan/test_plan.ts";
import type { Host } from "./host.ts";

const RECOMMENDED_MAX_REQUESTS = 10_000;

/** What the caller knows of the servers. */
export interface KnownServers {
  /** What a reader of this result must know besides. */
  readonly remarks: readonly string[];
  /** Whether they are told to fail. */
  readonly fail: boolean;
}

const UNKNOWN_SERVERS: KnownServers = { remarks: [], fail: false };

/**
 * The main job: probe, measure, compare, show.
 *
 * @param servers What is known of them beforehand.
 */
export async function run(
  plan: TestPlan,
  { formatter }: Presentation,
  host: Host,
  surroundings: Surroundings,
  { remarks, fail }: KnownServers = UNKNOWN_SERVERS,
): Promise<ExitCode> {
  const { log } = surroundings;
  announce(plan, host, log);
  const startedAt = host.now();
  const known = await preflight(plan, surroundings, fail);
  for (const warning of known.warnings) log.warn(warning);
  const outlook = blockOutlook(plan);
  if (outlook !== null) log.note(outlook);

  const measureAll = async () => {
    const knees = plan.knee === null ? null : await searchKnees(plan, plan.knee, surroundings);
    return { knees, measurement: await measure(plan, known.connectionTimes, surroundings) };
  };
  const [{ knees, measurement }, floor] = plan.clientCheck
    ? await betweenFloors(plan, host.spawnSelf, surroundings, measureAll)
    : [await measureAll(), null];
  const { phases, findings, observations, watched } = measurement;
  const summaries = {
    rest: summarize(phases.rest, sightOf(plan, "rest")),
    grpc: summarize(phases.grpc, sightOf(plan, "grpc")),
  };
  const sides = sidesOf(REST_BY_GRPC, summaries);
  const answers = seenAnswers(plan, known.answerShapes, measurement);
  for (const note of answerNotes(answers)) log.warn(note);
  const behind = SIDES.filter((side) => sides[side].open_load?.held === false);
  const client = floor === null ? null : judgeClients(plan, floor, summaries, watched, host.cores);
  const facts = (side: Side) => {
    const contender = REST_BY_GRPC[side];
    return sideFacts({
      protocol: contenderOf(plan, contender),
      target: plan.targets[contender],
      observations: observations[contender],
      alpnProtocol: known.alpnProtocols[contender],
      differingFields: known.differingFields,
      answer: side === "subject" ? "first" : "second",
      summary: sides[side],
    });
  };
  const report = buildReport(
    plan,
    sides,
    answers.spoiled
      ? withoutAnswers(findings)
      : haveOtherSizes(answers)
      ? withoutSteadySizes(findings)
      : behind.length > 0
      ? withoutHeldRate(findings, behind)
      : client?.explainsResult
      ? withoutClients(findings)
      : findings,
    {
      startedAt,
      blocks: measurement.blocks,
      clientFaults: measurement.clientFaults,
      outages: measurement.outages,
      errorSpells: measurement.errorSpells,
      givenUp: measurement.givenUp,
      warmUpRequests: measurement.warmUpRequests,
      orderEffect: measurement.orderEffect,
      answers,
      knees,
      client,
      fairness: auditFairness(bySide(facts)),
      interrupted: surroundings.interrupt.aborted,
      runtime: host.runtime,
      platform: host.platform,
      warnings: [...remarks, ...known.warnings, ...answerNotes(answers)],
    },
  );
  await host.writeResult(formatter.format(report));
  return exitCodeOf(report);
}

function seenAnswers(
  { margin }: TestPlan,
  compared: PreflightResult["answerShapes"],
  { observations: { rest, grpc }, sizeChanges }: Measurement,
): SeenAnswers {
  const sides = {
    rest: otherAnswersIn(compared.rest, rest.answerKinds),
    grpc: otherAnswersIn(compared.grpc, grpc.answerKinds),
  };
  return { sides, spoiled: areSpoiled(sidesOf(REST_BY_GRPC, sides), margin), sizeChanges };
}

function announce(plan: TestPlan, { denoVersion, ignoredProxies }: Host, log: Log): void {
  const tooOld = clientWarning(denoVersion);
  if (tooOld !== null) log.warn(tooOld);
  if (ignoredProxies.length > 0) {
    log.note(
      `the proxy in ${ignoredProxies.join(", ")} is not used: both targets are measured directly`,
    );
  }
  if (!plan.tls.verifyServer) {
    log.warn("certificates are not checked (--insecure): whoever answers is measured");
  }
  if (plan.schedule === "simultaneous") {
    log.warn("both protocols share this client at the same time, and slow each other down");
  }
  if (plan.schedule === "sequential") {
    log.warn(
      "gRPC is measured after REST (--schedule sequential), and finds whatever caches REST has warmed: " +
        "interleaved does the same to both",
    );
  }
  const { extent } = plan;
  if (extent.kind === "requests" && extent.requests > RECOMMENDED_MAX_REQUESTS) {
    log.note(
      `${extent.requests} requests per protocol is above the recommended ` +
        `${RECOMMENDED_MAX_REQUESTS}: make sure that the servers can take it`,
    );
  }
  log.detail(
    `configuration: ${plan.operation.name}, ${extentText(extent)} per protocol, ` +
      `${plan.schedule}, ${plan.workers} ${plan.workers === 1 ? "thread" : "threads"}, ` +
      `${plan.concurrency} in flight, ids ${plan.userIdRange.min}-${plan.userIdRange.max}, ` +
      `timeout ${plan.timeoutMs} ms, seed ${plan.seed}, ${plan.lens} clients`,
  );
  log.detail(`targets: REST ${plan.targets.rest.display}, gRPC ${plan.targets.grpc.display}`);
}

function extentText(extent: Extent): string {
  return extent.kind === "requests" ? `${extent.requests} requests` : `${extent.durationMs} ms`;
}

function exitCodeOf({ test_metadata: { interrupted }, rest, grpc }: Report): ExitCode {
  if (interrupted) return ExitCode.interrupted;
  const bothSucceeded = rest.successful_requests > 0 && grpc.successful_requests > 0;
  return bothSucceeded ? ExitCode.measured : ExitCode.protocolWithoutSuccess;
}

/** Native clients do not tell when they write; under a set rate, how many are in flight is nobody's wish. */
function sightOf(plan: TestPlan, contender: ContenderId): LoadSight {
  const seen = contenderOf(plan, contender).client === "wire" && plan.load.kind === "closed";
  return seen ? "at-server" : "answers";
}
