import { parseCommandLine } from "../../lib/command_line/parse.ts";
import { DEFAULT_TLS } from "../../lib/net/tls_settings.ts";
import { monotonicClock, processCpuClock } from "../../lib/clock.ts";
import { measure, type Measurement } from "../../lib/measuring/measurement.ts";
import { ConnectionTimes } from "../../lib/stats/record/connection_times.ts";
import { plainProgress } from "../../lib/terminal/progress.ts";
import { createLog } from "../../lib/terminal/log.ts";
import { STANDSTILL_MS } from "../../lib/runners/load_watch.ts";
import type { TestPlan } from "../../lib/plan/test_plan.ts";
import type { Targets } from "./server_processes.ts";

/** One thread, so that its core is its own. */
const CORES = 1;
const silent = { progress: plainProgress(() => {}), colour: false, verbose: false };

/** The plan that the command line makes of such options. */
export function planFrom(options: readonly string[], targets: Targets): TestPlan {
  const command = parseCommandLine(["run", ...options], CORES);
  if (command.kind !== "run") throw new Error(`Cannot run "${options.join(" ")}".`);
  return { ...command.plan, targets, tls: DEFAULT_TLS };
}

/** Measures in this process; a request that fails ends the calibration, since it would say nothing. */
export async function measureFlawless(plan: TestPlan): Promise<Measurement> {
  const measurement = await measure(
    plan,
    { rest: new ConnectionTimes(), grpc: new ConnectionTimes() },
    {
      clock: monotonicClock,
      cpuClock: processCpuClock,
      standstillMs: STANDSTILL_MS,
      interrupt: new AbortController().signal,
      log: createLog({ ...silent, writeLine: () => {} }),
      progress: silent.progress,
    },
  );
  for (const { recorder } of Object.values(measurement.phases)) {
    if (recorder.failures > 0) throw new Error(JSON.stringify(recorder.failuresByType));
  }
  return measurement;
}
