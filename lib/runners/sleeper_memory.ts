/** What a sleeper shares with its thread: two counts, and a duration in milliseconds. */
export function sleeperMemory(): SharedArrayBuffer {
  return new SharedArrayBuffer(DURATION_OFFSET + Float64Array.BYTES_PER_ELEMENT);
}

/** Index of the count of sleeps that were asked for. */
export const ASKED = 0;
/** Index of the number of the last sleep that was over. */
export const WOKEN = 1;

/** A duration that no sleep has: the thread is to end. */
export const CLOSED = -1;

const DURATION_OFFSET = 8;

export function durationIn(memory: SharedArrayBuffer): Float64Array {
  return new Float64Array(memory, DURATION_OFFSET);
}
