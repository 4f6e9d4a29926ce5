import type { Clock } from "../clock.ts";
import { arrivalClock } from "../clients/arrival_clock.ts";
import type { Sample, ScheduledTiming } from "../requests/sample.ts";
import type { Pace } from "../stats/record/pace.ts";
import type { AlarmMaker } from "./alarm.ts";
import type { LoadSpan } from "./closed_loop.ts";
import type { LeadIn } from "./backlog.ts";
import type { Ending } from "./ending.ts";
import { shareOf } from "./load_generator.ts";

/**
 * An open-loop load: every request has a time to be sent at, however long the others take. One whose
 * time comes while every place in flight is taken waits for a place; its response time runs meanwhile.
 */
export interface OpenLoop {
  /** Has the arrivals, and says after which of them no more is sent. */
  readonly ending: Ending;
  /** That of the arrival with this number; asked in ascending order. */
  readonly requestAt: (position: number) => number;
  /** For requests that are sent without being counted. */
  readonly nextUncounted: () => number;
  /** Sent first, uncounted, by all shares together: what then falls due finds what it would without the break. */
  readonly leadIn: LeadIn;
  /** At most this many requests are in flight. */
  readonly concurrency: number;
  /** How long after the last arrival requests that still wait for a place are sent; then no more. */
  readonly graceMs: number;
  /** Calls `done` once for every request, after it has returned. */
  readonly send: (request: number, done: (sample: Sample) => void) => void;
  /** Hears of every request that has ended; both are to be read before it returns. */
  readonly record: (sample: Sample, timing: ScheduledTiming) => void;
  /** Ends the load early: nothing more is sent, and what is in flight is not recorded. */
  readonly interrupt: AbortSignal;
  readonly clock: Clock;
  readonly alarm: AlarmMaker;
}

export interface OpenLoopSpan extends LoadSpan {
  /** Its `due` less its `sent` were never sent, since no place became free in time. */
  readonly pace: Pace;
  /** Requests that were sent and not counted. */
  readonly uncounted: number;
}

/** Runs a load to its end or its interruption. Knows no protocol. */
export function runOpenLoop(load: OpenLoop): Promise<OpenLoopSpan> {
  const { ending, requestAt, nextUncounted, concurrency, graceMs, send, record } = load;
  const { interrupt, clock } = load;
  const { arrivals, board, extent, share } = ending;
  const begunMs = clock();
  if (interrupt.aborted) {
    return Promise.resolve({ startMs: begunMs, endMs: begunMs, pace: NOTHING_DUE, uncounted: 0 });
  }
  const { served, intervalMs } = load.leadIn;
  /** From here on requests fall due that count; the last one before is due just now. */
  const startMs = begunMs + Math.max(0, served - 1) * intervalMs;
  const endClock = arrivalClock(clock);
  return new Promise((resolve) => {
    const idlePlaces: Place[] = [];
    let inFlight = 0;
    let waiting = shareOf(load.leadIn.waiting, share);
    let nextServed = share.index;
    const servedDueMs = () =>
      nextServed < served ? startMs - (served - 1 - nextServed) * intervalMs : Infinity;
    const count = { sent: 0, unsent: 0, uncounted: 0, ended: 0, timedOut: 0 };
    let [lastSentMs, lastEndedMs] = [startMs, startMs];
    let ended = false;
    const nextDue = () => startMs + arrivals.next();
    // What waits needs no queue: it is whatever is due from here on until now.
    let dueMs = nextDue();
    const end = () => {
      ended = true;
      alarm.stop();
      interrupt.removeEventListener("abort", stop);
      const endMs = clock();
      arrivals.endAfter(board.end?.position ?? arrivals.position);
      resolve({
        startMs: begunMs,
        endMs,
        pace: paceUntil(Math.max(startMs, endMs)),
        uncounted: count.uncounted,
      });
    };
    const paceUntil = (endMs: number): Pace => {
      const { outstanding, caughtUp } = ending.stateAt(endMs - startMs);
      const dueMs = Math.min(ending.lastCountedMs(endMs - startMs) ?? Infinity, endMs - startMs);
      const sendingMs = Math.max(dueMs, lastSentMs - startMs);
      return {
        due: count.sent + count.unsent,
        sent: count.sent,
        answered: count.ended - count.timedOut,
        timedOut: count.timedOut,
        dueMs,
        // One clock for both, or more would seem to be answered than were sent.
        sendingMs: caughtUp ? dueMs : sendingMs,
        answeringMs: caughtUp ? dueMs : Math.max(sendingMs, lastEndedMs - startMs),
        outstanding,
        caughtUp,
      };
    };
    const skipUntil = (timeMs: number) => {
      for (; dueMs <= timeMs && arrivals.position <= ending.lastCounted; dueMs = nextDue()) {
        count.unsent++;
      }
    };
    const stop = () => {
      skipUntil(clock());
      end();
    };
    const isTooLate = (nowMs: number) => {
      const lastCountedMs = ending.lastCountedMs(nowMs - startMs);
      return lastCountedMs !== null && nowMs > startMs + lastCountedMs + graceMs;
    };
    const placeFor = (kind: Kind, position: number, nowMs: number, queued: boolean) => {
      const place = idlePlaces.pop() ?? new Place(finish);
      place.begin(kind, position, position === 0 ? startMs : dueMs, nowMs, queued);
      inFlight++;
      return place.done;
    };
    const sendLeadIn = () => {
      const carry = () => {
        count.uncounted++;
        board.countCarried(share.index, 1);
        send(nextUncounted(), placeFor("carried", 0, clock(), false));
      };
      for (; servedDueMs() <= clock() && inFlight < concurrency; nextServed += share.of) carry();
      if (clock() < startMs) return;
      for (; waiting > 0 && inFlight < concurrency; waiting--) carry();
    };
    const sendNext = (nowMs: number, queued: boolean) => {
      const { position } = arrivals;
      const done = placeFor(
        position <= extent.mostRequests ? "counted" : "uncounted",
        position,
        nowMs,
        queued,
      );
      dueMs = nextDue();
      board.noteDrawn(share.index, arrivals.position);
      if (position <= extent.mostRequests) {
        count.sent++;
        lastSentMs = nowMs;
        send(requestAt(position), done);
      } else {
        count.uncounted++;
        send(nextUncounted(), done);
      }
    };
    const sendDue = (queued: boolean) => {
      sendLeadIn();
      while (dueMs < Infinity) {
        const nowMs = clock();
        ending.look(nowMs - startMs);
        if (dueMs <= nowMs && inFlight < concurrency && isTooLate(nowMs)) skipUntil(Infinity);
        if (arrivals.position > ending.lastPosition) dueMs = Infinity;
        if (dueMs > nowMs || inFlight === concurrency) break;
        sendNext(nowMs, queued);
      }
      if (inFlight === 0 && dueMs === Infinity) end();
      else if (inFlight < concurrency && dueMs < Infinity) {
        {
          alarm.set(Math.min(dueMs, servedDueMs(), waiting > 0 ? startMs : Infinity));
        }
      }
    };
    const finish = (place: Place, sample: Sample) => {
      if (ended) return;
      const nowMs = endClock();
      place.end(sample, nowMs);
      if (place.kind === "carried") board.countCarried(share.index, -1);
      else board.countEnded(share.index, place.responseTimeMs, sample.kind === "success");
      if (place.position === board.end?.position) board.countLast(place.responseTimeMs);
      if (place.kind === "counted") {
        record(sample, place);
        count.ended++;
        if (sample.kind === "failure" && sample.reason.kind === "timeout") count.timedOut++;
        lastEndedMs = nowMs;
      }
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

const NOTHING_DUE: Pace = {
  due: 0,
  sent: 0,
  answered: 0,
  timedOut: 0,
  dueMs: 0,
  sendingMs: 0,
  answeringMs: 0,
  outstanding: 0,
  caughtUp: true,
};

/** What a place is taken by: a request of the load, one that shows how it goes on, or one that makes a queue again. */
type Kind = "counted" | "uncounted" | "carried";

/** One of the places in flight, used again and again, so that a request allocates nothing here. */
class Place implements ScheduledTiming {
  kind: Kind = "counted";
  /** That of its arrival; 0 where it has none. */
  position = 0;
  delayMs = 0;
  queued = false;
  responseTimeMs = 0;
  #dueMs = 0;

  constructor(readonly finish: (place: Place, sample: Sample) => void) {}

  readonly done = (sample: Sample): void => this.finish(this, sample);

  begin(kind: Kind, position: number, dueMs: number, nowMs: number, queued: boolean): void {
    this.kind = kind;
    this.position = position;
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
