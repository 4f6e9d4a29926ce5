import { findKnees, type Hold, type Knee, type KneeGoal, type RateOutcome } from "./knee.ts";
import { startGenerator, type Surroundings } from "./measurement.ts";
import { LABELS, type ProtocolKey } from "./protocols/protocol.ts";
import type { TestPlan } from "./test_plan.ts";

export type Knees = Readonly<Record<ProtocolKey, Knee>>;

/** How long a rate is held before it is judged: long enough for a queue to show that it grows. */
const HOLD_SECONDS = 2;
/** A p99 over fewer requests rests on too few of them; at low rates they take longer. */
const LEAST_REQUESTS = 1000;
/** Of a hold at a low rate, which then has fewer requests. */
const LONGEST_SECONDS = 10;
/** Connections are opened, and a little code heated, before each hold. */
const WARM_UP_REQUESTS = 200;

/** Of those one has to be answered, or the others would each take the timeout as well. */
const FIRST_REQUESTS = 10;
const SILENT: RateOutcome = { p99Ms: null, successRate: 0, unsentShare: 0 };

/** Looks for the highest rate that each side holds, by putting one rate after the other on it. */
export async function searchKnees(
  plan: TestPlan,
  goal: KneeGoal,
  surroundings: Surroundings,
): Promise<Knees> {
  const holdOn = (protocol: ProtocolKey): Hold => (perSecond) =>
    hold(plan, protocol, perSecond, surroundings);
  try {
    return await findKnees(goal, { rest: holdOn("rest"), grpc: holdOn("grpc") });
  } finally {
    surroundings.progress.end();
  }
}

async function hold(
  plan: TestPlan,
  protocol: ProtocolKey,
  perSecond: number,
  surroundings: Surroundings,
): ReturnType<Hold> {
  const { interrupt, log, progress } = surroundings;
  const seconds = Math.min(Math.max(HOLD_SECONDS, LEAST_REQUESTS / perSecond), LONGEST_SECONDS);
  const requests = Math.max(1, Math.round(perSecond * seconds));
  const load = {
    kind: "open",
    rate: { kind: "constant", perSecond },
    arrivals: plan.load.kind === "open" ? plan.load.arrivals : "uniform",
  } as const;
  const generator = await startGenerator({ ...plan, load }, surroundings);
  const stretch = (purpose: "warm-up" | "measurement", count: number) =>
    generator.run(
      { loads: new Map([[protocol, { kind: "requests", requests: count }]]), purpose },
      () => {},
    );
  try {
    progress.begin({
      label: `knee: ${LABELS[protocol]} at ${Math.round(perSecond)}/s`,
      total: requests,
      finished: () => generator.finished,
    });
    const first = (await stretch("warm-up", FIRST_REQUESTS)).get(protocol)!.recorder;
    if (interrupt.aborted) return null;
    if (first.successes === 0) return SILENT;
    await stretch("warm-up", WARM_UP_REQUESTS);
    const { recorder } = (await stretch("measurement", requests)).get(protocol)!;
    if (interrupt.aborted) return null;
    const unsent = recorder.scheduled?.unsent ?? 0;
    const outcome = {
      p99Ms: recorder.responseTime.statistics()?.p99 ?? null,
      successRate: recorder.finished === 0 ? 0 : recorder.successes / recorder.finished,
      unsentShare: unsent / requests,
    };
    log.detail(
      `knee: ${LABELS[protocol]} at ${perSecond.toFixed(1)}/s: p99 ${
        outcome.p99Ms?.toFixed(2) ?? "n/a"
      } ms`,
    );
    return outcome;
  } finally {
    await generator.close();
  }
}
