/** How fast the requests in line become more, from {@link OutstandingCurve.growth}. */
export interface Growth {
  /** Of the requests that were due, the share by which the answers fell behind. */
  readonly share: number;
  readonly standardError: number;
}

/** Requests that were due, and that had ended, in each slice of a load: plain data. */
export interface OutstandingSnapshot {
  readonly due: readonly number[];
  readonly ended: readonly number[];
}

const SLICES = 32;
/** While the first answers are on their way, what is outstanding grows under any load. */
const SETTLING_SHARE = 0.25;
/** A line through fewer points tells little of how sure it is. */
const LEAST_POINTS = 8;
/** Neighbours on the curve are alike; beyond this likeness the correction for it says nothing any more. */
const MOST_LIKENESS = 0.9;

/**
 * How many requests of an open load were outstanding over its time: due by then, and not ended. Where a
 * server keeps up, that is level; where it does not, it is a ramp, whatever the order in which the server
 * takes its requests: its slope is what the server lacks.
 */
export class OutstandingCurve {
  readonly #due = new Array<number>(SLICES).fill(0);
  readonly #ended = new Array<number>(SLICES).fill(0);

  /** @param lengthMs How long requests are due. */
  constructor(readonly lengthMs: number) {}

  /** @param dueMs When it was due and when it had ended, since the load began. */
  record(dueMs: number, endedMs: number): void {
    this.#due[this.#sliceAt(dueMs)]!++;
    // What ends after the load's time had not ended at any border within it.
    if (endedMs < this.lengthMs) this.#ended[this.#sliceAt(endedMs)]!++;
  }

  /** Counts a request that has never ended. */
  recordUnsent(dueMs: number): void {
    this.#due[this.#sliceAt(dueMs)]!++;
  }

  snapshot(): OutstandingSnapshot {
    return { due: [...this.#due], ended: [...this.#ended] };
  }

  add({ due, ended }: OutstandingSnapshot): void {
    due.forEach((count, slice) => this.#due[slice]! += count);
    ended.forEach((count, slice) => this.#ended[slice]! += count);
  }

  /**
   * The slope of the curve, by least squares.
   *
   * @param settlingMs How long the first answers take at most.
   * @returns `null` where they take most of the time.
   */
  growth(settlingMs: number): Growth | null {
    const from = Math.ceil(SLICES * Math.max(SETTLING_SHARE, settlingMs / this.lengthMs));
    const total = this.#due.reduce((sum, count) => sum + count, 0);
    if (SLICES - from < LEAST_POINTS || total === 0) return null;
    // Both axes as shares: of the time, and of all that was due.
    const points: { x: number; y: number }[] = [];
    let outstanding = 0;
    for (let slice = 0; slice < SLICES; slice++) {
      outstanding += this.#due[slice]! - this.#ended[slice]!;
      if (slice >= from) points.push({ x: (slice + 1) / SLICES, y: outstanding / total });
    }
    return slopeOf(points);
  }

  #sliceAt(timeMs: number): number {
    return Math.min(SLICES - 1, Math.max(0, Math.floor(timeMs / this.lengthMs * SLICES)));
  }
}

function slopeOf(points: readonly { readonly x: number; readonly y: number }[]): Growth {
  const count = points.length;
  const meanX = points.reduce((sum, { x }) => sum + x, 0) / count;
  const meanY = points.reduce((sum, { y }) => sum + y, 0) / count;
  const squares = points.reduce((sum, { x }) => sum + (x - meanX) ** 2, 0);
  const share = points.reduce((sum, { x, y }) => sum + (x - meanX) * (y - meanY), 0) / squares;
  const residuals = points.map(({ x, y }) => y - meanY - share * (x - meanX));
  const left = residuals.reduce((sum, it) => sum + it ** 2, 0);
  const together = residuals.slice(1).reduce((sum, it, index) => sum + it * residuals[index]!, 0);
  const likeness = left === 0 ? 0 : Math.min(Math.max(together / left, 0), MOST_LIKENESS);
  const independent = left / (count - 2) / squares;
  return {
    share,
    standardError: Math.sqrt(independent * (1 + likeness) / (1 - likeness)),
  };
}
