import type { OwnLimit } from "../../net/own_limit.ts";

/** What this machine did to a run, of which no server is to blame. */
export interface ClientFaults {
  /** Blocks that it hit: they are in no verdict. */
  readonly blocks: number;
  /** How long this process stood still in all, in milliseconds. */
  readonly standstillMs: number;
  /** Requests of both sides that a standstill hit: they are in no statistic. */
  readonly droppedRequests: number;
  /** What this machine ran out of. */
  readonly ownLimits: readonly OwnLimit[];
}

export const NO_FAULTS: ClientFaults = {
  blocks: 0,
  standstillMs: 0,
  droppedRequests: 0,
  ownLimits: [],
};
