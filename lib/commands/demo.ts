import type { Presentation } from "../command_line/command.ts";
import type { ExitCode } from "../exit_code.ts";
import type { Surroundings } from "../measuring/measurement.ts";
import { DEFAULT_TLS } from "../net/tls_settings.ts";
import type { ReferenceSetup } from "../servers/behaviour.ts";
import type { GrpcServerName } from "../servers/grpc_server_name.ts";
import type { TestPlan } from "../plan/test_plan.ts";
import type { Host } from "./host.ts";
import { withReferenceTargets } from "./reference_targets.ts";
import { run } from "./run.ts";

/** What a demo shows, by who serves gRPC. */
const REMARKS: Readonly<Record<GrpcServerName, string>> = {
  wire:
    "Measured against the reference servers, both in one JavaScript process and of one making: it shows " +
    "what each protocol costs such servers, not what it would cost yours",
  "grpc-js":
    "Measured against the reference servers, both in one JavaScript process, gRPC by grpc-js: it " +
    "shows what that library costs, not which protocol is better",
};

/** Runs against reference servers in a process of their own, so that they share no event loop with the client. */
export async function demo(
  plan: Omit<TestPlan, "targets" | "tls">,
  presentation: Presentation,
  setup: ReferenceSetup,
  host: Host,
  surroundings: Surroundings,
): Promise<ExitCode> {
  return await withReferenceTargets(
    setup,
    host,
    surroundings.log,
    (targets) =>
      run({ ...plan, targets, tls: DEFAULT_TLS }, presentation, host, surroundings, {
        remarks: [REMARKS[setup.grpcServer]],
        fail: setup.failureRate > 0,
      }),
  );
}
