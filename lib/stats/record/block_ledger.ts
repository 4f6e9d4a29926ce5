import type { ProtocolKey } from "../../clients/protocol.ts";
import { type BlockPair, type BlockTotals, blockTotals } from "./block_totals.ts";
import type { OwnLimit } from "../../net/own_limit.ts";
import type { ClientFaults } from "./client_faults.ts";
import { type HalfTrace, type Outage, outagesOf } from "./outages.ts";
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
  readonly #traces: Readonly<Record<ProtocolKey, HalfTrace[]>> = { rest: [], grpc: [] };
  /** Blocks that this machine spoiled. */
  readonly #spoiled = new Set<number>();
  readonly #ownLimits = new Set<OwnLimit>();
  #droppedRequests = 0;

  side(protocol: ProtocolKey): SideTotals {
    return this.#sides[protocol];
  }

  /**
   * The blocks that both protocols finished, in their order, without those that this machine spoiled, and those
   * in which a server was out.
   */
  get pairs(): BlockPair[] {
    const blocks = [...this.#halves].sort(([a], [b]) => a - b);
    const { rest, grpc } = this.outages;
    const isOut = (block: number) =>
      [...rest, ...grpc].some((outage) => outage.firstBlock <= block && block <= outage.lastBlock);
    return blocks.flatMap(([block, { rest, grpc }]) =>
      rest === undefined || grpc === undefined || this.#spoiled.has(block) ||
        isOut(block)
        ? []
        : [{ rest, grpc }]
    );
  }

  /** When each side answered nothing, though else it does. */
  get outages(): Readonly<Record<ProtocolKey, readonly Outage[]>> {
    return { rest: outagesOf(this.#traces.rest), grpc: outagesOf(this.#traces.grpc) };
  }

  get clientFaults(): Omit<ClientFaults, "standstillMs"> {
    return {
      blocks: this.#spoiled.size,
      droppedRequests: this.#droppedRequests,
      ownLimits: [...this.#ownLimits],
    };
  }

  /**
   * Keeps how the failures of a half came, finished or not.
   *
   * @param startMs Of the half, since the run began.
   */
  trace(block: number, protocol: ProtocolKey, recorder: Recorder, startMs: number): void {
    this.#traces[protocol].push({
      block,
      startMs,
      successes: recorder.successes,
      failures: recorder.failures - recorder.ownFailures,
      spells: recorder.spells,
    });
  }

  /** A half during which this process stood still: it counts nowhere, and its block in no verdict. */
  drop(block: number, recorder: Recorder): void {
    this.#spoiled.add(block);
    this.#droppedRequests += recorder.finished;
  }

  /** A finished half of a block: counts in the whole, and in its block. */
  add(block: number, protocol: ProtocolKey, recorder: Recorder, duration: LoadDuration): void {
    this.addIncomplete(protocol, recorder, duration);
    const halves = this.#halves.get(block) ?? {};
    halves[protocol] = blockTotals(recorder, duration.totalMs);
    this.#halves.set(block, halves);
    if (recorder.ownFailures > 0) this.#spoiled.add(block);
  }

  /** A half that was interrupted: counts in the whole only, since its block is no longer a fair pair. */
  addIncomplete(protocol: ProtocolKey, recorder: Recorder, duration: LoadDuration): void {
    const side = this.#sides[protocol];
    side.recorder.merge(recorder);
    side.duration.totalMs += duration.totalMs;
    side.duration.wallMs += duration.wallMs;
    for (const limit of recorder.ownLimits.keys()) this.#ownLimits.add(limit);
  }
}
