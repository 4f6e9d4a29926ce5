import { uniformInt } from "pure-rand/distribution/uniformInt";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";

/** Both ends inclusive, `1 <= min <= max <= 2^31 - 1` (the proto's `int32`). */
export interface UserIdRange {
  readonly min: number;
  readonly max: number;
}

/** `pure-rand` seeds with 32 bits; fold a wider seed so that its upper bits count as well. */
function foldTo32Bits(seed: number): number {
  const high = Math.floor(seed / 2 ** 32);
  return (seed ^ Math.imul(high, 0x9e3779b9)) | 0;
}

/** The generator starts from little more than the seed; its first values of like seeds are alike. */
const WARM_UP_DRAWS = 20;

/** A repeatable source of uniform integers; every random choice of a run comes from one of these. */
export function randomIntegers(seed: number): (min: number, max: number) => number {
  const generator = xoroshiro128plus(foldTo32Bits(seed));
  for (let draw = 0; draw < WARM_UP_DRAWS; draw++) generator.next();
  return (min, max) => uniformInt(generator, min, max);
}

/** Hands out user ids one by one; `null` when they have run out. */
export type UserIds = () => number | null;

/**
 * Draws `count` ids uniformly from `range`. Equal seeds give equal sequences, so every protocol
 * replays the same ids without a list of them being kept: memory stays flat at any count.
 */
export function drawUserIds(range: UserIdRange, count: number, seed: number): UserIds {
  const next = randomIntegers(seed);
  let remaining = count;
  return () => {
    if (remaining === 0) return null;
    remaining--;
    return next(range.min, range.max);
  };
}

/** A seed for a run whose user gave none: 32 random bits, short enough to retype. */
export function randomSeed(): number {
  return crypto.getRandomValues(new Uint32Array(1))[0]!;
}
