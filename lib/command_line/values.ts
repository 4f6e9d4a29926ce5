import type { UserIdRange } from "../ids.ts";
import { FORMATTERS } from "../formatters/formatters.ts";
import type { Formatter } from "../formatters/formatter.ts";
import { SELF_TEST_FORMATS, type SelfTestFormat } from "../formatters/self_test_formats.ts";
import { type Lens, LENSES } from "../clients/lens.ts";
import { type Schedule, SCHEDULES } from "../plan/schedule.ts";
import { GRPC_SERVER_NAMES, type GrpcServerName } from "../servers/grpc_server_name.ts";
import { DEFAULT_MARGIN, type Margin } from "../stats/judge/verdict.ts";
import { InvalidValueError } from "../terminal/invalid_value.ts";
import type { WarmUp } from "../plan/warm_up.ts";

/** The proto's `user_id` is an `int32`. */
const MAX_USER_ID = 2 ** 31 - 1;
const MAX_PORT = 65_535;
const MAX_WORKERS = 256;
const MAX_DURATION_MS = 3_600_000;

const MILLISECONDS_PER_UNIT = { ms: 1, s: 1000, m: 60_000 } as const;

/** @returns A parser of decimal integers within both bounds. */
export function integer(min: number, max = Number.MAX_SAFE_INTEGER) {
  return (text: string): number => {
    const value = /^[+-]?\d+$/.test(text) ? Number(text) : NaN;
    if (Number.isSafeInteger(value) && value >= min && value <= max) return value;
    const bounds = max === Number.MAX_SAFE_INTEGER
      ? (min === Number.MIN_SAFE_INTEGER ? "an integer" : `an integer of at least ${min}`)
      : `an integer from ${min} to ${max}`;
    throw new InvalidValueError(text, bounds);
  };
}

export const parseCount = integer(1);
export const parseWorkers = integer(1, MAX_WORKERS);
export const parseSeed = integer(Number.MIN_SAFE_INTEGER);
export const parsePort = integer(0, MAX_PORT);

/** `min-max`, both ends inclusive. */
export function parseUserIdRange(text: string): UserIdRange {
  const match = /^(\d+)-(\d+)$/.exec(text);
  const [min, max] = [Number(match?.[1]), Number(match?.[2])];
  if (match === null || min < 1 || min > max || max > MAX_USER_ID) {
    throw new InvalidValueError(
      text,
      `"min-max" with 1 <= min <= max <= ${MAX_USER_ID}, for example 1-10000`,
    );
  }
  return { min, max };
}

/** @returns Milliseconds. */
export function parseDuration(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m)$/.exec(text);
  const unit = match?.[2] as keyof typeof MILLISECONDS_PER_UNIT | undefined;
  return unit === undefined ? NaN : Number(match![1]) * MILLISECONDS_PER_UNIT[unit];
}

/** @returns Milliseconds, from 1 ms to one hour. */
export function parseTimeout(text: string): number {
  return durationWithin(text, 1, "a duration from 1ms to 60m, for example 500ms or 10s");
}

/** @returns Milliseconds, from none to one hour. */
export function parseLatency(text: string): number {
  return durationWithin(text, 0, "a duration from 0ms to 60m, for example 5ms");
}

function durationWithin(text: string, minMs: number, expected: string): number {
  const durationMs = parseDuration(text);
  if (durationMs >= minMs && durationMs <= MAX_DURATION_MS) return durationMs;
  throw new InvalidValueError(text, expected);
}

/** @returns A share, 0 to 1. */
export function parseFailureRate(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(%?)$/.exec(text);
  const share = match === null ? NaN : Number(match[1]) / (match[2] === "%" ? 100 : 1);
  if (share >= 0 && share <= 1) return share;
  throw new InvalidValueError(text, "a share from 0 to 1 or 0% to 100%, for example 0.02 or 2%");
}

export function parseFormatter(text: string): Formatter {
  const formatter = FORMATTERS.find(({ name }) => name === text);
  if (formatter !== undefined) return formatter;
  throw new InvalidValueError(text, `one of ${FORMATTERS.map(({ name }) => name).join(", ")}`);
}

export function parseSelfTestFormat(text: string): SelfTestFormat {
  const format = SELF_TEST_FORMATS.find(({ name }) => name === text);
  if (format !== undefined) return format;
  throw new InvalidValueError(
    text,
    `one of ${SELF_TEST_FORMATS.map(({ name }) => name).join(", ")}`,
  );
}

export function parseLens(text: string): Lens {
  const lens = LENSES.find((name) => name === text);
  if (lens !== undefined) return lens;
  throw new InvalidValueError(text, `one of ${LENSES.join(", ")}`);
}

export function parseGrpcServer(text: string): GrpcServerName {
  const server = GRPC_SERVER_NAMES.find((name) => name === text);
  if (server !== undefined) return server;
  throw new InvalidValueError(text, `one of ${GRPC_SERVER_NAMES.join(", ")}`);
}

export function parseSchedule(text: string): Schedule {
  const schedule = SCHEDULES.find((name) => name === text);
  if (schedule !== undefined) return schedule;
  throw new InvalidValueError(text, `one of ${SCHEDULES.join(", ")}`);
}

/** `auto`, `off`, or a number of requests per protocol. */
export function parseWarmUp(text: string): WarmUp {
  if (text === "auto") return { kind: "automatic" };
  if (text === "off" || text === "0") return { kind: "off" };
  try {
    return { kind: "requests", requests: parseCount(text) };
  } catch {
    throw new InvalidValueError(text, "auto, off, or requests per protocol, for example 500");
  }
}

/** `5%` or `5`: percent, and at the success rate the usual points. */
export function parseMargin(text: string): Margin {
  const percent = /^\d+(\.\d+)?%?$/.test(text) ? parseFloat(text) : NaN;
  if (percent >= 0.1 && percent <= 100) return { ...DEFAULT_MARGIN, percent };
  throw new InvalidValueError(text, "a percentage from 0.1% to 100%, for example 5%");
}

export function parsePath(text: string): string {
  if (text !== "") return text;
  throw new InvalidValueError(text, "the path of a PEM file");
}

export function parseHostname(text: string): string {
  if (/^[A-Za-z0-9._-]+$/.test(text)) return text;
  if (/^[0-9a-f:.]+$/i.test(text) && text.includes(":")) return text;
  throw new InvalidValueError(text, "a host name or an IP address, for example 127.0.0.1");
}
