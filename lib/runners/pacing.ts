import { randomIntegers } from "../ids.ts";
import type { ArrivalProcess, OpenLoad } from "../load_model.ts";
import { RateCurve } from "../rate_curve.ts";
import type { LoadShare } from "./load_generator.ts";

/** The times at which the requests of one stretch of load are to be sent, from its own start on. */
export interface Arrivals {
  /** When the stretch's last request is due, whoever sends that one. */
  readonly lengthMs: number;
  /** In ascending order; `null` when there are no more. */
  next(): number | null;
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
  readonly #process: () => number;
  /** The same process, further ahead: it tells how long a stretch is before the stretch is sent. */
  readonly #scout: () => number;
  #startMs = 0;

  constructor({ rate, arrivals }: OpenLoad, seed: number) {
    this.#curve = new RateCurve(rate);
    this.#process = unitProcess(arrivals, seed + SEED_OFFSET);
    this.#scout = unitProcess(arrivals, seed + SEED_OFFSET);
  }

  /**
   * The share's part of the next `count` requests. The profile's time stands still between stretches.
   * All of a stretch is to be drawn before the next one is.
   *
   * @param count At least 1.
   */
  stretch(count: number, { index, of }: LoadShare): Arrivals {
    const curve = this.#curve;
    const process = this.#process;
    const startMs = this.#startMs;
    let last = 0;
    for (let arrival = 0; arrival < count; arrival++) last = this.#scout();
    const endMs = this.#startMs = curve.timeAt(last);
    let position = 0;
    return {
      lengthMs: endMs - startMs,
      next: () => {
        while (position < count) {
          const reached = process();
          if (position++ % of === index) return curve.timeAt(reached) - startMs;
        }
        return null;
      },
    };
  }
}

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
