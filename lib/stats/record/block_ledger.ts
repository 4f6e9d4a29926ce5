import { type BlockPair, type BlockTotals, blockTotals } from "./block_totals.ts";
import type { OwnLimit } from "../../net/own_limit.ts";
import type { ClientFaults } from "./client_faults.ts";
import { errorSpellsOf, type Outage, outagesOf, type TurnTrace } from "./outages.ts";
import { Recorder } from "./recorder.ts";
import { type BySide, SIDES } from "./side.ts";

/** How long a load took, in milliseconds. */
export interface LoadDuration {
  /** How long its places in flight were taken on average; of an open load, how long requests were due. */
  readonly totalMs: number;
  /** By the clock, with all that waited for the last answer. */
  readonly wallMs: number;
}

/** One contender's part of a run so far. */
export interface ContenderTotals {
  readonly recorder: Recorder;
  /** What its turns took together. */
  readonly duration: LoadDuration;
}

/** What is kept of one contender. */
class ContenderRecord {
  readonly recorder = new Recorder();
  readonly duration = { totalMs: 0, wallMs: 0 };
  /** By the index of the block. */
  readonly finished = new Map<number, BlockTotals>();
  readonly traces: TurnTrace[] = [];
}

/** Keeps a run block by block, for the verdicts, and as a whole, for the summaries. */
export class BlockLedger {
  /** By its id. */
  readonly #contenders = new Map<string, ContenderRecord>();
  /** Blocks that this machine spoiled. */
  readonly #spoiled = new Set<number>();
  readonly #ownLimits = new Set<OwnLimit>();
  #droppedRequests = 0;

  totals(contender: string): ContenderTotals {
    const { recorder, duration } = this.#recordOf(contender);
    return { recorder, duration };
  }

  /**
   * The blocks that both contenders of a pairing finished, in their order, without those that this machine
   * spoiled, and those in which one of the two servers was out.
   */
  pairs(pairing: BySide<string>): BlockPair[] {
    const subjects = [...this.#recordOf(pairing.subject).finished].sort(([a], [b]) => a - b);
    const baselines = this.#recordOf(pairing.baseline).finished;
    const outages = SIDES.flatMap((side) => this.outages(pairing[side]));
    const isOut = (block: number) =>
      outages.some((outage) => outage.firstBlock <= block && block <= outage.lastBlock);
    return subjects.flatMap(([block, subject]) => {
      const baseline = baselines.get(block);
      const counts = baseline !== undefined && !this.#spoiled.has(block) && !isOut(block);
      return counts ? [{ subject, baseline }] : [];
    });
  }

  /** A contender's finished blocks, in their order. */
  blocks(contender: string): BlockTotals[] {
    const finished = [...this.#recordOf(contender).finished].sort(([a], [b]) => a - b);
    return finished.map(([, totals]) => totals);
  }

  /** When a contender answered nothing, though else it does. */
  outages(contender: string): readonly Outage[] {
    return outagesOf(this.#recordOf(contender).traces);
  }

  /** When a contender answered nothing but errors, though else it does. */
  errorSpells(contender: string): readonly Outage[] {
    return errorSpellsOf(this.#recordOf(contender).traces);
  }

  get clientFaults(): Omit<ClientFaults, "standstillMs"> {
    return {
      blocks: this.#spoiled.size,
      droppedRequests: this.#droppedRequests,
      ownLimits: [...this.#ownLimits],
    };
  }

  /**
   * Keeps how the failures of a turn came, finished or not.
   *
   * @param startMs Of the turn, since the run began.
   */
  trace(block: number, contender: string, recorder: Recorder, startMs: number): void {
    this.#recordOf(contender).traces.push({
      block,
      startMs,
      successes: recorder.successes,
      failures: recorder.failures - recorder.ownFailures,
      spells: recorder.spells,
    });
  }

  /** A turn during which this process stood still: it counts nowhere, and its block in no verdict. */
  drop(block: number, recorder: Recorder): void {
    this.#spoiled.add(block);
    this.#droppedRequests += recorder.finished;
  }

  /** A finished turn: counts in the whole, and in its block. */
  add(block: number, contender: string, recorder: Recorder, duration: LoadDuration): void {
    this.addIncomplete(contender, recorder, duration);
    this.#recordOf(contender).finished.set(block, blockTotals(recorder, duration.totalMs));
    if (recorder.ownFailures > 0) this.#spoiled.add(block);
  }

  /** A turn that was interrupted: counts in the whole only, since its block is no longer a fair pair. */
  addIncomplete(contender: string, recorder: Recorder, duration: LoadDuration): void {
    const record = this.#recordOf(contender);
    record.recorder.merge(recorder);
    record.duration.totalMs += duration.totalMs;
    record.duration.wallMs += duration.wallMs;
    for (const limit of recorder.ownLimits.keys()) this.#ownLimits.add(limit);
  }

  #recordOf(contender: string): ContenderRecord {
    const known = this.#contenders.get(contender);
    if (known !== undefined) return known;
    const record = new ContenderRecord();
    this.#contenders.set(contender, record);
    return record;
  }
}
