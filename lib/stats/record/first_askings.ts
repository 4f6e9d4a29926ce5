/** Natural logarithms of times, added up: a ratio of typical times is a difference of their means. */
export interface LogTimes {
  readonly count: number;
  readonly sum: number;
  readonly sumOfSquares: number;
}

/** First askings as plain data. */
export interface FirstAskingsSnapshot {
  /** Of ids that nobody had asked for before. */
  readonly fresh: LogTimes;
  /** Of ids that the other side had asked for, and this one had not. */
  readonly repeated: LogTimes;
}

/** Shorter times than a clock can tell, in milliseconds, are taken for this: 0 has no logarithm. */
const LEAST_MS = 1e-4;

const NO_TIMES: LogTimes = { count: 0, sum: 0, sumOfSquares: 0 };

/**
 * How long the first answer took that one side got for each user id, apart by whether the other side had
 * asked for it: what a cache behind both has to do with their order shows in nothing else.
 */
export class FirstAskings {
  #fresh = NO_TIMES;
  #repeated = NO_TIMES;

  record(standing: "fresh" | "repeated", serviceTimeMs: number): void {
    const logarithm = Math.log(Math.max(serviceTimeMs, LEAST_MS));
    const one = { count: 1, sum: logarithm, sumOfSquares: logarithm ** 2 };
    if (standing === "fresh") this.#fresh = together(this.#fresh, one);
    else this.#repeated = together(this.#repeated, one);
  }

  reset(): void {
    this.#fresh = NO_TIMES;
    this.#repeated = NO_TIMES;
  }

  snapshot(): FirstAskingsSnapshot {
    return { fresh: this.#fresh, repeated: this.#repeated };
  }

  /** Adds what other first askings held when they gave the snapshot. */
  add({ fresh, repeated }: FirstAskingsSnapshot): void {
    this.#fresh = together(this.#fresh, fresh);
    this.#repeated = together(this.#repeated, repeated);
  }
}

function together(a: LogTimes, b: LogTimes): LogTimes {
  return {
    count: a.count + b.count,
    sum: a.sum + b.sum,
    sumOfSquares: a.sumOfSquares + b.sumOfSquares,
  };
}
