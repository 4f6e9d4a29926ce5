import type { Clock } from "../clock.ts";
import type { Sample } from "../sample.ts";

/** A closed-loop load: as soon as one request ends, the next is sent. */
export interface ClosedLoop {
  readonly userIds: Iterator<number>;
  /** At most this many requests are in flight, and exactly this many until the ids run out. */
  readonly concurrency: number;
  readonly send: (userId: number) => Promise<Sample>;
  readonly record: (sample: Sample) => void;
  /** Ends the load early: nothing more is sent, and what is in flight is not recorded. */
  readonly interrupt: AbortSignal;
  /** Called once on an interrupt; must make what is in flight end. */
  readonly abandon: () => void;
  readonly clock: Clock;
}

/**
 * Runs a load to its end or its interruption. Knows no protocol.
 *
 * @returns How long the load lasted, in milliseconds.
 */
export async function runClosedLoop(load: ClosedLoop): Promise<number> {
  const { userIds, send, record, interrupt, clock } = load;
  const lane = async () => {
    while (!interrupt.aborted) {
      const next = userIds.next();
      if (next.done) return;
      const sample = await send(next.value);
      if (!interrupt.aborted) record(sample);
    }
  };

  const startMs = clock();
  let interruptedAtMs: number | null = null;
  const onInterrupt = () => {
    interruptedAtMs = clock();
    load.abandon();
  };
  interrupt.addEventListener("abort", onInterrupt, { once: true });
  try {
    await Promise.all(Array.from({ length: load.concurrency }, lane));
  } finally {
    interrupt.removeEventListener("abort", onInterrupt);
  }
  return (interruptedAtMs ?? clock()) - startMs;
}
