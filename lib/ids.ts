import { uniformInt } from "pure-rand/distribution/uniformInt";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";
import { drawsOf } from "./draws.ts";

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

/** A repeatable source of uniform integers; every random choice of a run that no request holds comes from one. */
export function randomIntegers(seed: number): (min: number, max: number) => number {
  const generator = xoroshiro128plus(foldTo32Bits(seed));
  for (let draw = 0; draw < WARM_UP_DRAWS; draw++) generator.next();
  return (min, max) => uniformInt(generator, min, max);
}

/** Hands out user ids one by one; `null` when they have run out. */
export type UserIds = () => number | null;

/** Which of a request's variables the user id is. */
const USER_ID_VARIABLE = 0;

/**
 * The user id of each request, by the request's number from 0 on: drawn uniformly from `range`, and a
 * function of the seed and that number alone, so that every side and thread asks for the same without a
 * list being kept.
 */
export function userIdsOf(range: UserIdRange, seed: number): (request: number) => number {
  const draw = drawsOf(seed, USER_ID_VARIABLE);
  const { min, max } = range;
  const count = max - min + 1;
  return (request) => min + Math.floor(draw(request) * count / 2 ** 32);
}

/** Hands out the ids of the requests 0 to `count` − 1, in the order of their numbers. */
export function drawUserIds(range: UserIdRange, count: number, seed: number): UserIds {
  const userIdOf = userIdsOf(range, seed);
  let request = 0;
  return () => request < count ? userIdOf(request++) : null;
}

/** A seed for a run whose user gave none: 32 random bits, short enough to retype. */
export function randomSeed(): number {
  return crypto.getRandomValues(new Uint32Array(1))[0]!;
}
