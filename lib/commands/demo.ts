import type { Presentation } from "../command_line/command.ts";
import type { ExitCode } from "../exit_code.ts";
import type { Surroundings } from "../measuring/measurement.ts";
import { DEFAULT_TLS } from "../net/tls_settings.ts";
import type { ServerBehaviour } from "../servers/behaviour.ts";
import type { TestPlan } from "../plan/test_plan.ts";
import type { Host } from "./host.ts";
import { withReferenceTargets } from "./reference_targets.ts";
import { run } from "./run.ts";

const REMARK =
  "Measured against the reference servers, both in one JavaScript process: it shows what the tool " +
  "does, not which protocol is better";

/** Runs against reference servers in a process of their own, so that they share no event loop with the client. */
export async function demo(
  plan: Omit<TestPlan, "targets" | "tls">,
  presentation: Presentation,
  behaviour: ServerBehaviour,
  host: Host,
  surroundings: Surroundings,
): Promise<ExitCode> {
  return await withReferenceTargets(
    behaviour,
    host,
    surroundings.log,
    (targets) =>
      run({ ...plan, targets, tls: DEFAULT_TLS }, presentation, host, surroundings, {
        remarks: [REMARK],
        fail: behaviour.failureRate > 0,
      }),
  );
}
