import type { BlockPair, BlockTotals } from "../record/block_totals.ts";
import { otherSide, type Side } from "../record/side.ts";

/** Failures that come in spells of so many are those of a server that is away, not of single requests. */
const LONG_SPELL = 20;

/**
 * Whether a side that failed fewer requests failed for as large a share of its time, the other one's failures
 * coming in long spells. A client that is refused at once asks again at once: the faster it fails, the more
 * requests the same spell costs, which says nothing of the server.
 */
export function timeContradicts(pairs: readonly BlockPair[], moreReliable: Side): boolean {
  const better = totalsOf(pairs.map((pair) => pair[moreReliable]));
  const worse = totalsOf(pairs.map((pair) => pair[otherSide(moreReliable)]));
  const inLongSpells = worse.failures >= LONG_SPELL * worse.spells;
  return inLongSpells && better.failingShare > 0 && better.failingShare >= worse.failingShare;
}

function totalsOf(blocks: readonly BlockTotals[]) {
  const sum = (of: (block: BlockTotals) => number) =>
    blocks.reduce((total, block) => total + of(block), 0);
  return {
    failures: sum(({ failures }) => failures),
    spells: sum(({ failureSpells }) => failureSpells),
    failingShare: sum(({ failingMs }) => failingMs) / sum(({ durationMs }) => durationMs),
  };
}
