/**
 * Draws without a state: what is drawn for a request follows from the seed, the request's number and the
 * variable alone, so that threads, sides and machines draw alike in whatever order they send.
 */

/** Spreads every bit of 32 over all of them; one to one (Wellons' "lowbias32", with later constants). */
export function mix32(bits: number): number {
  let mixed = Math.imul(bits ^ (bits >>> 16), 0x21f0aaad);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
  return mixed ^ (mixed >>> 15);
}

/** A key of 32 bits that all bits of a seed count in, its upper ones as well, and what the key is for. */
export function keyOf(seed: number, purpose: number): number {
  const high = Math.floor(seed / 2 ** 32);
  return mix32(mix32(mix32(seed | 0) + high | 0) ^ Math.imul(purpose + 1, 0x85ebca6b));
}

/**
 * @param variable Which of a request's variables: each draws independently of the others.
 * @returns For a request's number, from 0 on, an integer from 0 to 2^32 − 1, uniformly.
 */
export function drawsOf(seed: number, variable: number): (request: number) => number {
  const key = keyOf(seed, variable);
  return (request) => mix32(Math.imul(request, 0x9e3779b1) ^ key) >>> 0;
}
