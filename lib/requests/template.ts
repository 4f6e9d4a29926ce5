/** What a hole may hold: a string that is one hole takes the type as well. */
export type Value = string | number | boolean | null;

/**
 * A text with `{{name}}` holes, taken apart: `literals[0] holes[0] literals[1] … holes[n-1] literals[n]`.
 * Two braces are never valid JSON, and stand in no URL.
 */
export interface TemplateParts {
  readonly literals: readonly string[];
  readonly holes: readonly Hole[];
}

export interface Hole {
  /** Letters, digits, `_` and dots: `id`, `customer.email`, `env.PROTODUEL_TOKEN`. */
  readonly name: string;
  /** `{{+name}}`, as in RFC 6570 section 3.2.3: slashes within the value stay slashes in a path. */
  readonly reserved: boolean;
  /** Where it begins in the text, in UTF-16 code units. */
  readonly offset: number;
}

/** Says what is wrong with a template, and where. */
export class TemplateError extends Error {
  override readonly name = "TemplateError";

  /** @param offset In the text, in UTF-16 code units. */
  constructor(message: string, readonly offset: number) {
    super(message);
  }
}

const OPENING = "{{";
const CLOSING = "}}";
const NAME = /^(\+?)([A-Za-z_]\w*(?:\.\w+)*)$/;
const MAX_SHOWN_LENGTH = 40;

/** @throws {TemplateError} where `{{` begins no hole. */
export function parseTemplate(text: string): TemplateParts {
  const literals: string[] = [];
  const holes: Hole[] = [];
  let at = 0;
  for (let start; (start = text.indexOf(OPENING, at)) >= 0;) {
    const end = text.indexOf(CLOSING, start);
    if (end < 0) {
      throw new TemplateError(
        `"${shown(text.slice(start))}" is not closed; expected "{{name}}"`,
        start,
      );
    }
    const [, reserved, name] = NAME.exec(text.slice(start + OPENING.length, end).trim()) ?? [];
    if (name === undefined) {
      throw new TemplateError(
        `"${shown(text.slice(start, end + CLOSING.length))}" is no variable; expected "{{name}}" ` +
          "of letters, digits, _ and dots",
        start,
      );
    }
    literals.push(text.slice(at, start));
    holes.push({ name, reserved: reserved === "+", offset: start });
    at = end + CLOSING.length;
  }
  literals.push(text.slice(at));
  return { literals, holes };
}

/** The names of a template's holes, each once, in their order. */
export function namesIn(...templates: readonly TemplateParts[]): string[] {
  return [...new Set(templates.flatMap(({ holes }) => holes.map(({ name }) => name)))];
}

/** The text with every hole replaced. */
export function fillText(
  { literals, holes }: TemplateParts,
  valueOf: (name: string) => Value,
): string {
  return holes.reduce(
    (text, { name }, index) => text + String(valueOf(name)) + literals[index + 1]!,
    literals[0]!,
  );
}

/** What some holes stand for in every request; `null` where a hole is none of them. */
export type Constants = (name: string) => string | null;

/** The template with those of its holes filled that are the same in every request. */
export function settled({ literals, holes }: TemplateParts, constants: Constants): TemplateParts {
  const left: Hole[] = [];
  const texts = [literals[0]!];
  holes.forEach((hole, index) => {
    const value = constants(hole.name);
    if (value === null) left.push(hole);
    const after = literals[index + 1]!;
    if (value === null) texts.push(after);
    else texts[texts.length - 1] += value + after;
  });
  return { literals: texts, holes: left };
}

/** The one variable that is the whole text; `null` where there is more, or less. */
export function soleHole({ literals, holes }: TemplateParts): string | null {
  return holes.length === 1 && literals[0] === "" && literals[1] === "" ? holes[0]!.name : null;
}

function shown(text: string): string {
  return text.length <= MAX_SHOWN_LENGTH ? text : `${text.slice(0, MAX_SHOWN_LENGTH)}…`;
}
