import type { AlarmMaker } from "../../lib/runners/alarm.ts";
import type { Clock } from "../../lib/clock.ts";

/** A time in which nothing takes any, except what is asked to happen later. */
export class SimulatedTime {
  #nowMs = 1000;
  #order = 0;
  readonly #events: { atMs: number; order: number; happen: () => void }[] = [];

  readonly clock: Clock = () => this.#nowMs;

  /** Lets something happen later; what is due at the same time happens in the order it was asked for. */
  after(delayMs: number, happen: () => void): void {
    const event = { atMs: this.#nowMs + delayMs, order: this.#order++, happen };
    let index = this.#events.length;
    while (index > 0 && this.#events[index - 1]!.atMs > event.atMs) index--;
    this.#events.splice(index, 0, event);
  }

  /** @returns What takes the call back. */
  readonly callLater = (callback: () => void, delayMs: number): () => void => {
    let wanted = true;
    this.after(delayMs, () => wanted && callback());
    return () => void (wanted = false);
  };

  /** @param lateMs How late it rings. */
  alarm(lateMs = 0): AlarmMaker {
    return (ring) => {
      let setting = 0;
      return {
        set: (atMs) => {
          const current = ++setting;
          const delayMs = Math.max(0, atMs - this.#nowMs) + lateMs;
          this.after(delayMs, () => current === setting && ring());
        },
        stop: () => void setting++,
      };
    };
  }

  /** Lets everything happen until nothing is left, each event in a turn of its own. */
  async run(): Promise<void> {
    for (let event = this.#events.shift(); event; event = this.#events.shift()) {
      this.#nowMs = Math.max(this.#nowMs, event.atMs);
      event.happen();
      await Promise.resolve();
    }
  }
}
