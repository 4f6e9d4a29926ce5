import { shapeText } from "../requests/answer_shape.ts";
import { LABELS } from "../clients/protocol.ts";
import { type ByContender, CONTENDERS } from "../plan/contender.ts";
import type { SizeChange } from "../stats/judge/size_change.ts";
import type { OtherAnswers } from "../stats/judge/other_answers.ts";
import { countText, percentText } from "./number_text.ts";

/** What sort of answers a side gave all through the run, spelled as in the JSON document. */
export interface AnswerRecord {
  /** Successful ones, the warm-up's included. */
  readonly answers: number;
  /** About how many of them were not of the shape that was compared before the load. */
  readonly other_answers: number;
  /** The fields of most of those, as in `{error}`; `null` where there is none. */
  readonly other_shape: string | null;
}

export type AnswerRecords = ByContender<AnswerRecord | null>;

/** What a run knows of its answers. */
export interface SeenAnswers {
  readonly sides: ByContender<OtherAnswers | null>;
  /** Whether so many were others that nothing is won. */
  readonly spoiled: boolean;
  /** Where answers became far larger or smaller on the way. */
  readonly sizeChanges: ByContender<SizeChange | null>;
}

/** Whether answers did not stay of one size, so that nothing is won that hangs on it. */
export function haveOtherSizes({ sizeChanges: { rest, grpc } }: SeenAnswers): boolean {
  return rest !== null || grpc !== null;
}

export function answerRecords({ sides }: SeenAnswers): AnswerRecords {
  const record = (side: OtherAnswers | null): AnswerRecord | null =>
    side === null ? null : {
      answers: side.answers,
      other_answers: side.other,
      other_shape: side.shape === null ? null : shapeText(side.shape),
    };
  return { rest: record(sides.rest), grpc: record(sides.grpc) };
}

/** For the conclusion, before any winner: nothing where the answers are what they were. */
export function answerSentences({ sides, spoiled, sizeChanges }: SeenAnswers): string[] {
  const sizes = sizeSentences(sizeChanges);
  return [
    ...(spoiled ? [`${sentences(sides).join("; ")}: no winner is named`] : []),
    ...(sizes.length === 0
      ? []
      : [`${sizes.join("; ")}: no winner is named on sizes, times or rates`]),
  ];
}

/** For the notes and the warnings. */
export function answerNotes({ sides, sizeChanges }: SeenAnswers): string[] {
  return [...sentences(sides), ...sizeSentences(sizeChanges)];
}

function sizeSentences(changes: SeenAnswers["sizeChanges"]): string[] {
  return CONTENDERS.flatMap((key) => {
    const change = changes[key];
    if (change === null) return [];
    const { answers, changed, firstBytes, laterBytes } = change;
    return [
      `${percentText(100 * changed / answers)} of the ${LABELS[key]} answers (${
        countText(changed)
      } of ${countText(answers)}) came in blocks of ${
        bytes(laterBytes)
      } bytes on average, and those ` +
      `of the first block had ${bytes(firstBytes)}`,
    ];
  });
}

function bytes(count: number): string {
  return countText(Math.round(count));
}

function sentences(sides: SeenAnswers["sides"]): string[] {
  return CONTENDERS.flatMap((key) => {
    const side = sides[key];
    if (side === null || side.other === 0 || side.shape === null) return [];
    const share = percentText(100 * side.other / side.answers);
    return [
      `${share} of the ${LABELS[key]} answers (${countText(side.other)} of ` +
      `${countText(side.answers)}) have another shape than the one compared before the load: ` +
      shapeText(side.shape),
    ];
  });
}
