import type { ProtocolKey } from "../protocols/protocol.ts";
import { type BlockPair, type BlockTotals, blockTotals } from "./block_totals.ts";
import { Recorder } from "./recorder.ts";

/** How long a load took, in milliseconds. */
export interface LoadDuration {
  /** How long its places in flight were taken on average; of an open load, how long requests were due. */
  readonly totalMs: number;
  /** By the clock, with all that waited for the last answer. */
  readonly wallMs: number;
}

/** One protocol's part of a run so far. */
export interface SideTotals {
  readonly recorder: Recorder;
  /** What its halves of the blocks took together. */
  readonly duration: LoadDuration;
}

/** Keeps a run block by block, for the verdicts, and as a whole, for the summaries. */
export class BlockLedger {
  readonly #sides = {
    rest: { recorder: new Recorder(), duration: { totalMs: 0, wallMs: 0 } },
    grpc: { recorder: new Recorder(), duration: { totalMs: 0, wallMs: 0 } },
  };
  readonly #halves = new Map<number, Partial<Record<ProtocolKey, BlockTotals>>>();

  side(protocol: ProtocolKey): SideTotals {
    return this.#sides[protocol];
  }

  /** The blocks that both protocols finished, in their order. */
  get pairs(): BlockPair[] {
    const blocks = [...this.#halves].sort(([a], [b]) => a - b);
    return blocks.flatMap(([, { rest, grpc }]) =>
      rest === undefined || grpc === undefined ? [] : [{ rest, grpc }]
    );
  }

  /** A finished half of a block: counts in the whole, and in its block. */
  add(block: number, protocol: ProtocolKey, recorder: Recorder, duration: LoadDuration): void {
    this.addIncomplete(protocol, recorder, duration);
    const halves = this.#halves.get(block) ?? {};
    halves[protocol] = blockTotals(recorder, duration.totalMs);
    this.#halves.set(block, halves);
  }

  /** A half that was interrupted: counts in the whole only, since its block is no longer a fair pair. */
  addIncomplete(protocol: ProtocolKey, recorder: Recorder, duration: LoadDuration): void {
    const side = this.#sides[protocol];
    side.recorder.merge(recorder);
    side.duration.totalMs += duration.totalMs;
    side.duration.wallMs += duration.wallMs;
  }
}
