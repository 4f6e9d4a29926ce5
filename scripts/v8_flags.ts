/**
 * How V8 runs protoduel, as in the tasks of `deno.json`:
 * - The young generation stays small: requests leave only short-lived objects behind, and V8 would let
 *   it grow with the length of a run. It is collected without helpers, for which the main thread would
 *   wait where they find no free core.
 * - The old generation, whose collections hold up a load, may grow to 64 megabytes at first, and later to
 *   four times what lives: room for a block of an open load.
 * - Between blocks it is collected on demand (`lib/runners/garbage.ts`). Bytecode survives that; what was compiled
 *   for objects that are gone does not.
 */
export const V8_FLAGS = [
  "--v8-flags=--max-semi-space-size=4",
  "--no-parallel-scavenge",
  "--initial-old-space-size=64",
  "--heap-growing-percent=300",
  "--expose-gc",
  "--no-flush-bytecode",
].join(",");
