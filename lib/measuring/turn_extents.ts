import type { Extent } from "../plan/extent.ts";
import { RateCurve } from "../plan/rate_curve.ts";
import type { OpenLoad } from "../plan/load_model.ts";
import type { ContenderId } from "../plan/contender.ts";
import type { OpenExtent } from "../runners/ending.ts";
import type { Block, Turn } from "../plan/schedule.ts";

/** How much each protocol gets in its turns; what it has had is told by whoever ran them. */
export interface TurnExtents {
  /** What a protocol is to get in a turn; `null`: it has had that already. */
  extentOf(turn: Turn, protocol: ContenderId): Extent | OpenExtent | null;
  /** @param requests That were due to the protocol in its last turn. */
  had(protocol: ContenderId, requests: number): void;
}

/** A closed load gets its blocks as they were cut. */
export const AS_CUT: TurnExtents = {
  extentOf: ({ extent }) => extent,
  had: () => {},
};

/** How long a side that is behind at the end of its run goes on uncounted, to see whether it catches up. */
const TAIL_SHARE = 0.5;
const SHORTEST_TAIL_MS = 1000;
const LONGEST_TAIL_MS = 10_000;

/** A turn with less than this share of its block left would be no block of its own: it goes on into the next. */
const LEAST_BLOCK_SHARE = 0.5;

/**
 * An open load's turn lasts until the side has caught up. What it is sent meanwhile beyond its block is
 * taken from its own later blocks, so that each side gets as many requests as were asked for; a side that
 * never catches up has a single turn.
 */
export class OpenTurns implements TurnExtents {
  /** How many requests a side has had when each of the blocks is over, as they were cut. */
  readonly #cuts = new Map<number, { readonly start: number; readonly end: number }>();
  readonly #all: number;
  readonly #tailMs: number;
  readonly #had = { rest: 0, grpc: 0 };

  constructor(blocks: readonly Block[], { rate }: OpenLoad) {
    let start = 0;
    for (const { index, extent } of blocks) {
      if (extent.kind === "duration") throw new Error("an open load is counted in requests");
      this.#cuts.set(index, { start, end: start + extent.requests });
      start += extent.requests;
    }
    this.#all = start;
    const lengthMs = new RateCurve(rate).timeAt(start);
    this.#tailMs = Math.min(Math.max(lengthMs * TAIL_SHARE, SHORTEST_TAIL_MS), LONGEST_TAIL_MS);
  }

  extentOf({ block }: Turn, protocol: ContenderId): OpenExtent | null {
    const had = this.#had[protocol];
    const { start, end } = this.#cuts.get(block)!;
    if (had >= end) return null;
    const isWhole = end - had >= LEAST_BLOCK_SHARE * (end - start);
    const upTo = isWhole ? end : this.#cuts.get(block + 1)?.end ?? end;
    return {
      kind: "until-caught-up",
      requests: upTo - had,
      mostRequests: this.#all - had,
      tailMs: this.#tailMs,
    };
  }

  had(protocol: ContenderId, requests: number): void {
    this.#had[protocol] += requests;
  }
}
