import type { Clock } from "./clock.ts";
import { drawUserIds } from "./ids.ts";
import type { Protocol, ProtocolKey } from "./protocols/protocol.ts";
import { PROTOCOLS } from "./protocols/protocols.ts";
import { runClosedLoop } from "./runners/closed_loop.ts";
import type { DurationDistribution } from "./stats/duration_distribution.ts";
import { Recorder } from "./stats/recorder.ts";
import type { MeasuredPhase } from "./stats/summary.ts";
import { FailureJournal } from "./terminal/failure_journal.ts";
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
  const rest = await measurePhase(PROTOCOLS.rest, plan, surroundings);
  const grpc = await measurePhase(PROTOCOLS.grpc, plan, surroundings);
  return {
    rest: { ...rest, connectionTime: connectionTime.rest },
    grpc: { ...grpc, connectionTime: connectionTime.grpc },
  };
}

async function measurePhase(protocol: Protocol, plan: TestPlan, surroundings: Surroundings) {
  const { clock, interrupt, log, progress } = surroundings;
  const target = plan.targets[protocol.key];
  const recorder = new Recorder();
  const journal = new FailureJournal(protocol.label, log);
  const client = protocol.connect({ ...plan, target, clock, onConnection: () => {} });
  log.detail(
    `${protocol.label}: ${plan.requestsPerProtocol} requests to ${target.display}, ` +
      `${plan.concurrency} in flight`,
  );
  progress.begin(protocol.label, plan.requestsPerProtocol, () => recorder.finished);
  try {
    const durationMs = await runClosedLoop({
      userIds: drawUserIds(plan.userIdRange, plan.requestsPerProtocol, plan.seed),
      concurrency: plan.concurrency,
      send: (userId, done) => client.send(userId, done),
      record: (sample) => {
        recorder.record(sample);
        if (sample.kind === "failure") journal.add(sample);
      },
      interrupt,
      clock,
    });
    return { recorder, durationMs };
  } finally {
    await client.close();
    progress.end();
    journal.close();
    log.detail(
      `${protocol.label}: ended with ${recorder.successes} successes and ${recorder.failures} failures`,
    );
  }
}
