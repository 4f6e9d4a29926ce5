import { randomIntegers } from "./ids.ts";
import type { ProtocolKey } from "./protocols/protocol.ts";

/** A stretch of load that each protocol serves once, one right after the other. */
export interface Block {
  readonly index: number;
  /** Which protocol goes first. */
  readonly first: ProtocolKey;
  /** Per protocol. */
  readonly requests: number;
}

/** In which order the two protocols are put under load. */
export type Schedule =
  | { readonly kind: "interleaved"; readonly blocks: readonly Block[] }
  | { readonly kind: "sequential"; readonly first: ProtocolKey; readonly requests: number }
  | { readonly kind: "simultaneous"; readonly requests: number };

/**
 * Fewer than this many blocks and an interval grows wide by its few degrees of freedom alone: Student's
 * t is 2.3 at ten blocks, 2.0 at sixty.
 */
const WANTED_BLOCKS = 10;
/** More would only pay for more changes of side. */
const MOST_BLOCKS = 60;
/** How often each place in flight is refilled in a block, so that filling and draining weigh little. */
const WANTED_ROUNDS = 5;
/** With fewer the load would hardly reach its concurrency; then rather fewer blocks. */
const LEAST_ROUNDS = 2;
/** A block of a few requests would measure the change of side. */
const LEAST_BLOCK_REQUESTS = 50;

/** Keeps the order apart from the user ids, which are drawn from the same seed. */
const SEED_OFFSET = 0x0bde4;

/**
 * Cuts a run into blocks long enough to reach the asked concurrency, at least ten where the number
 * of requests permits it. Each side goes first equally often, but for one, in random order: what
 * order and a drifting machine do to one block then says nothing about what they do to the next,
 * which the bootstrap takes for granted. Pairs of opposite order would not do: a spell of slowness
 * as long as a block favours the same side in both.
 *
 * @param requests Per protocol, at least 1; the blocks share them evenly.
 */
export function interleave(requests: number, concurrency: number, seed: number): Schedule {
  const count = blockCount(requests, concurrency);
  const order = balancedOrder(count, randomIntegers(seed + SEED_OFFSET));
  const blocks = order.map((first, index): Block => ({
    index,
    first,
    requests: Math.floor(requests * (index + 1) / count) - Math.floor(requests * index / count),
  }));
  return { kind: "interleaved", blocks };
}

function blockCount(requests: number, concurrency: number): number {
  const atLength = (rounds: number) =>
    Math.floor(requests / Math.max(rounds * concurrency, LEAST_BLOCK_REQUESTS));
  const atWantedLength = Math.min(atLength(WANTED_ROUNDS), MOST_BLOCKS);
  const atLeastLength = Math.min(atLength(LEAST_ROUNDS), WANTED_BLOCKS);
  return Math.max(atWantedLength, atLeastLength, 1);
}

/** Shuffled after Fisher and Yates; where the count is odd, chance decides who leads once more. */
function balancedOrder(count: number, draw: (min: number, max: number) => number): ProtocolKey[] {
  const parity = draw(0, 1);
  const order = Array.from(
    { length: count },
    (_, index): ProtocolKey => (index + parity) % 2 === 0 ? "rest" : "grpc",
  );
  for (let last = count - 1; last > 0; last--) {
    const drawn = draw(0, last);
    [order[last], order[drawn]] = [order[drawn]!, order[last]!];
  }
  return order;
}
