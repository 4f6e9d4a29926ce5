/**
 * A side of one comparison: the subject is measured by the baseline. Who stands on which is the run's
 * matter (`plan/pairing.ts`), and what they are called the report's.
 */
export type Side = "subject" | "baseline";

export const SIDES: readonly Side[] = ["subject", "baseline"];

/** Something of each side. */
export type BySide<T> = Readonly<Record<Side, T>>;

export function otherSide(side: Side): Side {
  return side === "subject" ? "baseline" : "subject";
}

export function bySide<T>(of: (side: Side) => T): BySide<T> {
  return { subject: of("subject"), baseline: of("baseline") };
}

/** The same of each side, made of what there is of it. */
export function eachSide<T, U>(sides: BySide<T>, of: (one: T) => U): BySide<U> {
  return { subject: of(sides.subject), baseline: of(sides.baseline) };
}
