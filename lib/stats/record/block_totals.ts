import type { DurationBuckets } from "./duration_distribution.ts";
import type { FirstAskingsSnapshot } from "./first_askings.ts";
import type { Recorder } from "./recorder.ts";
import type { BySide } from "./side.ts";

/** What one contender's turn in a block adds up to, in a few kilobytes: a recorder takes hundreds. */
export interface BlockTotals {
  readonly responseTime: DurationBuckets;
  readonly responseTimeSumMs: number;
  readonly successes: number;
  /** Without those that this machine made itself. */
  readonly failures: number;
  /** Of the failures, those that got no answer in time. */
  readonly timeouts: number;
  /** In how many spells the failures came, one after the other without a success between. */
  readonly failureSpells: number;
  /** How long those spells lasted together. */
  readonly failingMs: number;
  /** Received by the successes. */
  readonly payloadBytes: number;
  /** The sum of their squares, for their variance. */
  readonly payloadSquares: number;
  /** What rates are taken over; see `LoadDuration.totalMs`. */
  readonly durationMs: number;
  readonly firstAskings: FirstAskingsSnapshot;
}

/** Both sides under the same conditions, one right after the other. */
export type BlockPair = BySide<BlockTotals>;

export function blockTotals(recorder: Recorder, durationMs: number): BlockTotals {
  return {
    responseTime: recorder.responseTime.buckets(),
    responseTimeSumMs: recorder.responseTime.sumMs,
    successes: recorder.successes,
    failures: recorder.failures - recorder.ownFailures,
    timeouts: recorder.timeouts,
    failureSpells: recorder.spells.all.count,
    failingMs: recorder.spells.all.lastedMs,
    payloadBytes: recorder.payloadBytes,
    payloadSquares: recorder.payloadSquares,
    durationMs,
    firstAskings: recorder.firstAskings.snapshot(),
  };
}
