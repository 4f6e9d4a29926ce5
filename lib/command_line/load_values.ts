import {
  ARRIVAL_PROCESSES,
  type ArrivalProcess,
  type RateProfile,
  type RateStep,
} from "../plan/load_model.ts";
import { parseDuration } from "./values.ts";
import { InvalidValueError } from "../terminal/invalid_value.ts";

/** Far beyond what one client can send. */
const MAX_PER_SECOND = 10_000_000;
const MAX_LOAD_MS = 86_400_000;
const MAX_STEPS = 100;

/** Requests per second. */
export function parseRate(text: string): RateProfile {
  const perSecond = perSecondOf(text);
  if (perSecond > 0) return { kind: "constant", perSecond };
  throw new InvalidValueError(
    text,
    `requests per second, more than 0 and at most ${MAX_PER_SECOND}, for example 500 or 0.5`,
  );
}

export function parseArrivals(text: string): ArrivalProcess {
  const arrivals = ARRIVAL_PROCESSES.find((name) => name === text);
  if (arrivals !== undefined) return arrivals;
  throw new InvalidValueError(text, `one of ${ARRIVAL_PROCESSES.join(", ")}`);
}

/** `from:to:over`: two rates and the time from the one to the other. */
export function parseRamp(text: string): RateProfile {
  const [from = "", to = "", over = "", ...excess] = text.split(":");
  const [fromPerSecond, toPerSecond, overMs] = [perSecondOf(from), perSecondOf(to), spanOf(over)];
  if (fromPerSecond >= 0 && toPerSecond > 0 && overMs > 0 && excess.length === 0) {
    return { kind: "ramp", fromPerSecond, toPerSecond, overMs };
  }
  throw new InvalidValueError(
    text,
    '"from:to:over", two rates in requests per second and a duration, for example 0:500:30s',
  );
}

/** `rate:duration,…`: rates one after the other. */
export function parseSteps(text: string): RateProfile {
  const steps = text.split(",").map((step): RateStep => {
    const [rate = "", duration = "", ...excess] = step.split(":");
    return {
      perSecond: excess.length === 0 ? perSecondOf(rate) : NaN,
      durationMs: spanOf(duration),
    };
  });
  const usable = steps.every(({ perSecond, durationMs }) => perSecond > 0 && durationMs > 0);
  if (usable && steps.length <= MAX_STEPS) return { kind: "steps", steps };
  throw new InvalidValueError(
    text,
    `"rate:duration" up to ${MAX_STEPS} times with commas between, rates in requests per second, ` +
      "for example 100:10s,200:10s",
  );
}

/** How long a load goes on, in milliseconds. */
export function parseLoadDuration(text: string): number {
  const durationMs = spanOf(text);
  if (durationMs > 0) return durationMs;
  throw new InvalidValueError(text, "a duration from 1ms to 1440m, for example 30s or 5m");
}

/** `NaN` where it is no rate. */
function perSecondOf(text: string): number {
  const perSecond = /^\d+(?:\.\d+)?$/.test(text) ? Number(text) : NaN;
  return perSecond <= MAX_PER_SECOND ? perSecond : NaN;
}

/** `NaN` where it is no duration from 1 ms to a day. */
function spanOf(text: string): number {
  const durationMs = parseDuration(text);
  return durationMs >= 1 && durationMs <= MAX_LOAD_MS ? durationMs : NaN;
}
