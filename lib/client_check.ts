import { type ClientFloor, measureFloor } from "./client_floor.ts";
import { startGenerator, type Surroundings } from "./measurement.ts";
import { startNullServerProcess } from "./servers/null/null_server_process.ts";
import type { SpawnSelf } from "./servers/server_process.ts";
import type { TestPlan } from "./test_plan.ts";

/** Measures what the clients themselves cost under the plan's load, with null servers of its own. */
export async function measureOwnFloor(
  plan: TestPlan,
  spawnSelf: SpawnSelf,
  surroundings: Surroundings,
): Promise<ClientFloor> {
  const servers = startNullServerProcess(spawnSelf);
  surroundings.progress.begin({ label: "client floor", total: null, finished: () => 0 });
  try {
    return await measureFloor(plan, servers.started, startGenerator, surroundings);
  } finally {
    surroundings.progress.end();
    await servers.stop();
  }
}
