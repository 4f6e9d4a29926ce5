import type { Clock, CpuClock } from "../clock.ts";
import {
  DurationDistribution,
  type DurationStatistics,
} from "../stats/record/duration_distribution.ts";

/** What a watch reads and is woken by. */
export interface WatchInstruments {
  readonly clock: Clock;
  readonly cpuClock: CpuClock;
  /** @returns What takes the call back. */
  readonly callLater: (callback: () => void, delayMs: number) => () => void;
  /** The time of day, in milliseconds: it goes on while the machine sleeps, when a monotonic clock may not. */
  readonly wallClock: Clock;
  /** From how long a gap between two ticks on, without CPU time, this process has stood still. */
  readonly standstillMs: number;
}

/** How busy the process was that generated a load; plain data. */
export interface LoadWatchSummary {
  readonly watchedMs: number;
  readonly cpuMs: number;
  /**
   * How late a timer came, in milliseconds: about as late as an answer was noticed. Of this thread
   * only: where others generate the load, `cpuMs` alone tells of them.
   */
  readonly lag: DurationStatistics | null;
}

const TICK_MS = 10;
/** Far beyond what a collection of garbage or other processes keep an event loop from its turn. */
export const STANDSTILL_MS = 1500;

/** Calls back from this thread's event loop, as late as an answer would be noticed. */
export function callFromEventLoop(callback: () => void, delayMs: number): () => void {
  const timer = setTimeout(callback, delayMs);
  return () => clearTimeout(timer);
}

interface TickTime {
  readonly atMs: number;
  readonly wallMs: number;
  readonly cpuMs: number;
}

/** Watches this process through stretches of load; what lies between two stretches does not count. */
export class LoadWatch {
  readonly #instruments: WatchInstruments;
  readonly #lag = new DurationDistribution();
  #watchedMs = 0;
  #cpuMs = 0;
  #startMs = 0;
  #startCpuMs = 0;
  #dueMs = 0;
  #cancelTick: (() => void) | null = null;
  #tick: TickTime = { atMs: 0, wallMs: 0, cpuMs: 0 };
  #standstillMs = 0;

  constructor(instruments: WatchInstruments) {
    this.#instruments = instruments;
  }

  /** Begins a stretch. */
  start(): void {
    this.#tick = this.#now();
    this.#startMs = this.#tick.atMs;
    this.#startCpuMs = this.#tick.cpuMs;
    this.#standstillMs = 0;
    this.#awaitTick(this.#startMs);
  }

  /**
   * Ends the stretch; does nothing where none has begun.
   *
   * @returns For how many milliseconds of it this process stood still: stopped, or with its whole machine.
   */
  stop(): number {
    if (this.#cancelTick === null) return 0;
    this.#cancelTick();
    this.#cancelTick = null;
    const { atMs: nowMs, cpuMs } = this.#noteStandstill();
    // A stall that lasts until the end has kept its tick from coming at all.
    if (nowMs > this.#dueMs) this.#lag.record(nowMs - this.#dueMs);
    this.#watchedMs += nowMs - this.#startMs;
    this.#cpuMs += cpuMs - this.#startCpuMs;
    return this.#standstillMs;
  }

  /** Of all stretches that have ended. */
  summary(): LoadWatchSummary {
    return { watchedMs: this.#watchedMs, cpuMs: this.#cpuMs, lag: this.#lag.statistics() };
  }

  #awaitTick(nowMs: number): void {
    this.#dueMs = nowMs + TICK_MS;
    this.#cancelTick = this.#instruments.callLater(() => this.#onTick(), TICK_MS);
  }

  /** A process that is late because it works uses its CPU; one that stands still does not. */
  #noteStandstill(): TickTime {
    const before = this.#tick;
    const now = this.#tick = this.#now();
    const gapMs = Math.max(now.atMs - before.atMs, now.wallMs - before.wallMs);
    const idleMs = gapMs - (now.cpuMs - before.cpuMs);
    if (idleMs - TICK_MS >= this.#instruments.standstillMs) this.#standstillMs += idleMs - TICK_MS;
    return now;
  }

  #now(): TickTime {
    const { clock, wallClock, cpuClock } = this.#instruments;
    return { atMs: clock(), wallMs: wallClock(), cpuMs: cpuClock() };
  }

  #onTick(): void {
    const { atMs: nowMs } = this.#noteStandstill();
    this.#lag.record(Math.max(0, nowMs - this.#dueMs));
    this.#awaitTick(nowMs);
  }
}
