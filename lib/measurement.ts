import type { Clock } from "./clock.ts";
import type { Protocol, ProtocolKey } from "./protocols/protocol.ts";
import { CLIENTS } from "./protocols/protocols.ts";
import { type LoadGenerator, WHOLE_LOAD } from "./runners/load_generator.ts";
import { LocalGenerator } from "./runners/local_generator.ts";
import { WorkerGenerator } from "./runners/worker_generator.ts";
import type { ConnectionTimes } from "./stats/connection_times.ts";
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

/**
 * Runs the plan's load against both targets, one after the other.
 *
 * @param connectionTimes What the preflight measured, for clients that do not tell of their own.
 */
export async function measure(
  plan: TestPlan,
  connectionTimes: Readonly<Record<ProtocolKey, ConnectionTimes>>,
  surroundings: Surroundings,
): Promise<Measurement> {
  const { rest, grpc } = CLIENTS[plan.lens];
  const generator = await startGenerator(plan, surroundings);
  try {
    return {
      rest: await measurePhase(generator, rest, plan, connectionTimes.rest, surroundings),
      grpc: await measurePhase(generator, grpc, plan, connectionTimes.grpc, surroundings),
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
  measuredApart: ConnectionTimes,
  { log, progress }: Surroundings,
): Promise<MeasuredPhase> {
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
    const connectionTimes = recorder.connections.total.count > 0
      ? recorder.connections
      : measuredApart;
    return { recorder, durationMs: endMs - startMs, connectionTimes };
  } finally {
    progress.end();
  }
}
