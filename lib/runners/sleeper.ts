import { ASKED, CLOSED, durationIn, sleeperMemory, WOKEN } from "./sleeper_memory.ts";

/**
 * Sleeps in a thread of its own, and wakes this one about 0.1 ms after the time, which meanwhile serves
 * its sockets. Deno's own timers have whole milliseconds and are 1 to 2 ms late.
 */
export class Sleeper {
  /** Called at the end of a sleep. */
  onWake: () => void = () => {};
  readonly #counts: Int32Array<SharedArrayBuffer>;
  readonly #duration: Float64Array;
  #asleep = false;
  #listening = false;

  private constructor(memory: SharedArrayBuffer) {
    this.#counts = new Int32Array(memory);
    this.#duration = durationIn(memory);
  }

  /** Starts the thread; it lives until `close`. */
  static async start(): Promise<Sleeper> {
    const url = new URL("./sleeper_thread.ts", import.meta.url);
    const worker = new Worker(url, { type: "module" });
    const memory = sleeperMemory();
    await new Promise<void>((resolve, reject) => {
      worker.onmessage = () => {
        // Nobody waits for the thread itself from here on: its death is an error of this one.
        worker.onerror = null;
        resolve();
      };
      worker.onerror = (event) => {
        event.preventDefault();
        reject(new Error(`the thread of a timer ended: ${event.message.split("\n")[0]}`));
      };
      worker.postMessage(memory);
    });
    return new Sleeper(memory);
  }

  /** A later call replaces an earlier one. */
  sleep(durationMs: number): void {
    this.#asleep = true;
    if (!this.#listening) this.#listen();
    this.#ask(durationMs);
  }

  /** Ends a sleep without waking. */
  cancel(): void {
    this.#asleep = false;
  }

  close(): void {
    this.cancel();
    this.#ask(CLOSED);
  }

  #ask(durationMs: number): void {
    this.#duration[0] = durationMs;
    Atomics.add(this.#counts, ASKED, 1);
    Atomics.notify(this.#counts, ASKED);
  }

  async #listen(): Promise<void> {
    this.#listening = true;
    await Atomics.waitAsync(this.#counts, WOKEN, Atomics.load(this.#counts, WOKEN)).value;
    this.#listening = false;
    if (!this.#asleep) return;
    this.#asleep = false;
    this.onWake();
  }
}
