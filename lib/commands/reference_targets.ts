import type { ReferenceSetup } from "../servers/behaviour.ts";
import { grpcJsServerWarning } from "../runtime_version.ts";
import { startServerProcess } from "../servers/server_process.ts";
import { serverTargets } from "../servers/server_targets.ts";
import type { Log } from "../terminal/log.ts";
import type { TestPlan } from "../plan/test_plan.ts";
import type { Host } from "./host.ts";

/** Runs `body` against reference servers in a process of their own, and ends it whatever happens. */
export async function withReferenceTargets<T>(
  setup: ReferenceSetup,
  host: Host,
  log: Log,
  body: (targets: TestPlan["targets"]) => Promise<T>,
): Promise<T> {
  const warning = setup.grpcServer === "grpc-js" ? grpcJsServerWarning(host.denoVersion) : null;
  if (warning !== null) log.warn(warning);
  const servers = await startServerProcess(setup, host.spawnSelf, host.interrupt);
  log.detail(`reference servers: ${servers.restUrl} and ${servers.grpcAddress}`);
  try {
    return await body(serverTargets(servers));
  } finally {
    await servers.stop();
  }
}
