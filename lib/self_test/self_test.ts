import { measure, type Measurement, type Surroundings } from "../measuring/measurement.ts";
import { type ByContender, type ContenderId, CONTENDERS } from "../plan/contender.ts";
import type { Target } from "../net/target.ts";
import { ConnectionTimes } from "../stats/record/connection_times.ts";
import { type EqualsSummary, EqualsTally } from "./equals_tally.ts";
import type { Progress, Stage } from "../terminal/progress.ts";
import type { TestPlan } from "../plan/test_plan.ts";

/** What the runs of each protocol against itself came to. */
export interface SelfTestOutcome {
  readonly summaries: ByContender<EqualsSummary>;
  /** Requests that failed, in all runs of a protocol: they should be none. */
  readonly failures: ByContender<number>;
}

/** The plan of a run in which both sides are the same server, reached by the same client. */
export function planAgainstItself(
  plan: TestPlan,
  protocol: ContenderId,
  target: Target = plan.targets[protocol],
): TestPlan {
  return {
    ...plan,
    targets: { rest: target, grpc: target },
    contenders: { rest: protocol, grpc: protocol },
  };
}

/**
 * Runs both protocols against themselves, in turn, each run a whole measurement with connections, warm-up
 * and seed of its own. An interrupt ends it with the runs that were complete.
 *
 * @param runs Per protocol, at least 1.
 */
export async function selfTest(
  plan: TestPlan,
  runs: number,
  surroundings: Surroundings,
): Promise<SelfTestOutcome> {
  const { log, progress, interrupt } = surroundings;
  const tallies = { rest: new EqualsTally(), grpc: new EqualsTally() };
  const failures = { rest: 0, grpc: 0 };
  const bar = new SelfTestBar(progress, plan, runs);
  try {
    for (let run = 0; run < runs; run++) {
      for (const protocol of CONTENDERS) {
        const equals = planAgainstItself(plan, protocol);
        const measurement = await measureOnce(
          { ...equals, seed: plan.seed + run },
          { ...surroundings, progress: bar, log: { ...log, detail: () => {} } },
        );
        if (interrupt.aborted) return { summaries: summariesOf(tallies), failures };
        tallies[protocol].add(measurement.findings);
        failures[protocol] += failuresIn(measurement);
      }
    }
    return { summaries: summariesOf(tallies), failures };
  } finally {
    progress.end();
  }
}

function measureOnce(plan: TestPlan, surroundings: Surroundings): Promise<Measurement> {
  const connectionTimes = { rest: new ConnectionTimes(), grpc: new ConnectionTimes() };
  return measure(plan, connectionTimes, surroundings);
}

function summariesOf(tallies: ByContender<EqualsTally>) {
  return { rest: tallies.rest.summary(), grpc: tallies.grpc.summary() };
}

function failuresIn({ phases: { rest, grpc } }: Measurement): number {
  return rest.recorder.failures + grpc.recorder.failures;
}

/** One bar over all runs, fed by the stages of each. */
class SelfTestBar implements Progress {
  readonly #progress: Progress;
  #finishedBefore = 0;
  #stage: Stage | null = null;

  constructor(progress: Progress, { extent }: TestPlan, runs: number) {
    this.#progress = progress;
    const sidesOfRuns = 2 * CONTENDERS.length * runs;
    progress.begin({
      label: "self-test",
      total: extent.kind === "requests" ? sidesOfRuns * extent.requests : null,
      finished: () => this.#finishedBefore + (this.#stage?.finished() ?? 0),
    });
  }

  begin(stage: Stage): void {
    this.end();
    // A warm-up is not counted: nobody knows beforehand how long it takes.
    if (stage.total !== null) this.#stage = stage;
  }

  end(): void {
    this.#finishedBefore += this.#stage?.finished() ?? 0;
    this.#stage = null;
  }

  writeLine(line: string): void {
    this.#progress.writeLine(line);
  }
}
