import { type AnswerShape, isLike } from "../../requests/answer_shape.ts";
import type { AnswerKind } from "../../requests/answer_shapes.ts";
import type { Sight } from "../../requests/sight.ts";
import type { Findings } from "./contest.ts";
import { CONTESTED_METRICS, type ContestedKey } from "./metrics.ts";
import type { Margin } from "./verdict.ts";
import { LARGEST_FAILURE_SHARE } from "../record/failure_share.ts";
import type { BySide } from "../record/side.ts";

/** How many of a side's successful answers were not of the shape that was compared before the load. */
export interface OtherAnswers {
  /** All that came, the warm-up's included. */
  readonly answers: number;
  readonly other: number;
  /** Of most of the others; `null` where there is none. */
  readonly shape: AnswerShape | null;
}

/** @returns `null` where no answer was compared, or none came. */
export function otherAnswersIn(
  compared: Sight<AnswerShape>,
  kinds: readonly AnswerKind[],
): OtherAnswers | null {
  const answers = sumOf(kinds);
  if (compared.kind === "unseen" || answers === 0) return null;
  const others = kinds.filter(({ shape, count }) => count > 0 && !isLike(compared.value, shape))
    .sort((a, b) => b.count - a.count);
  return { answers, other: sumOf(others), shape: others[0]?.shape ?? null };
}

/**
 * Whether so many answers were others that the sides do not compare. They are failures in all but name, so
 * that the same holds for them as for failures: neither may a side have many, nor one have more than the other.
 */
export function areSpoiled(
  sides: BySide<OtherAnswers | null>,
  { points }: Pick<Margin, "points">,
): boolean {
  const [subject, baseline] = [shareOf(sides.subject), shareOf(sides.baseline)];
  return Math.max(subject, baseline) > LARGEST_FAILURE_SHARE ||
    100 * Math.abs(subject - baseline) > points;
}

/** What is left of findings then: nothing, as successes that are none make reliability, too. */
export function withoutAnswers(findings: Findings): Findings {
  const judged = CONTESTED_METRICS.map(({ key }) =>
    [key, { ...findings[key], verdict: { kind: "other-answers", differ: "shape" } }] as const
  );
  return Object.fromEntries(judged) as Record<ContestedKey, Findings[ContestedKey]>;
}

function shareOf(side: OtherAnswers | null): number {
  return side === null ? 0 : side.other / side.answers;
}

function sumOf(kinds: readonly AnswerKind[]): number {
  return kinds.reduce((sum, { count }) => sum + count, 0);
}
