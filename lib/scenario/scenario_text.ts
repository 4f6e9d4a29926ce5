import {
  CORE_SCHEMA,
  defineScalarTag,
  type Event,
  EVENT_ID,
  getScalarValue,
  load,
  NOT_RESOLVED,
  parseEvents,
  YAMLException,
} from "js-yaml";
import { UsageError } from "../errors.ts";

/** Deeper than any request needs; what refers to itself again and again is a bomb. */
const LIMITS = { maxDepth: 50, maxAliases: 100 } as const;
/** With what is referred to counted each time. */
const MAX_VALUES = 100_000;

/** An integer that a double does not hold stays as it was written: ProtoJSON takes both. */
const exactInteger = defineScalarTag("tag:yaml.org,2002:int", {
  implicit: true,
  resolve: (text) => {
    if (!/^[-+]?\d+$/.test(text)) return NOT_RESOLVED;
    const number = Number(text);
    return Number.isSafeInteger(number) ? number : text.replace(/^\+/, "");
  },
  identify: () => false,
});

const SCHEMA = CORE_SCHEMA.withTags(exactInteger);

/**
 * A scenario file as data, with the place of everything in it. YAML 1.2, of which JSON is a part; `no`,
 * `1..5` and dates stay text.
 */
export class ScenarioText {
  readonly value: unknown;
  readonly #name: string;
  readonly #text: string;
  /** Where a value begins, by its JSON pointer. */
  readonly #offsets = new Map<string, number>();

  /**
   * @param name The file, as typed.
   * @throws {UsageError} where it is no YAML, as `file:line:column`.
   */
  constructor(name: string, text: string) {
    this.#name = name;
    this.#text = text;
    try {
      this.#locate(parseEvents(text, { filename: name, maxDepth: LIMITS.maxDepth }));
      this.value = load(text, { schema: SCHEMA, ...LIMITS });
      if (valuesIn(this.value, new Map()) > MAX_VALUES) {
        throw this.error("", `more than ${MAX_VALUES} values; expected a scenario`);
      }
    } catch (error) {
      if (!(error instanceof YAMLException)) throw error;
      const { line = 0, column = 0 } = error.mark ?? {};
      throw this.#fault(line + 1, column + 1, error.reason);
    }
  }

  /**
   * @param pointer To the value that is wrong, as in `/operations/0/message` (RFC 6901).
   * @param fault What is wrong, and what would be right.
   */
  error(pointer: string, fault: string): UsageError {
    const before = this.#text.slice(0, this.#offsetOf(pointer));
    return this.#fault(before.split("\n").length, before.length - before.lastIndexOf("\n"), fault);
  }

  #fault(line: number, column: number, fault: string): UsageError {
    return new UsageError(`${this.#name}:${line}:${column}: ${fault}`);
  }

  /** What is missing is told at what it is missing in. */
  #offsetOf(pointer: string): number {
    for (let path = pointer; path !== ""; path = path.slice(0, path.lastIndexOf("/"))) {
      const offset = this.#offsets.get(path);
      if (offset !== undefined) return offset;
    }
    return this.#offsets.get("") ?? 0;
  }

  #locate(events: readonly Event[]): void {
    let next = 0;
    const atEnd = () => events[next]!.type === EVENT_ID.POP;
    const note = (path: string, offset: number) => {
      if (!this.#offsets.has(path)) this.#offsets.set(path, offset);
    };
    const visit = (path: string): void => {
      const event = events[next++]!;
      switch (event.type) {
        case EVENT_ID.SCALAR:
          note(path, event.valueStart);
          return;
        case EVENT_ID.SEQUENCE:
          note(path, event.start);
          for (let index = 0; !atEnd(); index++) visit(`${path}/${index}`);
          next++;
          return;
        case EVENT_ID.MAPPING:
          note(path, event.start);
          while (!atEnd()) visit(`${path}/${this.#key(events[next++]!, path)}`);
          next++;
      }
    };
    while (next < events.length) {
      if (events[next++]!.type === EVENT_ID.DOCUMENT && !atEnd()) visit("");
    }
  }

  /** The name of a member, as in a pointer; its place is noted as its value's. */
  #key(event: Event, path: string): string {
    if (event.type !== EVENT_ID.SCALAR) {
      // Two braces are a mapping whose key is a mapping.
      if ("start" in event) this.#offsets.set(path, event.start - 1);
      throw this.error(path, 'a value that begins with a hole needs quotes; expected "{{name}}"');
    }
    const key = getScalarValue(this.#text, event).replaceAll("~", "~0").replaceAll("/", "~1");
    const pointer = `${path}/${key}`;
    if (!this.#offsets.has(pointer)) this.#offsets.set(pointer, event.valueStart);
    return key;
  }
}

/** @param known A value that is referred to several times is counted once, and added each time. */
function valuesIn(value: unknown, known: Map<object, number>): number {
  if (typeof value !== "object" || value === null) return 1;
  const before = known.get(value);
  if (before !== undefined) return before;
  const count = Object.values(value).reduce<number>((sum, it) => sum + valuesIn(it, known), 1);
  known.set(value, count);
  return count;
}
