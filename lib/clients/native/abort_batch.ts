import type { Clock } from "../../clock.ts";
import { DeadlineQueue } from "../deadline_queue.ts";

/** Requests that started close together, and that one signal aborts when the time of all is over. */
export interface AbortBatch {
  readonly signal: AbortSignal;
}

interface OpenBatch extends AbortBatch {
  readonly controller: AbortController;
  readonly endMs: number;
  /** Requests of this batch that have not ended. */
  pending: number;
}

/** Wide enough to be shared by many requests, narrow enough to abort nothing much too late. */
const BATCHES_PER_TIMEOUT = 1000;

/**
 * Gives requests the signal that aborts them when they outlive their timeout. A controller for every
 * request would be a good part of what `fetch` costs, so requests that start within one thousandth of
 * the timeout share one: a request is aborted when its time is over, at most 0.1% late. Whether it was
 * in time is for its own clock to say.
 */
export class AbortBatches {
  readonly #batchMs: number;
  readonly #deadlines: DeadlineQueue<OpenBatch>;
  #current: OpenBatch | null = null;

  /** @param onAborted Hears by how much later than it should have been a batch was aborted. */
  constructor(timeoutMs: number, clock: Clock, onAborted: (lateMs: number) => void) {
    this.#batchMs = timeoutMs / BATCHES_PER_TIMEOUT;
    this.#deadlines = new DeadlineQueue(timeoutMs + this.#batchMs, clock, (batch) => {
      if (batch === this.#current) this.#current = null;
      if (batch.pending === 0) return;
      batch.controller.abort();
      onAborted(clock() - batch.endMs - timeoutMs);
    });
  }

  /** Starts the time of one request; hand the result to `leave` when the request has ended. */
  join(nowMs: number): AbortBatch {
    const batch = this.#current !== null && nowMs < this.#current.endMs
      ? this.#current
      : this.#open(nowMs);
    batch.pending++;
    return batch;
  }

  leave(batch: AbortBatch): void {
    (batch as OpenBatch).pending--;
  }

  /** Aborts everything that is still pending and stops the timer. */
  close(): void {
    for (const { controller } of this.#deadlines.close()) controller.abort();
  }

  #open(nowMs: number): OpenBatch {
    const controller = new AbortController();
    const { signal } = controller;
    this.#current = { controller, signal, endMs: nowMs + this.#batchMs, pending: 0 };
    this.#deadlines.add(this.#current, nowMs);
    return this.#current;
  }
}
