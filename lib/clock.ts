import process from "node:process";

/** Milliseconds from a monotonic clock with sub-microsecond resolution; injected so that tests own time. */
export type Clock = () => number;

export const monotonicClock: Clock = () => performance.now();

/** The time of day in milliseconds, which may be set, and jumps when a machine has slept. */
export const wallClock: Clock = () => Date.now();

/** Milliseconds of CPU time that a process has used so far, in all its threads. */
export type CpuClock = () => number;

export const processCpuClock: CpuClock = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};
