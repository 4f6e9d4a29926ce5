import type { Clock } from "../clock.ts";
import type { UserIds } from "../ids.ts";
import { arrivalClock } from "../arrival_clock.ts";
import type { Sample, ScheduledTiming } from "../sample.ts";
import type { AlarmMaker } from "./alarm.ts";
import type { LoadSpan } from "./closed_loop.ts";
import type { Occupation } from "./occupation.ts";
import type { Arrivals } from "./pacing.ts";

/**
 * An open-loop load: every request has a time to be sent at, however long the others take. One whose
 * time comes while every place in flight is taken waits for a place; its response time runs meanwhile.
 */
export interface OpenLoop {
  readonly arrivals: Arrivals;
  /** One for each arrival. */
  readonly userIds: UserIds;
  /** At most this many requests are in flight. */
  readonly concurrency: number;
  /** How long after the last arrival requests that still wait for a place are sent; then no more. */
  readonly graceMs: number;
  /** Calls `done` once for every request, after it has returned. */
  readonly send: (userId: number, done: (sample: Sample) => void) => void;
  /** Hears of every request that has ended; both are to be read before it returns. */
  readonly record: (sample: Sample, timing: ScheduledTiming) => void;
  /** Ends the load early: nothing more is sent, and what is in flight is not recorded. */
  readonly interrupt: AbortSignal;
  readonly clock: Clock;
  readonly alarm: AlarmMaker;
}

export interface OpenLoopSpan extends LoadSpan {
  /** Requests whose time had come, and that were never sent. */
  readonly unsent: number;
  /** The time during which requests were due, as of a single place. */
  readonly occupation: Occupation;
}

/** Runs a load to its end or its interruption. Knows no protocol. */
export function runOpenLoop(load: OpenLoop): Promise<OpenLoopSpan> {
  const { arrivals, userIds, concurrency, graceMs, send, record, interrupt, clock } = load;
  const startMs = clock();
  if (interrupt.aborted) {
    return Promise.resolve({
      startMs,
      endMs: startMs,
      unsent: 0,
      occupation: { sumMs: 0, places: 1 },
    });
  }
  const lastSendMs = startMs + arrivals.lengthMs + graceMs;
  const endClock = arrivalClock(clock);
  return new Promise((resolve) => {
    const idlePlaces: Place[] = [];
    let inFlight = 0;
    let unsent = 0;
    let ended = false;
    const nextDue = () => {
      const sinceStartMs = arrivals.next();
      return sinceStartMs === null ? Infinity : startMs + sinceStartMs;
    };
    // What waits needs no queue: it is whatever is due from here on until now.
    let dueMs = nextDue();
    const skipUntil = (timeMs: number) => {
      // The ids are taken as well, so that the threads that share them stay in step.
      for (; dueMs <= timeMs && dueMs < Infinity; dueMs = nextDue()) {
        userIds();
        unsent++;
      }
    };
    const end = () => {
      ended = true;
      alarm.stop();
      interrupt.removeEventListener("abort", stop);
      const endMs = clock();
      const dueMs = Math.min(endMs - startMs, arrivals.lengthMs);
      resolve({ startMs, endMs, unsent, occupation: { sumMs: dueMs, places: 1 } });
    };
    const stop = () => {
      skipUntil(clock());
      end();
    };
    const sendDue = (queued: boolean) => {
      for (let nowMs = clock(); dueMs <= nowMs && inFlight < concurrency; nowMs = clock()) {
        if (nowMs > lastSendMs) {
          skipUntil(Infinity);
          break;
        }
        const place = idlePlaces.pop() ?? new Place(finish);
        place.begin(dueMs, nowMs, queued);
        inFlight++;
        dueMs = nextDue();
        send(userIds()!, place.done);
      }
      if (inFlight === 0 && dueMs === Infinity) end();
      else if (inFlight < concurrency && dueMs < Infinity) alarm.set(dueMs);
    };
    const finish = (place: Place, sample: Sample) => {
      if (ended) return;
      place.end(sample, endClock());
      record(sample, place);
      idlePlaces.push(place);
      // Whatever was due while no place was free waited for this one.
      const queued = inFlight === concurrency;
      inFlight--;
      sendDue(queued);
    };
    const alarm = load.alarm(() => sendDue(false));
    interrupt.addEventListener("abort", stop);
    sendDue(false);
  });
}

/** One of the places in flight, used again and again, so that a request allocates nothing here. */
class Place implements ScheduledTiming {
  delayMs = 0;
  queued = false;
  responseTimeMs = 0;
  #dueMs = 0;

  constructor(readonly finish: (place: Place, sample: Sample) => void) {}

  readonly done = (sample: Sample): void => this.finish(this, sample);

  begin(dueMs: number, nowMs: number, queued: boolean): void {
    this.#dueMs = dueMs;
    this.delayMs = nowMs - dueMs;
    this.queued = queued;
  }

  /**
   * What a client takes to get round to writing is in no sample, but in the time on the clock. Answers that come together share one look at it, which may be a little
   * before the client's own.
   */
  end(sample: Sample, nowMs: number): void {
    const seenMs = sample.kind === "success" ? this.delayMs + sample.responseTimeMs : 0;
    this.responseTimeMs = Math.max(nowMs - this.#dueMs, seenMs);
  }
}
