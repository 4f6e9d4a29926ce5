/** An open load in which one request after the other is due, on a server that stands still once. */
export interface StalledLoad {
  readonly requests: number;
  readonly intervalMs: number;
  /** At most this many are in flight; the others wait for a place, in their order. */
  readonly concurrency: number;
  /** That the server holds every answer back for. */
  readonly delayMs: number;
  /** The request with whose coming the stall begins, from 0. */
  readonly stalledIndex: number;
  readonly stallMs: number;
}

/** The response times, from when each request is due: what a client without any cost would report. */
export function trueResponseTimes(load: StalledLoad): Float64Array {
  const { requests, intervalMs, concurrency, delayMs, stalledIndex, stallMs } = load;
  const stallStartMs = stalledIndex * intervalMs;
  const stallEndMs = stallStartMs + stallMs;
  const placesFreeAtMs = new Float64Array(concurrency);
  return Float64Array.from({ length: requests }, (_, index) => {
    const dueMs = index * intervalMs;
    const place = placesFreeAtMs.indexOf(Math.min(...placesFreeAtMs));
    const answeredMs = Math.max(dueMs, placesFreeAtMs[place]!) + delayMs;
    const stalled = answeredMs > stallStartMs && answeredMs < stallEndMs;
    placesFreeAtMs[place] = stalled ? stallEndMs : answeredMs;
    return placesFreeAtMs[place] - dueMs;
  });
}
