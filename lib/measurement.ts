import type { Clock } from "./clock.ts";
import type { Protocol, ProtocolKey } from "./protocols/protocol.ts";
import { PROTOCOLS } from "./protocols/protocols.ts";
import { type LoadGenerator, WHOLE_LOAD } from "./runners/load_generator.ts";
import { LocalGenerator } from "./runners/local_generator.ts";
import { WorkerGenerator } from "./runners/worker_generator.ts";
import type { DurationDistribution } from "./stats/duration_distribution.ts";
import type { MeasuredPhase } from "./stats/summary.ts";
import type { Log } from "./terminal/log.ts";
import type { Progress } from "./terminal/progress.ts";
import type { TestPlan } from "./test_plan.ts";

/** What surrounds a measurement: time, the user's wish to stop, and where it is shown. */
export interface Surroundings {
  readonly clock: Clock;
  readonly interrupt: AbortSignal;
  readonly log: Log;
  readonly progress: Progress;
}

export type Measurement = Readonly<Record<ProtocolKey, MeasuredPhase>>;

/** Runs the plan's load against both targets, one after the other. */
export async function measure(
  plan: TestPlan,
  connectionTime: Readonly<Record<ProtocolKey, DurationDistribution>>,
  surroundings: Surroundings,
): Promise<Measurement> {
  const generator = await startGenerator(plan, surroundings);
  try {
    const rest = await measurePhase(generator, PROTOCOLS.rest, plan, surroundings);
    const grpc = await measurePhase(generator, PROTOCOLS.grpc, plan, surroundings);
    return {
      rest: { ...rest, connectionTime: connectionTime.rest },
      grpc: { ...grpc, connectionTime: connectionTime.grpc },
    };
  } finally {
    await generator.close();
  }
}

async function startGenerator(
  plan: TestPlan,
  { clock, interrupt }: Surroundings,
): Promise<LoadGenerator> {
  return plan.workers === 1
    ? new LocalGenerator(plan, WHOLE_LOAD, clock, interrupt)
    : await WorkerGenerator.start(plan, plan.workers, interrupt);
}

async function measurePhase(
  generator: LoadGenerator,
  { key, label }: Protocol,
  plan: TestPlan,
  { log, progress }: Surroundings,
) {
  log.detail(
    `${label}: ${plan.requestsPerProtocol} requests to ${plan.targets[key].display}, ` +
      `${plan.concurrency} in flight, ${plan.workers} ${plan.workers === 1 ? "thread" : "threads"}`,
  );
  progress.begin(label, plan.requestsPerProtocol, () => generator.finished);
  try {
    const { recorder, startMs, endMs } = await generator.run(
      key,
      plan.requestsPerProtocol,
      ({ errorType, cause }) => log.detail(`${label}: first "${errorType}": ${cause}`),
    );
    for (const [errorType, count] of Object.entries(recorder.failuresByType)) {
      log.detail(`${label}: ${count} × "${errorType}"`);
    }
    log.detail(
      `${label}: ended with ${recorder.successes} successes and ${recorder.failures} failures`,
    );
    return { recorder, durationMs: endMs - startMs };
  } finally {
    progress.end();
  }
}
