import { clearImmediate, setImmediate } from "node:timers";
import type { Clock } from "../clock.ts";
import type { Sleeper } from "./sleeper.ts";

/** Rings at a time of its clock: never before, and as little after it as can be. */
export interface Alarm {
  /** Rings once `atMs` has come. A later call replaces an earlier one, and never asks for less. */
  set(atMs: number): void;
  /** Rings no more. */
  stop(): void;
}

/** Makes an alarm that calls `ring`. */
export type AlarmMaker = (ring: () => void) => Alarm;

/** A sleep is over a little late, and more so on a busy machine. */
const SLEEP_SLACK_MS = 0.4;

/**
 * Sleeps until shortly before the time, and then looks at the clock once in each turn of the event loop.
 * Looking is kept short: it fills the young generation, and Deno looks at its sockets in one of 61 such
 * turns only, which an open load would charge to the server.
 *
 * @param sleeper Serves the alarm that was made last.
 */
export function preciseAlarm(clock: Clock, sleeper: Sleeper): AlarmMaker {
  return (ring) => new PreciseAlarm(clock, sleeper, ring);
}

class PreciseAlarm implements Alarm {
  #atMs = Infinity;
  #waiting = false;
  #immediate: ReturnType<typeof setImmediate> | null = null;
  readonly #look = () => {
    this.#waiting = false;
    if (this.clock() < this.#atMs) return this.#wait();
    this.#atMs = Infinity;
    this.ring();
  };

  constructor(readonly clock: Clock, readonly sleeper: Sleeper, readonly ring: () => void) {
    sleeper.onWake = this.#look;
  }

  set(atMs: number): void {
    this.#atMs = atMs;
    // What is under way wakes up no later than needed, and looks again.
    if (!this.#waiting) this.#wait();
  }

  stop(): void {
    this.sleeper.cancel();
    if (this.#immediate !== null) clearImmediate(this.#immediate);
    this.#waiting = false;
  }

  #wait(): void {
    this.#waiting = true;
    const sleepMs = this.#atMs - this.clock() - SLEEP_SLACK_MS;
    if (sleepMs > 0) this.sleeper.sleep(sleepMs);
    else this.#immediate = setImmediate(this.#look);
  }
}
