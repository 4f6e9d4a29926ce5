import { auditFairness } from "../audit/fairness_audit.ts";
import { sideFacts } from "../audit/side_facts.ts";
import { measureOwnFloor } from "../client_check.ts";
import type { ClientFloor } from "../client_floor.ts";
import type { Presentation } from "../command_line/command.ts";
import { ExitCode } from "../exit_code.ts";
import type { Extent } from "../extent.ts";
import { measure, type Measurement, type Surroundings } from "../measurement.ts";
import { searchKnees } from "../knee_run.ts";
import { preflight } from "../preflight/preflight.ts";
import type { ProtocolKey } from "../protocols/protocol.ts";
import { contenderOf } from "../protocols/protocols.ts";
import { isLoopback } from "../protocols/target.ts";
import { buildReport, type ClientCircumstances, type Report } from "../report/report.ts";
import { clientWarning } from "../runtime_version.ts";
import { checkClient, explainsResult } from "../stats/client_bound.ts";
import { withoutClients } from "../stats/contest.ts";
import { type ProtocolSummary, summarize } from "../stats/summary.ts";
import type { Log } from "../terminal/log.ts";
import type { TestPlan } from "../test_plan.ts";
import type { Host } from "./host.ts";

const RECOMMENDED_MAX_REQUESTS = 10_000;

/**
 * The main job: probe, measure, compare, show.
 *
 * @param remarks What a reader of this result must know besides.
 */
export async function run(
  plan: TestPlan,
  { formatter }: Presentation,
  host: Host,
  surroundings: Surroundings,
  remarks: readonly string[] = [],
): Promise<ExitCode> {
  const { log } = surroundings;
  announce(plan, host, log);
  const startedAt = host.now();
  const known = await preflight(plan, surroundings);
  for (const warning of known.warnings) log.warn(warning);

  const floor = plan.clientCheck ? await measureOwnFloor(plan, host.spawnSelf, surroundings) : null;
  const knees = plan.knee === null ? null : await searchKnees(plan, plan.knee, surroundings);
  const { phases, findings, observations, watched, blocks, warmUpRequests } = await measure(
    plan,
    known.connectionTimes,
    surroundings,
  );
  const summaries = {
    rest: summarize("REST", phases.rest),
    grpc: summarize("gRPC", phases.grpc),
  };
  const client = floor === null ? null : clientPart(plan, floor, summaries, watched, host.cores);
  const facts = (key: ProtocolKey) =>
    sideFacts({
      protocol: contenderOf(plan, key),
      target: plan.targets[key],
      observations: observations[key],
      alpnProtocol: known.alpnProtocols[key],
      differingFields: known.differingFields,
      summary: summaries[key],
    });
  const report = buildReport(
    plan,
    summaries.rest,
    summaries.grpc,
    client?.explainsResult ? withoutClients(findings) : findings,
    {
      startedAt,
      blocks,
      warmUpRequests,
      knees,
      client,
      fairness: auditFairness(facts("rest"), facts("grpc")),
      interrupted: surroundings.interrupt.aborted,
      runtime: host.runtime,
      platform: host.platform,
      warnings: [...remarks, ...known.warnings],
    },
  );
  await host.writeResult(formatter.format(report));
  return exitCodeOf(report);
}

/** What the clients themselves have to do with the result. */
function clientPart(
  plan: TestPlan,
  floor: ClientFloor,
  summaries: Readonly<Record<ProtocolKey, ProtocolSummary>>,
  watched: Measurement["watched"],
  cores: number,
): ClientCircumstances {
  const side = (key: ProtocolKey) => ({
    floor: floor[key],
    measured: summaries[key],
    watch: watched[key],
  });
  const local = isLoopback(plan.targets.rest) || isLoopback(plan.targets.grpc);
  const check = checkClient({ rest: side("rest"), grpc: side("grpc") }, {
    lens: plan.lens,
    load: plan.load.kind,
    concurrency: plan.concurrency,
    workers: plan.workers,
    usableCores: local ? cores - 1 : cores,
    marginPercent: plan.margin.percent,
  });
  const medians = {
    rest: summaries.rest.median_response_time,
    grpc: summaries.grpc.median_response_time,
  };
  return { floor, check, explainsResult: explainsResult(check, medians) };
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
