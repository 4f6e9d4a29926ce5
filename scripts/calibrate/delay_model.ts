import { randomIntegers } from "../../lib/ids.ts";

/** How long a server holds its answers back, in milliseconds. */
export type DelayModel =
  | { readonly kind: "constant"; readonly ms: number }
  /** Mostly one delay, sometimes the other, both spread evenly by a tenth. */
  | {
    readonly kind: "bimodal";
    readonly usualMs: number;
    readonly rareMs: number;
    readonly rareShare: number;
  }
  | { readonly kind: "lognormal"; readonly medianMs: number; readonly sigma: number }
  /** Pareto's, cut off: what would be longer is drawn again. */
  | {
    readonly kind: "pareto";
    readonly leastMs: number;
    readonly shape: number;
    readonly mostMs: number;
  };

/** Ids beyond it begin again at the front. */
const TABLE_LENGTH = 10_000;
const RANDOM_VALUES = 2 ** 31;

/**
 * The delay of each user id. It depends on the id alone, so that whoever knows which ids a run asked for
 * knows the exact delays that the server held them for: no part of the truth is estimated.
 */
export function delayByUserId(model: DelayModel, seed: number): (userId: number) => number {
  const draw = randomIntegers(seed);
  const uniform = () => draw(1, RANDOM_VALUES - 1) / RANDOM_VALUES;
  const table = Float64Array.from({ length: TABLE_LENGTH }, () => drawDelay(model, uniform));
  return (userId) => table[userId % TABLE_LENGTH]!;
}

function drawDelay(model: DelayModel, uniform: () => number): number {
  switch (model.kind) {
    case "constant":
      return model.ms;
    case "bimodal": {
      const centerMs = uniform() < model.rareShare ? model.rareMs : model.usualMs;
      return centerMs * (0.95 + 0.1 * uniform());
    }
    case "lognormal": {
      // Box and Muller.
      const normal = Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
      return model.medianMs * Math.exp(model.sigma * normal);
    }
    case "pareto":
      for (;;) {
        const delayMs = model.leastMs * uniform() ** (-1 / model.shape);
        if (delayMs <= model.mostMs) return delayMs;
      }
  }
}
