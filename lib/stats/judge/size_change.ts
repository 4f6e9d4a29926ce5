import type { BlockTotals } from "../record/block_totals.ts";
import type { Findings } from "./contest.ts";
import { CONTESTED_METRICS, type ContestedKey } from "./metrics.ts";
import { isWithheld, type Verdict } from "./verdict.ts";

/** Answers that came in blocks of another size than the first: another server, in all but name. */
export interface SizeChange {
  /** Of all blocks. */
  readonly answers: number;
  /** Of those that changed. */
  readonly changed: number;
  readonly firstBytes: number;
  /** On average of those that changed. */
  readonly laterBytes: number;
}

/** How much larger or smaller answers may become, and for which share of them. */
const LARGEST_FACTOR = 2;
const LARGEST_SHARE = 0.1;
/** Sizes that vary from the start vary between blocks as well: by chance hardly ever beyond so many standard errors. */
const CHANCE_ERRORS = 4;
/** Of fewer answers nobody knows how much they vary. */
const LEAST_ANSWERS = 10;

/**
 * Whether a side's answers became far larger or smaller on the way.
 *
 * @param blocks Of one side, in their order.
 * @returns `null` where they stayed what they were.
 */
export function sizeChangeIn(blocks: readonly BlockTotals[]): SizeChange | null {
  const known = blocks.filter(({ successes }) => successes >= LEAST_ANSWERS);
  const first = known[0];
  if (first === undefined) return null;
  const changed = known.filter((block) => isOther(first, block));
  const answers = sumOf(known, ({ successes }) => successes);
  const count = sumOf(changed, ({ successes }) => successes);
  if (count <= LARGEST_SHARE * answers) return null;
  return {
    answers,
    changed: count,
    firstBytes: meanOf(first),
    laterBytes: sumOf(changed, ({ payloadBytes }) => payloadBytes) / count,
  };
}

/** What is left of findings then: nothing that hangs on how large an answer is. */
export function withoutSteadySizes(findings: Findings): Findings {
  const instead: Verdict = { kind: "other-answers", differ: "size" };
  const judged = CONTESTED_METRICS.map(({ key, kind }) => {
    const { measured, verdict } = findings[key];
    const stays = kind === "share" || kind === "count" || isWithheld(verdict);
    return [key, { measured, verdict: stays ? verdict : instead }] as const;
  });
  return Object.fromEntries(judged) as Record<ContestedKey, Findings[ContestedKey]>;
}

function isOther(first: BlockTotals, later: BlockTotals): boolean {
  const [before, after] = [meanOf(first), meanOf(later)];
  const factor = Math.max(before, after) / Math.min(before, after);
  const error = Math.sqrt(varianceOfMean(first) + varianceOfMean(later));
  return factor > LARGEST_FACTOR && Math.abs(after - before) > CHANCE_ERRORS * error;
}

function meanOf({ payloadBytes, successes }: BlockTotals): number {
  return payloadBytes / successes;
}

function varianceOfMean(block: BlockTotals): number {
  const { payloadSquares, successes } = block;
  return Math.max(0, payloadSquares / successes - meanOf(block) ** 2) / successes;
}

function sumOf(blocks: readonly BlockTotals[], of: (block: BlockTotals) => number): number {
  return blocks.reduce((sum, block) => sum + of(block), 0);
}
