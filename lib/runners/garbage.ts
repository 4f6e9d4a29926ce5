import { getHeapSpaceStatistics } from "node:v8";
import type { LoadModel } from "../plan/load_model.ts";
import type { Lens } from "../clients/lens.ts";

/** Of what wire clients leave behind, about two bytes a request: once in a million requests. */
const WIRE_GROWTH_BYTES = 2e6;
/**
 * Of what native clients leave behind, about five kilobytes a request: an open load's next block still has
 * room within what V8 is started with (`scripts/v8_flags.ts`).
 */
const NATIVE_GROWTH_BYTES = 24e6;

/** The young generation is collected often and quickly, which holds up no load. */
const YOUNG_SPACE = "new_space";

/** A thread has one heap, whoever uses it. */
let keptBytes = oldGenerationBytes();

/**
 * Collects all garbage between two blocks, if more than `growthBytes` of it may have piled up, where V8
 * was started with `--expose-gc`, as the binary and the tasks that load are. V8 by itself would do so
 * during the load, in steps between which Deno looks at its sockets too seldom, and would let the heap
 * of a long run grow. No more often than needed: objects that are gone at the time take with them what
 * was compiled for them.
 */
export function collectGarbage(growthBytes: number): void {
  const { gc } = globalThis as { readonly gc?: () => void };
  if (gc === undefined || oldGenerationBytes() - keptBytes < growthBytes) return;
  gc();
  keptBytes = oldGenerationBytes();
}

/** Growth that is worth a collection. */
export function toleratedGrowthBytes(lens: Lens, load: LoadModel): number {
  if (lens === "wire") return WIRE_GROWTH_BYTES;
  // A closed one fills as much every few thousand requests: compiling anew so often costs a quarter of its rate.
  return load.kind === "open" ? NATIVE_GROWTH_BYTES : Infinity;
}

function oldGenerationBytes(): number {
  return getHeapSpaceStatistics()
    .filter(({ space_name }) => space_name !== YOUNG_SPACE)
    .reduce((sum, { space_used_size }) => sum + space_used_size, 0);
}
