import type { ScheduledTiming } from "../../requests/sample.ts";
import { DurationDistribution, type DurationSnapshot } from "./duration_distribution.ts";

/** Scheduled times as plain data. */
export interface ScheduledSnapshot {
  readonly serviceTime: DurationSnapshot;
  readonly sendDelay: DurationSnapshot;
  readonly queueWait: DurationSnapshot;
  readonly unsent: number;
}

/** How a load kept to the times that it was to send at. */
export class ScheduledTimes {
  /** Of the successes, from the sending on. */
  readonly serviceTime = new DurationDistribution();
  /** How late requests were sent that found a place in flight: this client's own lateness. */
  readonly sendDelay = new DurationDistribution();
  /** How late the others were, which had to wait for a place. */
  readonly queueWait = new DurationDistribution();
  #unsent = 0;

  /** Requests whose time had come, and that were never sent. */
  get unsent(): number {
    return this.#unsent;
  }

  recordSend({ delayMs, queued }: ScheduledTiming): void {
    (queued ? this.queueWait : this.sendDelay).record(delayMs);
  }

  countUnsent(count: number): void {
    this.#unsent += count;
  }

  merge(other: ScheduledTimes): void {
    this.serviceTime.merge(other.serviceTime);
    this.sendDelay.merge(other.sendDelay);
    this.queueWait.merge(other.queueWait);
    this.#unsent += other.#unsent;
  }

  snapshot(): ScheduledSnapshot {
    return {
      serviceTime: this.serviceTime.snapshot(),
      sendDelay: this.sendDelay.snapshot(),
      queueWait: this.queueWait.snapshot(),
      unsent: this.#unsent,
    };
  }

  add(snapshot: ScheduledSnapshot): void {
    this.serviceTime.add(snapshot.serviceTime);
    this.sendDelay.add(snapshot.sendDelay);
    this.queueWait.add(snapshot.queueWait);
    this.#unsent += snapshot.unsent;
  }
}
