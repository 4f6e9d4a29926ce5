import type { Sample } from "../../lib/requests/sample.ts";
import type { SimulatedTime } from "./simulated_time.ts";

export function successAfter(responseTimeMs: number, payloadBytes = 1): Sample {
  return {
    kind: "success",
    responseTimeMs,
    payloadBytes,
    phases: { connectionWaitMs: null, streamWaitMs: null, firstByteMs: null, downloadMs: null },
    wireBytes: null,
  };
}

/** Serves so many requests at once, in the order of their coming, each for a time of its own. */
export class SimulatedServer {
  readonly sentAtMs: number[] = [];
  readonly userIds: number[] = [];
  inFlight = 0;
  mostInFlight = 0;
  /** When each of the servers is free. */
  readonly #freeAtMs: number[];

  /** @param serviceMs How long a request takes that comes at this time, once it is its turn. */
  constructor(
    readonly time: SimulatedTime,
    readonly serviceMs: (nowMs: number) => number,
    servers = Infinity,
  ) {
    this.#freeAtMs = servers === Infinity ? [] : new Array<number>(servers).fill(0);
  }

  readonly send = (userId: number, done: (sample: Sample) => void): void => {
    const nowMs = this.time.clock();
    this.userIds.push(userId);
    this.sentAtMs.push(nowMs);
    this.mostInFlight = Math.max(this.mostInFlight, ++this.inFlight);
    const responseTimeMs = this.#finishedAt(nowMs) - nowMs;
    this.time.after(responseTimeMs, () => {
      this.inFlight--;
      done(successAfter(responseTimeMs));
    });
  };

  #finishedAt(nowMs: number): number {
    const serviceMs = this.serviceMs(nowMs);
    if (this.#freeAtMs.length === 0) return nowMs + serviceMs;
    const first = this.#freeAtMs.indexOf(Math.min(...this.#freeAtMs));
    return this.#freeAtMs[first] = Math.max(nowMs, this.#freeAtMs[first]!) + serviceMs;
  }
}
