/** Milliseconds from a monotonic clock with sub-microsecond resolution; injected so that tests own time. */
export type Clock = () => number;

export const monotonicClock: Clock = () => performance.now();
