import type { SelfTestPresentation } from "../command_line/command.ts";
import { InterruptedError } from "../errors.ts";
import { ExitCode } from "../exit_code.ts";
import type { Surroundings } from "../measuring/measurement.ts";
import { DEFAULT_TLS } from "../net/tls_settings.ts";
import { selfTestRecord } from "../report/self_test_record.ts";
import { selfTest, type SelfTestOutcome } from "../self_test/self_test.ts";
import { DEFAULT_GRPC_SERVER } from "../servers/grpc_server_name.ts";
import type { TestPlan } from "../plan/test_plan.ts";
import type { Host } from "./host.ts";
import { withReferenceTargets } from "./reference_targets.ts";

/** Lets both reference servers run against themselves on this machine: what is found is the method's error. */
export async function selfTestCommand(
  plan: Omit<TestPlan, "targets" | "tls">,
  runs: number,
  { format }: SelfTestPresentation,
  host: Host,
  surroundings: Surroundings,
): Promise<ExitCode> {
  const { log, interrupt } = surroundings;
  const startedAt = host.now();
  const setup = {
    latencyMs: 0,
    failureRate: 0,
    seed: plan.seed,
    grpcServer: DEFAULT_GRPC_SERVER,
  };
  return await withReferenceTargets(setup, host, log, async (targets) => {
    const wholePlan = { ...plan, targets, tls: DEFAULT_TLS };
    const outcome = await selfTest(wholePlan, runs, surroundings);
    if (interrupt.aborted && outcome.summaries.rest.runs === 0) {
      throw new InterruptedError("Cannot show a result: stopped before a run was complete.");
    }
    const { runtime, platform, cores } = host;
    const circumstances = { startedAt, runs, interrupted: interrupt.aborted };
    await host.writeResult(
      format.format(
        selfTestRecord(wholePlan, outcome, { ...circumstances, runtime, platform, cores }),
      ),
    );
    return interrupt.aborted ? ExitCode.interrupted : exitCodeOf(outcome);
  });
}

function exitCodeOf({ summaries: { rest, grpc } }: SelfTestOutcome): ExitCode {
  const broken = rest.promise === "broken" || grpc.promise === "broken";
  return broken ? ExitCode.thresholdMissed : ExitCode.measured;
}
