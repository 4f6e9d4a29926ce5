import assert from "node:assert/strict";
import { LoadWatch } from "../../lib/runners/load_watch.ts";

/** A process whose time, CPU time and timer are the test's own. */
class SimulatedProcess {
  nowMs = 1000;
  cpuMs = 50;
  #timer: { readonly dueMs: number; readonly callback: () => void } | null = null;

  /** What the monotonic clock has missed of the time of day. */
  asleepMs = 0;
  readonly clock = () => this.nowMs;
  readonly standstillMs = 1000;
  readonly wallClock = () => this.nowMs + this.asleepMs;
  readonly cpuClock = () => this.cpuMs;
  readonly callLater = (callback: () => void, delayMs: number) => {
    const timer = this.#timer = { dueMs: this.nowMs + delayMs, callback };
    return () => {
      if (this.#timer === timer) this.#timer = null;
    };
  };

  get hasTimer(): boolean {
    return this.#timer !== null;
  }

  /** Lets time pass in which the event loop is free: timers come when they are due. */
  idle(durationMs: number): void {
    const endMs = this.nowMs + durationMs;
    for (let timer = this.#timer; timer !== null && timer.dueMs <= endMs; timer = this.#timer) {
      this.nowMs = timer.dueMs;
      this.#fire(timer.callback);
    }
    this.nowMs = endMs;
  }

  /** Lets time pass in which one piece of code keeps the event loop: an overdue timer comes after it. */
  work(durationMs: number): void {
    this.nowMs += durationMs;
    this.cpuMs += durationMs;
  }

  turn(): void {
    const timer = this.#timer;
    if (timer !== null && timer.dueMs <= this.nowMs) this.#fire(timer.callback);
  }

  #fire(callback: () => void): void {
    this.#timer = null;
    callback();
  }
}

function watchedProcess() {
  const simulated = new SimulatedProcess();
  return { simulated, watch: new LoadWatch(simulated) };
}

Deno.test("a free event loop is never late", () => {
  const { simulated, watch } = watchedProcess();
  watch.start();
  simulated.idle(1000);
  watch.stop();
  const { watchedMs, cpuMs, lag } = watch.summary();
  assert.deepEqual([watchedMs, cpuMs, lag!.max], [1000, 0, 0]);
  assert(lag!.samples > 10);
});

Deno.test("work that keeps the event loop makes it late by what it takes beyond the tick", () => {
  const { simulated, watch } = watchedProcess();
  watch.start();
  for (let batch = 0; batch < 20; batch++) {
    simulated.work(40);
    simulated.turn();
  }
  watch.stop();
  const { watchedMs, cpuMs, lag } = watch.summary();
  assert.deepEqual([watchedMs, cpuMs], [800, 800]);
  assert(Math.abs(lag!.p50 - 30) < 0.1, `${lag!.p50}`);
});

Deno.test("a stall that lasts until the end counts although its tick never came", () => {
  const { simulated, watch } = watchedProcess();
  watch.start();
  simulated.work(500);
  watch.stop();
  assert.deepEqual(watch.summary().lag!.max, 490);
});

Deno.test("stretches add up, and what lies between them does not count", () => {
  const { simulated, watch } = watchedProcess();
  for (let stretch = 0; stretch < 3; stretch++) {
    watch.start();
    simulated.idle(60);
    simulated.work(40);
    simulated.turn();
    watch.stop();
    assert.equal(simulated.hasTimer, false);
    simulated.work(5000);
    simulated.turn();
  }
  const { watchedMs, cpuMs, lag } = watch.summary();
  assert.deepEqual([watchedMs, cpuMs], [300, 120]);
  assert(lag!.max <= 40);
});

Deno.test("a watch that saw nothing says so, and stopping it twice changes nothing", () => {
  const { simulated, watch } = watchedProcess();
  watch.stop();
  assert.deepEqual(watch.summary(), { watchedMs: 0, cpuMs: 0, lag: null });
  watch.start();
  simulated.idle(100);
  watch.stop();
  const once = watch.summary();
  simulated.work(100);
  watch.stop();
  assert.deepEqual(watch.summary(), once);
  assert.deepEqual(JSON.parse(JSON.stringify(once)), once);
});

Deno.test("a process that was stopped has stood still; one that worked as long has not", () => {
  const { simulated, watch } = watchedProcess();
  watch.start();
  simulated.idle(500);
  simulated.work(3000);
  simulated.turn();
  assert.equal(watch.stop(), 0);
  watch.start();
  simulated.idle(500);
  simulated.nowMs += 5010;
  simulated.turn();
  simulated.idle(500);
  assert.equal(watch.stop(), 5000);
});

Deno.test("a machine that slept is found by the time of day, though its own clock stood still too", () => {
  const { simulated, watch } = watchedProcess();
  watch.start();
  simulated.idle(100);
  simulated.asleepMs += 60_000;
  simulated.idle(100);
  const standstillMs = watch.stop();
  assert(Math.abs(standstillMs - 60_000) <= 10, `${standstillMs}`);
});

Deno.test("a standstill that lasts until the end of a stretch counts, and none that came before it", () => {
  const { simulated, watch } = watchedProcess();
  watch.start();
  simulated.nowMs += 2010;
  assert.equal(watch.stop(), 2000);
  simulated.nowMs += 9000;
  watch.start();
  simulated.idle(100);
  simulated.nowMs += 900;
  simulated.turn();
  assert.equal(watch.stop(), 0, "shorter ones happen to a busy machine");
});
