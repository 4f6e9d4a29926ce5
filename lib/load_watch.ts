import type { Clock, CpuClock } from "./clock.ts";
import { DurationDistribution, type DurationStatistics } from "./stats/duration_distribution.ts";

/** What a watch reads and is woken by. */
export interface WatchInstruments {
  readonly clock: Clock;
  readonly cpuClock: CpuClock;
  /** @returns What takes the call back. */
  readonly callLater: (callback: () => void, delayMs: number) => () => void;
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

/** Calls back from this thread's event loop, as late as an answer would be noticed. */
export function callFromEventLoop(callback: () => void, delayMs: number): () => void {
  const timer = setTimeout(callback, delayMs);
  return () => clearTimeout(timer);
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

  constructor(instruments: WatchInstruments) {
    this.#instruments = instruments;
  }

  /** Begins a stretch. */
  start(): void {
    this.#startMs = this.#instruments.clock();
    this.#startCpuMs = this.#instruments.cpuClock();
    this.#awaitTick(this.#startMs);
  }

  /** Ends the stretch; does nothing where none has begun. */
  stop(): void {
    if (this.#cancelTick === null) return;
    this.#cancelTick();
    this.#cancelTick = null;
    const nowMs = this.#instruments.clock();
    // A stall that lasts until the end has kept its tick from coming at all.
    if (nowMs > this.#dueMs) this.#lag.record(nowMs - this.#dueMs);
    this.#watchedMs += nowMs - this.#startMs;
    this.#cpuMs += this.#instruments.cpuClock() - this.#startCpuMs;
  }

  /** Of all stretches that have ended. */
  summary(): LoadWatchSummary {
    return { watchedMs: this.#watchedMs, cpuMs: this.#cpuMs, lag: this.#lag.statistics() };
  }

  #awaitTick(nowMs: number): void {
    this.#dueMs = nowMs + TICK_MS;
    this.#cancelTick = this.#instruments.callLater(() => this.#onTick(), TICK_MS);
  }

  #onTick(): void {
    const nowMs = this.#instruments.clock();
    this.#lag.record(Math.max(0, nowMs - this.#dueMs));
    this.#awaitTick(nowMs);
  }
}
