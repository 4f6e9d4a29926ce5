import { randomIntegers } from "../ids.ts";
import type { ArrivalProcess, OpenLoad } from "../plan/load_model.ts";
import { RateCurve } from "../plan/rate_curve.ts";
import type { LoadShare } from "./load_generator.ts";

/**
 * The times at which the requests of one stretch of load are to be sent, in milliseconds from its start
 * on. There is no last one: a stretch ends when whoever sends it says so. Arrivals are numbered from 1 on,
 * those of the other shares included.
 */
export interface Arrivals {
  /** The number of the share's arrival that was drawn last; 0 before the first. */
  readonly position: number;
  /** Draws the share's next arrival, and says when it is due. */
  next(): number;
  /** When an arrival is due; not before the one that was drawn last. */
  timeOf(position: number): number;
  /** How many arrivals are due by a time; never asked of an earlier time than before. */
  dueBy(sinceStartMs: number): number;
  /** Arrivals per millisecond, on average, at a time. */
  rateAt(sinceStartMs: number): number;
  /** Ends the stretch after so many arrivals: the next one goes on behind them, whatever was drawn. */
  endAfter(position: number): void;
}

/** Keeps arrivals apart from the user ids and the order of blocks, which are drawn from the same seed. */
const SEED_OFFSET = 0xa221a;

/**
 * Says when each request of an open load is due. The k-th, counted from 1, ends the k-th interval, so
 * that n requests at a rate of R take n / R.
 *
 * Every profile is a process of rate 1 seen through the inverse of the cumulative rate (Çınlar 1975),
 * so that arrivals by chance keep to ramps and steps as well. Equal seeds give equal times: both
 * protocols replay the same, and all threads that share a load draw the same and send their part.
 */
export class ArrivalTimes {
  readonly #curve: RateCurve;
  readonly #process: UnitArrivals;
  /** Of the load's arrivals, how many the stretches so far have had. */
  #before = 0;

  constructor({ rate, arrivals }: OpenLoad, seed: number) {
    this.#curve = new RateCurve(rate);
    this.#process = new UnitArrivals(unitProcess(arrivals, seed + SEED_OFFSET));
  }

  /**
   * The share's part of what comes next. The profile's time stands still between stretches. One stretch is
   * to be ended before the next is begun.
   */
  stretch({ index, of }: LoadShare): Arrivals {
    const curve = this.#curve;
    const process = this.#process;
    const before = this.#before;
    const startMs = before === 0 ? 0 : curve.timeAt(process.at(before));
    const timeOf = (position: number) => curve.timeAt(process.at(before + position)) - startMs;
    let drawn = 0;
    let due = 0;
    return {
      get position() {
        return drawn;
      },
      timeOf,
      next: () => {
        drawn = drawn === 0 ? index + 1 : drawn + of;
        process.forgetBefore(before + Math.min(drawn, due) - KEPT);
        return timeOf(drawn);
      },
      dueBy: (sinceStartMs) => {
        while (timeOf(due + 1) <= sinceStartMs) due++;
        return due;
      },
      rateAt: (sinceStartMs) => curve.rateAt(startMs + sinceStartMs),
      endAfter: (position) => void (this.#before = before + position),
    };
  }
}

/** When a process of rate 1 has its n-th arrival; keeps those that may still be asked for. */
class UnitArrivals {
  /** The arrivals from number `#first` on. */
  readonly #kept: number[] = [];
  #first = 1;

  constructor(readonly draw: () => number) {}

  at(number: number): number {
    while (this.#first + this.#kept.length <= number) this.#kept.push(this.draw());
    return this.#kept[number - this.#first]!;
  }

  forgetBefore(number: number): void {
    const forgotten = number - this.#first;
    if (forgotten < FORGOTTEN_AT_ONCE) return;
    this.#kept.splice(0, forgotten);
    this.#first = number;
  }
}

/** Of what is behind: a stretch may end a little before what its shares have drawn. */
const KEPT = 1000;
/** To move what is kept costs more than to keep a little of what is over. */
const FORGOTTEN_AT_ONCE = 4096;

/** When a process of rate 1 has its first, second, … arrival. */
function unitProcess(arrivals: ArrivalProcess, seed: number): () => number {
  let reached = 0;
  switch (arrivals) {
    case "uniform":
      return () => ++reached;
    case "poisson": {
      const interval = exponentials(seed);
      return () => reached += interval();
    }
  }
}

const RANDOM_VALUES = 2 ** 31;

/** Exponential with mean 1, by inversion. */
function exponentials(seed: number): () => number {
  const draw = randomIntegers(seed);
  return () => -Math.log(draw(1, RANDOM_VALUES) / RANDOM_VALUES);
}
