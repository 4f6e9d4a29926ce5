import { cutExtent, type Extent } from "./extent.ts";
import { randomIntegers } from "../ids.ts";
import type { LoadModel, OpenLoad } from "./load_model.ts";
import { type ContenderId, CONTENDERS } from "./contender.ts";
import { RateCurve } from "./rate_curve.ts";
import { LEAST_BLOCKS } from "../stats/judge/support.ts";
import type { TestPlan } from "./test_plan.ts";

/** A part of the run that all contenders serve: what is compared is their turns in one block. */
export interface Block {
  readonly index: number;
  /** Who goes first, where they do not go together. */
  readonly first: ContenderId;
  readonly extent: Extent;
}

/** Who is under load at one time: one contender in its part of a block, or all of them together. */
export interface Turn {
  readonly block: number;
  readonly contenders: readonly ContenderId[];
  readonly extent: Extent;
}

/**
 * In which order the two contenders are put under load:
 * - `interleaved`: block by block, so that a machine that drifts does the same to both
 * - `sequential`: all of REST, then all of gRPC
 * - `simultaneous`: both at once, sharing the client
 */
export const SCHEDULES = ["interleaved", "sequential", "simultaneous"] as const;

export type Schedule = typeof SCHEDULES[number];

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
/** A run that would else have no verdict has blocks as short as this. */
const SHORTEST_BLOCK_REQUESTS = 20;
/** In flight where the user does not say, unless the run is too short for it. */
const USUAL_CONCURRENCY = 100;

/** Of a run that is measured in time: long enough to reach any usual concurrency several times. */
const WANTED_BLOCK_MS = 1000;
const LEAST_BLOCK_MS = 100;

/**
 * Of an open load, whose blocks last until their side has caught up (`measuring/turn_extents.ts`): a stall that is
 * shorter than a block is in one of them.
 */
const WANTED_OPEN_BLOCK_MS = 2000;
const LEAST_OPEN_BLOCK_MS = 1000;
/** Keeps the order apart from the user ids, which are drawn from the same seed. */
const SEED_OFFSET = 0x0bde4;

/** The fewest requests of a closed run that can be cut into enough blocks for a verdict. */
export const REQUESTS_FOR_A_VERDICT = LEAST_BLOCKS * SHORTEST_BLOCK_REQUESTS;

/** How many requests make ten blocks that reach so many in flight. */
export function requestsForTenBlocks(concurrency: number): number {
  return WANTED_BLOCKS * Math.max(LEAST_ROUNDS * concurrency, LEAST_BLOCK_REQUESTS);
}

/**
 * How many are in flight where the user does not say: of a short closed run as many as leave it ten blocks
 * that reach so many.
 */
export function usualConcurrency(extent: Extent, load: LoadModel): number {
  if (load.kind === "open" || extent.kind === "duration") return USUAL_CONCURRENCY;
  const most = Math.floor(extent.requests / (WANTED_BLOCKS * LEAST_ROUNDS));
  return Math.min(Math.max(most, 1), USUAL_CONCURRENCY);
}

/**
 * Cuts a run into blocks long enough to reach the asked concurrency, at least ten where the number
 * of requests permits it. Each side goes first equally often, but for one, in random order: what
 * order and a drifting machine do to one block then says nothing about what they do to the next,
 * which the bootstrap takes for granted. Pairs of opposite order would not do: a spell of slowness
 * as long as a block favours the same side in both.
 *
 * @param extent Of the whole run; the blocks share it evenly.
 */
export function cutIntoBlocks(
  extent: Extent,
  { load, concurrency }: Pick<TestPlan, "load" | "concurrency">,
  seed: number,
): Block[] {
  const count = countBlocks(extent, { load, concurrency });
  const parts = cutExtent(extent, count);
  const order = balancedOrder(count, randomIntegers(seed + SEED_OFFSET));
  return order.map((first, index) => ({ index, first, extent: parts[index]! }));
}

/** Into how many blocks an extent of load is cut. */
export function countBlocks(
  extent: Extent,
  { load, concurrency }: Pick<TestPlan, "load" | "concurrency">,
): number {
  if (extent.kind === "duration") {
    return countOfLength(extent.durationMs, WANTED_BLOCK_MS, LEAST_BLOCK_MS);
  }
  return load.kind === "open"
    ? openBlockCount(extent.requests, load)
    : blockCount(extent.requests, concurrency);
}

/** The blocks' turns in the order in which they are run. */
export function turnsOf(schedule: Schedule, blocks: readonly Block[]): Turn[] {
  const turn = ({ index, extent }: Block, contender: ContenderId): Turn => ({
    block: index,
    contenders: [contender],
    extent,
  });
  switch (schedule) {
    case "interleaved":
      return blocks.flatMap((block) => {
        const second = block.first === "rest" ? "grpc" : "rest";
        return [turn(block, block.first), turn(block, second)];
      });
    case "sequential":
      return CONTENDERS.flatMap((contender) => blocks.map((block) => turn(block, contender)));
    case "simultaneous":
      return blocks.map(({ index, extent }) => ({ block: index, contenders: CONTENDERS, extent }));
  }
}

function blockCount(requests: number, concurrency: number): number {
  const length = (rounds: number) => Math.max(rounds * concurrency, LEAST_BLOCK_REQUESTS);
  const count = countOfLength(requests, length(WANTED_ROUNDS), length(LEAST_ROUNDS));
  return Math.max(count, Math.min(Math.floor(requests / shortestBlock(concurrency)), LEAST_BLOCKS));
}

function shortestBlock(concurrency: number): number {
  return Math.max(LEAST_ROUNDS * concurrency, SHORTEST_BLOCK_REQUESTS);
}

function openBlockCount(requests: number, { rate }: OpenLoad): number {
  const lengthMs = new RateCurve(rate).timeAt(requests);
  const count = countOfLength(lengthMs, WANTED_OPEN_BLOCK_MS, LEAST_OPEN_BLOCK_MS);
  const fewest = Math.min(Math.floor(lengthMs / LEAST_BLOCK_MS), LEAST_BLOCKS);
  return Math.min(Math.max(count, fewest), requests);
}

/** As many blocks of the wanted length as there is use for; rather shorter ones than fewer than wanted. */
function countOfLength(whole: number, wantedLength: number, leastLength: number): number {
  const atWantedLength = Math.min(Math.floor(whole / wantedLength), MOST_BLOCKS);
  const atLeastLength = Math.min(Math.floor(whole / leastLength), WANTED_BLOCKS);
  return Math.max(atWantedLength, atLeastLength, 1);
}

/** Shuffled after Fisher and Yates; where the count is odd, chance decides who leads once more. */
function balancedOrder(count: number, draw: (min: number, max: number) => number): ContenderId[] {
  const parity = draw(0, 1);
  const order = Array.from(
    { length: count },
    (_, index): ContenderId => (index + parity) % 2 === 0 ? "rest" : "grpc",
  );
  for (let last = count - 1; last > 0; last--) {
    const drawn = draw(0, last);
    [order[last], order[drawn]] = [order[drawn]!, order[last]!];
  }
  return order;
}
