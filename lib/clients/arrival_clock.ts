import type { Clock } from "../clock.ts";

/**
 * A clock for reads that have returned. Deno reads all sockets that are ready and then runs the
 * callbacks of all these reads one after the other: whichever comes last has arrived no later than
 * the first. So the first callback of such a batch looks at the clock for all of them, and no
 * response is charged with the work on those before it.
 *
 * The batch ends where its microtasks do. Any read that is started within it is answered after that.
 */
export function arrivalClock(clock: Clock): Clock {
  let batchMs = 0;
  let inBatch = false;
  const endBatch = () => {
    inBatch = false;
  };
  return () => {
    if (!inBatch) {
      inBatch = true;
      batchMs = clock();
      queueMicrotask(endBatch);
    }
    return batchMs;
  };
}
