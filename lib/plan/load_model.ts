/** A rate that holds for a while. */
export interface RateStep {
  /** More than 0. */
  readonly perSecond: number;
  /** More than 0. */
  readonly durationMs: number;
}

/** How many requests a second one protocol is to get, over the time of its load. */
export type RateProfile =
  | {
    readonly kind: "constant";
    /** More than 0. */
    readonly perSecond: number;
  }
  /** Linear from one rate to the other, which then holds. */
  | {
    readonly kind: "ramp";
    /** At least 0. */
    readonly fromPerSecond: number;
    /** More than 0. */
    readonly toPerSecond: number;
    /** More than 0. */
    readonly overMs: number;
  }
  /** One after the other, at least one; the last then holds. */
  | { readonly kind: "steps"; readonly steps: readonly RateStep[] };

/**
 * How arrivals keep to a rate: evenly, or by chance as requests of many independent users do, with
 * exponential intervals.
 */
export const ARRIVAL_PROCESSES = ["uniform", "poisson"] as const;
export type ArrivalProcess = typeof ARRIVAL_PROCESSES[number];

/** Requests have times to be sent at, whether or not earlier ones were answered. */
export interface OpenLoad {
  readonly kind: "open";
  readonly rate: RateProfile;
  readonly arrivals: ArrivalProcess;
}

/** As soon as one request ends, the next is sent. */
export interface ClosedLoad {
  readonly kind: "closed";
}

/**
 * What decides when a request is sent. Either way at most the plan's `concurrency` are in flight.
 * Plain data: it can be sent to another thread.
 */
export type LoadModel = ClosedLoad | OpenLoad;
