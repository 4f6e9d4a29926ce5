import { cut } from "../terminal/cut.ts";

/**
 * What an answer is made of, whatever its values are: the kind of a value, or of a record the shapes of its
 * fields by name. `nothing` is what is absent, `null`, or a record of which every value is its type's default:
 * of a decoded protobuf message more cannot be told. Plain data, so that threads can send it.
 */
export type AnswerShape = ValueKind | readonly (readonly [name: string, shape: AnswerShape])[];
type ValueKind = "nothing" | "text" | "number" | "flag" | "list" | "record";

/** Further down, and beyond so many, fields say little of what kind of answer it is. */
const MOST_LEVELS = 3;
const MOST_FIELDS = 64;
const MOST_NAME_CHARACTERS = 40;

/** So much of one answer's fields is in another one that means the same: users may lack a field or two. */
const LEAST_LIKENESS = 2 / 3;
const TOLD_FIELDS = 5;

export function shapeOf(content: unknown): AnswerShape {
  // An empty list is still a list; of a message or a value that is all default nothing can be told.
  const isNothing = !Array.isArray(content) && isBlank(content, MOST_LEVELS);
  return isNothing ? "nothing" : shapeWithin(content, MOST_LEVELS);
}

function shapeWithin(value: unknown, levels: number): AnswerShape {
  if (value === null || value === undefined) return "nothing";
  if (Array.isArray(value)) return "list";
  switch (typeof value) {
    case "string":
      return "text";
    case "boolean":
      return "flag";
    case "object":
      return levels === 0 ? "record" : fieldsOf(value, levels);
    default:
      return "number";
  }
}

function fieldsOf(record: object, levels: number): AnswerShape {
  if (isBlank(record, levels)) return "nothing";
  const fields = Object.entries(record).slice(0, MOST_FIELDS);
  return fields.map(([name, value]) =>
    [cut(name, MOST_NAME_CHARACTERS), shapeWithin(value, levels - 1)] as const
  );
}

function isBlank(value: unknown, levels: number): boolean {
  if (typeof value !== "object" || value === null) {
    return value === undefined || value === null || value === "" || value === 0 ||
      value === "0" || value === false;
  }
  if (Array.isArray(value)) return value.length === 0;
  return levels > 0 && Object.values(value).every((inner) => isBlank(inner, levels - 1));
}

/**
 * Whether an answer is of the same sort as the one before it; what that one lacks is no matter, but an error is
 * that only one of them has.
 */
export function isLike(known: AnswerShape, other: AnswerShape): boolean {
  return likeness(known, other) >= LEAST_LIKENESS && !hasNewError(known, other) &&
    !hasNewError(other, known);
}

/** The share of what is known that the other one has as well, 0 to 1. */
function likeness(known: AnswerShape, other: AnswerShape): number {
  if (typeof known === "string") return known === other ? 1 : 0;
  if (typeof other === "string") return 0;
  const there = new Map(other);
  const shares = known.filter(([, shape]) => shape !== "nothing")
    .map(([name, shape]) => likeness(shape, there.get(name) ?? "nothing"));
  return shares.length === 0 ? 1 : shares.reduce((sum, share) => sum + share, 0) / shares.length;
}

function hasNewError(known: AnswerShape, other: AnswerShape): boolean {
  if (typeof known === "string" || typeof other === "string") return false;
  return other.some(([name, shape]) =>
    /^errors?$/i.test(name) && shape !== "nothing" && !known.some(([it]) => it === name)
  );
}

/** In words that name no value: `{error, code}`. */
export function shapeText(shape: AnswerShape): string {
  if (typeof shape === "string") {
    return shape === "nothing" ? "an empty one" : `a ${shape === "flag" ? "true or false" : shape}`;
  }
  const names = shape.filter(([, inner]) => inner !== "nothing").map(([name]) => name);
  const more = names.length > TOLD_FIELDS ? ", …" : "";
  return `{${names.slice(0, TOLD_FIELDS).join(", ")}${more}}`;
}
