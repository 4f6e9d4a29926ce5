import type { KneeSide, Saturation } from "../../lib/measuring/knee.ts";
import { type HoldOutcome, isSettled, P99_CONFIDENCE } from "../../lib/measuring/knee_hold.ts";
import { DurationDistribution } from "../../lib/stats/record/duration_distribution.ts";
import { OutstandingCurve } from "../../lib/stats/judge/outstanding_curve.ts";
import { percentileInterval } from "../../lib/stats/judge/percentile_interval.ts";

/** A server by the book, in a time of its own. */
export interface QueueingServer {
  /** Requests that are served at once; the others wait in line. */
  readonly places: number;
  /** How long serving one takes, drawn anew for each. */
  readonly serviceMs: () => number;
  /** What every answer takes besides, without keeping the server. */
  readonly latencyMs: () => number;
  /** Share of requests that fail. */
  readonly failureShare?: number;
}

/** The most of its time that a knee search may look at, and a client as it is used by one. */
export class SimulatedSide implements KneeSide {
  heldMs = 0;

  constructor(
    readonly server: QueueingServer,
    readonly time: { nowMs: number },
    readonly random: () => number,
  ) {}

  saturate(concurrency: number): Promise<Saturation> {
    const { serviceMs, latencyMs, places } = this.server;
    const lengthMs = 500;
    const ready = new Array<number>(concurrency).fill(0);
    const free = new Array<number>(places).fill(0);
    let [answered, spent, lastMs] = [0, 0, 0];
    for (;;) {
      const lane = indexOfLeast(ready);
      const start = ready[lane]!;
      if (start >= lengthMs) break;
      const end = serve(free, start, serviceMs()) + latencyMs();
      ready[lane] = end;
      answered++;
      spent += end - start;
      lastMs = Math.max(lastMs, end);
    }
    this.#pass(lastMs);
    return Promise.resolve({
      answeredPerSecond: answered / lastMs * 1000,
      responseMs: spent / answered,
    });
  }

  hold(perSecond: number, durationMs: number): Promise<HoldOutcome> {
    const outcome = this.outcomeOf(perSecond, durationMs);
    return Promise.resolve(outcome);
  }

  outcomeOf(perSecond: number, durationMs: number): HoldOutcome {
    const { serviceMs, latencyMs, places, failureShare = 0 } = this.server;
    const due = Math.max(1, Math.round(perSecond * durationMs / 1000));
    const intervalMs = 1000 / perSecond;
    const curve = new OutstandingCurve(due * intervalMs);
    const times = new DurationDistribution();
    const free = new Array<number>(places).fill(0);
    let [successes, lastMs] = [0, 0];
    for (let index = 1; index <= due; index++) {
      const dueMs = index * intervalMs;
      const end = serve(free, dueMs, serviceMs()) + latencyMs();
      curve.record(dueMs, end);
      lastMs = Math.max(lastMs, end);
      if (this.random() < failureShare) continue;
      successes++;
      if (isSettled(dueMs, due * intervalMs)) times.record(end - dueMs);
    }
    this.#pass(lastMs);
    return {
      durationMs,
      due,
      successes,
      p99Ms: times.statistics()?.p99 ?? null,
      p99Interval: percentileInterval(times.buckets(), 99, P99_CONFIDENCE),
      growth: curve.growth(times.statistics()?.min ?? 0),
      unsent: 0,
      queued: 0,
      silent: false,
    };
  }

  #pass(ms: number): void {
    this.time.nowMs += ms;
    this.heldMs += ms;
  }
}

function serve(free: number[], atMs: number, serviceMs: number): number {
  const first = indexOfLeast(free);
  return free[first] = Math.max(atMs, free[first]!) + serviceMs;
}

function indexOfLeast(values: readonly number[]): number {
  let least = 0;
  for (let index = 1; index < values.length; index++) {
    if (values[index]! < values[least]!) least = index;
  }
  return least;
}
