import type { RateProfile } from "./load_model.ts";

const MILLISECONDS_PER_SECOND = 1000;

/** A stretch of time over which the rate is linear. Rates are per millisecond. */
interface Segment {
  readonly startMs: number;
  /** Arrivals before it. */
  readonly startCount: number;
  readonly startRate: number;
  /** What the rate gains in each millisecond. */
  readonly slope: number;
}

/**
 * The integral of a rate over time, and its inverse: how many arrivals a profile has until a time,
 * and when it has had so many. Counts are real numbers here.
 */
export class RateCurve {
  /** In order of time, without gaps; the last one never ends. */
  readonly #segments: readonly Segment[];

  constructor(profile: RateProfile) {
    this.#segments = segmentsOf(profile);
  }

  /** @param timeMs At least 0. */
  countAt(timeMs: number): number {
    const segment = this.#lastWhere(({ startMs }) => startMs <= timeMs);
    return segment.startCount + countIn(segment, timeMs - segment.startMs);
  }

  /** @param count At least 0. */
  timeAt(count: number): number {
    const segment = this.#lastWhere(({ startCount }) => startCount <= count);
    const { startMs, startCount, startRate, slope } = segment;
    const within = count - startCount;
    if (within === 0) return startMs;
    // The root of startRate t + slope t² / 2 = within, in the form that neither divides by a slope of
    // 0 nor subtracts what is nearly equal.
    const root = Math.sqrt(Math.max(0, startRate ** 2 + 2 * slope * within));
    return startMs + 2 * within / (startRate + root);
  }

  /** Arrivals per millisecond at a time. @param timeMs At least 0. */
  rateAt(timeMs: number): number {
    const { startMs, startRate, slope } = this.#lastWhere((segment) => segment.startMs <= timeMs);
    return startRate + slope * (timeMs - startMs);
  }

  #lastWhere(begins: (segment: Segment) => boolean): Segment {
    let index = this.#segments.length - 1;
    while (index > 0 && !begins(this.#segments[index]!)) index--;
    return this.#segments[index]!;
  }
}

/** Rounding must not cost the arrival that falls on the very end. */
const ROUNDING = 1e-9;

/**
 * How many requests a profile asks for in a duration: as many as fit in evenly, the last of them at
 * its end. Arrivals by chance are as many, and take that long on average.
 */
export function arrivalsWithin(profile: RateProfile, durationMs: number): number {
  return Math.floor(new RateCurve(profile).countAt(durationMs) * (1 + ROUNDING) + ROUNDING);
}

function segmentsOf(profile: RateProfile): Segment[] {
  switch (profile.kind) {
    case "constant":
      return join([{ rate: perMillisecond(profile.perSecond), slope: 0, durationMs: Infinity }]);
    case "ramp": {
      const { fromPerSecond, toPerSecond, overMs } = profile;
      const [from, to] = [perMillisecond(fromPerSecond), perMillisecond(toPerSecond)];
      return join([
        { rate: from, slope: (to - from) / overMs, durationMs: overMs },
        { rate: to, slope: 0, durationMs: Infinity },
      ]);
    }
    case "steps":
      return join(profile.steps.map(({ perSecond, durationMs }) => ({
        rate: perMillisecond(perSecond),
        slope: 0,
        durationMs,
      })));
  }
}

/** Lays pieces end to end; the last one's duration is of no account. */
function join(pieces: readonly { rate: number; slope: number; durationMs: number }[]): Segment[] {
  const segments: Segment[] = [];
  let startMs = 0;
  let startCount = 0;
  for (const { rate, slope, durationMs } of pieces) {
    const segment = { startMs, startCount, startRate: rate, slope };
    segments.push(segment);
    startMs += durationMs;
    startCount += countIn(segment, durationMs);
  }
  return segments;
}

function countIn({ startRate, slope }: Segment, durationMs: number): number {
  return (startRate + slope * durationMs / 2) * durationMs;
}

function perMillisecond(perSecond: number): number {
  return perSecond / MILLISECONDS_PER_SECOND;
}
