/**
 * How V8 runs protoduel, as in the tasks of `deno.json`. The young generation stays small: requests leave
 * only short-lived objects behind, and V8 would let it grow with the length of a run. It is collected
 * without helpers, for which the main thread would wait where they find no free core. Garbage can be
 * collected on demand (`lib/garbage.ts`), without dropping compiled code that is about to be measured.
 */
export const V8_FLAGS =
  "--v8-flags=--max-semi-space-size=4,--no-parallel-scavenge,--expose-gc,--no-flush-bytecode";
