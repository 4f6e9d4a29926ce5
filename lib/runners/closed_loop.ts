import type { Clock } from "../clock.ts";
import type { RequestNumbers } from "../requests/request_numbers.ts";
import type { Sample } from "../requests/sample.ts";
import type { Occupation } from "./occupation.ts";
import type { Resumption } from "./resumption.ts";

/** A closed-loop load: as soon as one request ends, the next is sent. */
export interface ClosedLoop {
  readonly requests: RequestNumbers;
  /**
   * Each place first sends one of these, which is not recorded, and then the counted ones. Without them
   * all places would send at once into an empty server, and a part of what is counted would find it idle.
   */
  readonly fillRequests: RequestNumbers;
  /** At most this many requests are in flight, and exactly this many until the requests run out. */
  readonly concurrency: number;
  /** Says which places are still held when the load begins, and hears which are when it ends. */
  readonly resumption: Resumption;
  /** Calls `done` once for every request, after it has returned. */
  readonly send: (request: number, done: (sample: Sample) => void) => void;
  readonly record: (sample: Sample) => void;
  /** Ends the load early: nothing more is sent, and what is in flight is not recorded. */
  readonly interrupt: AbortSignal;
  readonly clock: Clock;
}

/** For a load that is to send nothing uncounted. */
export const NO_FILL: RequestNumbers = () => null;

/** When a load began and ended, in milliseconds of its clock. */
export interface LoadSpan {
  readonly startMs: number;
  readonly endMs: number;
}

export interface ClosedLoopSpan extends LoadSpan {
  /**
   * Of every place that had anything to do, from its first counted request to its last answer, or to the
   * interruption. With c places and N counted requests of mean response time W the sum is N W, so that
   * N over the mean is c / W: Little's law. A place that is held to the end by its first, uncounted request,
   * or by that of a stretch before, adds no time and counts as a place: it was in flight all the while.
   */
  readonly occupation: Occupation;
  /** Requests that were sent and not counted. */
  readonly fill: number;
}

/** Runs a load to its end or its interruption. Knows no protocol. */
export function runClosedLoop(load: ClosedLoop): Promise<ClosedLoopSpan> {
  const { requests, fillRequests, concurrency, resumption } = load;
  const { send, record, interrupt, clock } = load;
  const startMs = clock();
  if (interrupt.aborted) {
    return Promise.resolve({
      startMs,
      endMs: startMs,
      occupation: { sumMs: 0, places: 0 },
      fill: 0,
    });
  }
  return new Promise((resolve) => {
    const places: Place[] = [];
    let inFlight = 0;
    let fill = 0;
    let ranOutMs: number | null = null;
    let ended = false;
    const end = () => {
      ended = true;
      interrupt.removeEventListener("abort", end);
      const endMs = clock();
      for (const place of places) {
        place.giveUp();
        place.leave(endMs);
      }
      resumption.stopped(places.map(({ leftMs }) => leftMs));
      const sumMs = places.reduce((sum, { occupiedMs }) => sum + occupiedMs, 0);
      const used = places.filter(({ used }) => used).length;
      resolve({ startMs, endMs, occupation: { sumMs, places: used }, fill });
    };
    /** No place begins any more. */
    const runOut = (nowMs: number) => {
      ranOutMs = nowMs;
      places.forEach((place, index) => {
        if (place.giveUp()) place.leftMs = resumption.leftAfter(nowMs - startMs, index);
      });
    };
    const sendNext = (place: Place) => {
      const request = requests();
      if (request === null) {
        const nowMs = clock();
        if (ranOutMs === null) runOut(nowMs);
        else place.leftMs = nowMs - ranOutMs;
        return place.leave(nowMs);
      }
      if (!place.counted) place.enter(clock());
      place.used = true;
      inFlight++;
      send(request, place.done);
    };
    const finish = (place: Place, sample: Sample) => {
      if (ended) return;
      if (place.counted) record(sample);
      inFlight--;
      sendNext(place);
      if (inFlight === 0) end();
    };
    const begin = (place: Place) => {
      const request = fillRequests();
      if (request === null) return sendNext(place);
      fill++;
      place.used = true;
      inFlight++;
      send(request, place.done);
    };
    const beginHeld = (place: Place) => {
      place.release();
      begin(place);
      if (inFlight === 0 && ranOutMs !== null) end();
    };
    const open = (index: number) => {
      const place = new Place(finish);
      places.push(place);
      const cancel = resumption.hold(index, () => beginHeld(place));
      if (cancel === null) begin(place);
      else place.hold(cancel);
    };
    interrupt.addEventListener("abort", end);
    for (let index = 0; index < concurrency && ranOutMs === null; index++) open(index);
    if (inFlight === 0 && ranOutMs !== null) end();
  });
}

/** A place in flight, which looks at the clock when it is taken and when it has nothing left to send. */
class Place {
  /** Whether what it has in flight, or had last, counts. */
  counted = false;
  /** Whether it has, or had, anything in flight, if only of a stretch before. */
  used = false;
  occupiedMs = 0;
  /** How long it was held after the requests had run out. */
  leftMs = 0;
  #sinceMs: number | null = null;
  #cancelHold: (() => void) | null = null;

  constructor(readonly finish: (place: Place, sample: Sample) => void) {}

  readonly done = (sample: Sample): void => this.finish(this, sample);

  /** Begins later, unless it is given up. */
  hold(cancel: () => void): void {
    this.used = true;
    this.#cancelHold = cancel;
  }

  release(): void {
    this.#cancelHold = null;
  }

  /** @returns Whether it had not begun. */
  giveUp(): boolean {
    const held = this.#cancelHold !== null;
    this.#cancelHold?.();
    this.#cancelHold = null;
    return held;
  }

  /** Sends its first counted request. */
  enter(nowMs: number): void {
    this.counted = true;
    this.#sinceMs = nowMs;
  }

  leave(nowMs: number): void {
    if (this.#sinceMs !== null) this.occupiedMs += nowMs - this.#sinceMs;
    this.#sinceMs = null;
  }
}
