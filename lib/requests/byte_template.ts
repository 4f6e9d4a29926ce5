import type { Hole, TemplateParts, Value } from "./template.ts";

/**
 * How a value is written into its place:
 * - `json`: as JSON writes it within a string; a string that is one hole becomes the value itself
 * - `url`: as a component of a URL (`encodeURIComponent`)
 * - `header`: as it is, and never with a line break
 * - `none`: as it is
 */
export type Escape = "json" | "url" | "header" | "none";

/** A value of a variable that has no place where it is to go, such as a line break in a header. */
export class ValueError extends Error {
  override readonly name = "ValueError";
}

/** Where the value of a variable is found: the place of its name in the list that is handed to `writeTo`. */
export type SlotOf = (name: string) => number;

const encoder = new TextEncoder();
const QUOTE = 0x22;

/** A template as bytes: what does not change is encoded once, and only holes are written for each request. */
export class ByteTemplate {
  readonly #literals: readonly Uint8Array[];
  readonly #slots: readonly number[];
  /** Of each hole, whether it is a whole JSON string, whose quotes belong to the value. */
  readonly #whole: readonly boolean[];
  readonly #escapes: readonly ((text: string) => string)[];

  constructor({ literals, holes }: TemplateParts, escape: Escape, slotOf: SlotOf) {
    const whole = holes.map((_, index) =>
      escape === "json" && isWholeString(literals[index]!, literals[index + 1]!)
    );
    this.#whole = whole;
    this.#literals = literals.map((literal, index) =>
      encoder.encode(literal.slice(
        whole[index - 1] === true ? 1 : 0,
        literal.length - (whole[index] === true ? 1 : 0),
      ))
    );
    this.#slots = holes.map(({ name }) => slotOf(name));
    this.#escapes = holes.map((hole) => escapeFor(escape, hole));
  }

  /**
   * Writes the text with these values.
   *
   * @param buffer Grown where it is too small.
   * @returns Where the text ends.
   * @throws {ValueError} where a value cannot stand in its place.
   */
  writeTo(buffer: ByteBuffer, start: number, values: readonly Value[]): number {
    let at = start;
    for (let index = 0; index < this.#slots.length; index++) {
      at = buffer.put(this.#literals[index]!, at);
      at = this.#writeValue(buffer, at, values[this.#slots[index]!]!, index);
    }
    return buffer.put(this.#literals[this.#slots.length]!, at);
  }

  #writeValue(buffer: ByteBuffer, at: number, value: Value, hole: number): number {
    if (typeof value === "number" && value >= 0 && (value | 0) === value) {
      return buffer.putDigits(value, at);
    }
    const escape = this.#escapes[hole]!;
    if (typeof value !== "string") return buffer.putText(escape(String(value)), at);
    const text = escape(value);
    if (!this.#whole[hole]!) return buffer.putText(text, at);
    const quoted = buffer.putText(text, buffer.putByte(QUOTE, at));
    return buffer.putByte(QUOTE, quoted);
  }
}

/** Bytes that grow; what is in them is good until the next use. */
export class ByteBuffer {
  #bytes = new Uint8Array(1024);

  /** The bytes up to `end`, as a view. */
  upTo(end: number): Uint8Array {
    return this.#bytes.subarray(0, end);
  }

  put(bytes: Uint8Array, at: number): number {
    this.#reserve(at + bytes.length);
    this.#bytes.set(bytes, at);
    return at + bytes.length;
  }

  putByte(byte: number, at: number): number {
    this.#reserve(at + 1);
    this.#bytes[at] = byte;
    return at + 1;
  }

  /** A whole number of up to 31 bits in decimal. */
  putDigits(value: number, at: number): number {
    let count = 1;
    for (let limit = 10; value >= limit; limit *= 10) count++;
    this.#reserve(at + count);
    let rest = value;
    for (let digit = at + count - 1; digit >= at; digit--) {
      this.#bytes[digit] = 0x30 + rest % 10;
      rest = (rest / 10) | 0;
    }
    return at + count;
  }

  /** In UTF-8. Short ASCII texts, as most values are, are faster by hand. */
  putText(text: string, at: number): number {
    // UTF-16 becomes at most three bytes a unit.
    this.#reserve(at + 3 * text.length);
    if (text.length <= SHORT_TEXT) {
      let index = 0;
      for (; index < text.length; index++) {
        const code = text.charCodeAt(index);
        if (code > 0x7f) break;
        this.#bytes[at + index] = code;
      }
      if (index === text.length) return at + index;
    }
    return at + encoder.encodeInto(text, this.#bytes.subarray(at)).written;
  }

  #reserve(length: number): void {
    if (length <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(length, 2 * this.#bytes.length));
    larger.set(this.#bytes);
    this.#bytes = larger;
  }
}

const SHORT_TEXT = 64;
const PLAIN_JSON = /^[ !#-[\]-~]*$/;
const PLAIN_URL = /^[\w.~-]*$/;
/** RFC 9110 section 5.5: field values have no control characters but the tab. */
// deno-lint-ignore no-control-regex -- they are what is looked for
const FORBIDDEN_IN_HEADER = /[\0-\x08\x0a-\x1f\x7f]/;

const ESCAPES: Readonly<Record<Escape, (text: string) => string>> = {
  json: (text) => PLAIN_JSON.test(text) ? text : JSON.stringify(text).slice(1, -1),
  url: (text) => PLAIN_URL.test(text) ? text : encodeComponent(text),
  header: (text) => {
    if (!FORBIDDEN_IN_HEADER.test(text)) return text;
    throw new ValueError("a header value cannot have a line break or another control character");
  },
  none: (text) => text,
};

/** What makes a value fit to stand in a hole. It throws a {@link ValueError} where that cannot be. */
export function escapeFor(escape: Escape, { reserved }: Hole): (text: string) => string {
  return reserved && escape === "url" ? encodeSegments : ESCAPES[escape];
}

function encodeComponent(text: string): string {
  return encodeURIComponent(text.toWellFormed());
}

/** Of a path of several segments. */
function encodeSegments(text: string): string {
  return text.split("/").map(encodeComponent).join("/");
}

/** A name of a member stays a string, whatever the value is. */
function isWholeString(before: string, after: string): boolean {
  return before.endsWith('"') && !before.endsWith('\\"') && /^"(?!\s*:)/.test(after);
}
