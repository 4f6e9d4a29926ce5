import { clearImmediate, setImmediate } from "node:timers";
import type { Clock } from "../clock.ts";

/** Rings at a time of its clock: never before, and as little after it as can be. */
export interface Alarm {
  /** Rings once `atMs` has come. A later call replaces an earlier one, and never asks for less. */
  set(atMs: number): void;
  /** Rings no more. */
  stop(): void;
}

/** Makes an alarm that calls `ring`. */
export type AlarmMaker = (ring: () => void) => Alarm;

/** A timer of the platform has whole milliseconds, and fires about one too late. */
const TIMER_SLACK_MS = 2;

/**
 * Sleeps until shortly before the time, and then looks at the clock once in each turn of the event
 * loop, between which sockets are served. That keeps a core busy while requests are due every 2 ms or
 * oftener; sleeping alone would be 1 ms late, which an open load would charge to the server.
 */
export function preciseAlarm(clock: Clock): AlarmMaker {
  return (ring) => new PreciseAlarm(clock, ring);
}

class PreciseAlarm implements Alarm {
  #atMs = Infinity;
  #timer: ReturnType<typeof setTimeout> | null = null;
  #immediate: ReturnType<typeof setImmediate> | null = null;
  readonly #look = () => {
    this.#timer = null;
    this.#immediate = null;
    if (this.clock() < this.#atMs) return this.#wait();
    this.#atMs = Infinity;
    this.ring();
  };

  constructor(readonly clock: Clock, readonly ring: () => void) {}

  set(atMs: number): void {
    this.#atMs = atMs;
    // What is under way wakes up no later than needed, and looks again.
    if (this.#timer === null && this.#immediate === null) this.#wait();
  }

  stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    if (this.#immediate !== null) clearImmediate(this.#immediate);
    this.#timer = null;
    this.#immediate = null;
  }

  #wait(): void {
    const sleepMs = Math.floor(this.#atMs - this.clock() - TIMER_SLACK_MS);
    if (sleepMs > 0) this.#timer = setTimeout(this.#look, sleepMs);
    else this.#immediate = setImmediate(this.#look);
  }
}
