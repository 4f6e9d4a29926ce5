/// <reference lib="deno.worker" />
/** The entry of the thread that sleeps for another one. See `sleeper.ts`. */
import { ASKED, CLOSED, durationIn, WOKEN } from "./sleeper_memory.ts";

/** Returns when it is no longer needed: a thread that waits cannot be ended from outside. */
function sleepAsAsked(memory: SharedArrayBuffer): void {
  const counts = new Int32Array(memory);
  const duration = durationIn(memory);
  for (let seen = 0;;) {
    Atomics.wait(counts, ASKED, seen);
    do {
      seen = Atomics.load(counts, ASKED);
      if (duration[0] === CLOSED) return;
    } while (Atomics.wait(counts, ASKED, seen, duration[0]) !== "timed-out");
    Atomics.store(counts, WOKEN, seen);
    Atomics.notify(counts, WOKEN);
  }
}

self.onmessage = ({ data }: MessageEvent<SharedArrayBuffer>) => {
  self.postMessage("ready");
  sleepAsAsked(data);
  self.close();
};
