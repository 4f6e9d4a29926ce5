import type { Clock } from "../clock.ts";
import type { UserIds } from "../ids.ts";
import type { Sample } from "../sample.ts";

/** A closed-loop load: as soon as one request ends, the next is sent. */
export interface ClosedLoop {
  readonly userIds: UserIds;
  /** At most this many requests are in flight, and exactly this many until the ids run out. */
  readonly concurrency: number;
  /** Calls `done` once for every request, after it has returned. */
  readonly send: (userId: number, done: (sample: Sample) => void) => void;
  readonly record: (sample: Sample) => void;
  /** Ends the load early: nothing more is sent, and what is in flight is not recorded. */
  readonly interrupt: AbortSignal;
  readonly clock: Clock;
}

/** When a load began and ended, in milliseconds of its clock. */
export interface LoadSpan {
  readonly startMs: number;
  readonly endMs: number;
}

/** Runs a load to its end or its interruption. Knows no protocol. */
export function runClosedLoop(load: ClosedLoop): Promise<LoadSpan> {
  const { userIds, concurrency, send, record, interrupt, clock } = load;
  const startMs = clock();
  if (interrupt.aborted) return Promise.resolve({ startMs, endMs: startMs });
  return new Promise((resolve) => {
    let inFlight = 0;
    let ended = false;
    const end = () => {
      ended = true;
      interrupt.removeEventListener("abort", end);
      resolve({ startMs, endMs: clock() });
    };
    const sendNext = () => {
      const userId = userIds();
      if (userId === null) return;
      inFlight++;
      send(userId, finish);
    };
    const finish = (sample: Sample) => {
      if (ended) return;
      record(sample);
      inFlight--;
      sendNext();
      if (inFlight === 0) end();
    };
    interrupt.addEventListener("abort", end);
    for (let lane = 0; lane < concurrency; lane++) sendNext();
    if (inFlight === 0) end();
  });
}
