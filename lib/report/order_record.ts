import type { OrderEffect } from "../stats/judge/order_effect.ts";
import { confidenceText, countText } from "./number_text.ts";

/** Whether it matters who asked first, spelled as in the JSON document. */
export interface OrderRecord {
  /** Whether the run shows an effect that matters. */
  readonly told: boolean;
  /** Typical time of what the other side had asked for before over that of what nobody had. */
  readonly ratio: number;
  readonly low: number;
  readonly high: number;
  readonly confidence: number;
  readonly p_value: number;
  /** Requests that the other side had asked for, and that nobody had; of both sides together. */
  readonly repeated_requests: number;
  readonly fresh_requests: number;
}

export function orderRecord(
  { told, ratio, low, high, confidence, pValue, repeated, fresh }: OrderEffect,
): OrderRecord {
  return {
    told,
    ratio,
    low,
    high,
    confidence,
    p_value: pValue,
    repeated_requests: repeated,
    fresh_requests: fresh,
  };
}

/** For the conclusion: nothing where no effect was told. */
export function orderSentences(effect: OrderRecord | null): string[] {
  if (effect === null || !effect.told) return [];
  const cause = effect.ratio < 1
    ? "a cache behind both"
    : "what one side asks for holds up the other";
  return [
    `Order effect: requests that the other side had asked before ${paceText(effect)}: ${cause}`,
  ];
}

/** For the notes: what follows from it. */
export function orderNotes(effect: OrderRecord | null): string[] {
  if (effect === null || !effect.told) return [];
  const { ratio, repeated_requests: repeated, fresh_requests: fresh } = effect;
  return [
    "Order effect: each side went first equally often and in an order of its own, so neither gains by " +
    `it, but both look ${ratio < 1 ? "faster" : "slower"} than one would alone ` +
    `(${countText(repeated)} requests that the other side had asked before, beside ` +
    `${countText(fresh)} that nobody had)`,
  ];
}

function paceText({ ratio, low, high, confidence }: OrderRecord): string {
  const [factor, from, to] = ratio < 1 ? [1 / ratio, 1 / high, 1 / low] : [ratio, low, high];
  const interval = `${confidenceText(confidence)} interval ${factorText(from)} to ${
    factorText(to)
  }`;
  return ratio < 1
    ? `were answered ${factorText(factor)} times as fast (${interval})`
    : `took ${factorText(factor)} times as long (${interval})`;
}

function factorText(factor: number): string {
  return factor >= 100 ? factor.toFixed(0) : factor.toPrecision(3);
}
