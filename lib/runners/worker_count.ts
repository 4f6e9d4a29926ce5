/** Below this many requests, starting threads and heating their code would cost more than they bring. */
const SMALL_RUN_REQUESTS = 100_000;
/** With fewer in flight each, threads would wait more than they work. */
const LEAST_IN_FLIGHT = 10;

/** What the choice of a number of threads rests on. */
export interface LoadSize {
  readonly requests: number;
  readonly concurrency: number;
  readonly cores: number;
  /** Whether the servers share this machine: then a core is left to them. */
  readonly local: boolean;
}

/** How many threads generate a load whose user did not say: as many as have work. */
export function chooseWorkerCount({ requests, concurrency, cores, local }: LoadSize): number {
  if (requests < SMALL_RUN_REQUESTS) return 1;
  return Math.max(
    1,
    Math.min(usableCores(cores, local), Math.floor(concurrency / LEAST_IN_FLIGHT)),
  );
}

/** A core is left to servers that share the machine. */
export function usableCores(cores: number, local: boolean): number {
  return local ? cores - 1 : cores;
}
