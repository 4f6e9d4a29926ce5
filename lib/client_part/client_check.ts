import {
  type ClientFloor,
  floorFrom,
  type FloorReading,
  readFloor,
  unknownFloor,
} from "./client_floor.ts";
import type { Measurement, Surroundings } from "../measuring/measurement.ts";
import type { ByContender, ContenderId } from "../plan/contender.ts";
import { sharesMachine } from "../net/target.ts";
import { usableCores } from "../runners/worker_count.ts";
import type { ServerAddresses } from "../servers/announcement.ts";
import { startNullServerProcess } from "../servers/null/null_server_process.ts";
import type { SpawnSelf } from "../servers/server_process.ts";
import { checkClient, type ClientCheck, explainsResult } from "./client_bound.ts";
import type { Summary } from "../stats/judge/summary.ts";
import type { TestPlan } from "../plan/test_plan.ts";

/** What the clients themselves have to do with a result. */
export interface ClientPart {
  readonly floor: ClientFloor;
  readonly check: ClientCheck;
  /** Whether times and rates say more of the clients than of the servers. */
  readonly explainsResult: boolean;
}

/**
 * Measures what the clients themselves cost under the plan's load, with null servers of its own: before
 * `run` and after it, since a machine is seldom the same for as long as that.
 */
export async function betweenFloors<T>(
  plan: TestPlan,
  spawnSelf: SpawnSelf,
  surroundings: Surroundings,
  run: () => Promise<T>,
): Promise<readonly [outcome: T, floor: ClientFloor]> {
  const servers = startNullServerProcess(spawnSelf);
  try {
    const start = await servers.started;
    if (start.kind === "failed") return [await run(), unknownFloor(start.reason)];
    const before = await readWithProgress(plan, start.addresses, surroundings);
    const outcome = await run();
    // Whoever stops a run waits for nothing more.
    if (surroundings.interrupt.aborted) return [outcome, floorFrom([before])];
    const after = await readWithProgress(plan, start.addresses, surroundings);
    return [outcome, floorFrom([before, after])];
  } finally {
    await servers.stop();
  }
}

async function readWithProgress(
  plan: TestPlan,
  addresses: ServerAddresses,
  surroundings: Surroundings,
): Promise<FloorReading> {
  const { progress } = surroundings;
  progress.begin({ label: "client floor", total: null, finished: () => 0 });
  try {
    return await readFloor(plan, addresses, surroundings);
  } finally {
    progress.end();
  }
}

/** @param cores Of this machine. */
export function judgeClients(
  plan: TestPlan,
  floor: ClientFloor,
  summaries: ByContender<Summary>,
  watched: Measurement["watched"],
  cores: number,
): ClientPart {
  const side = (key: ContenderId) => ({
    floor: floor[key],
    measured: summaries[key],
    watch: watched[key],
  });
  const check = checkClient({ rest: side("rest"), grpc: side("grpc") }, {
    lens: plan.lens,
    load: plan.load.kind,
    concurrency: plan.concurrency,
    workers: plan.workers,
    usableCores: usableCores(cores, sharesMachine(plan.targets)),
    marginPercent: plan.margin.percent,
  });
  const medians = {
    rest: summaries.rest.median_response_time,
    grpc: summaries.grpc.median_response_time,
  };
  return { floor, check, explainsResult: explainsResult(check, medians) };
}
