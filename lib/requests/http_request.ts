import { type ByteBuffer, ByteTemplate, type Escape, type SlotOf } from "./byte_template.ts";
import type { HttpDefinition } from "./definition.ts";
import {
  type Constants,
  parseTemplate,
  settled,
  type TemplateParts,
  type Value,
} from "./template.ts";

/** What a client says by itself in each request: names in the spelling in which they are sent. */
export type FixedField = readonly [name: string, value: string];

const CRLF = "\r\n";
const DEFAULT_CONTENT_TYPE = "application/json";
/** Ten digits: more than any body has. */
const LENGTH_DIGITS = 10;

/** An HTTP request as its definition has it, compiled: what does not change is encoded once. */
export class HttpRequest {
  readonly method: string;
  /** The base path, the path and the query. */
  readonly target: ByteTemplate;
  /** What a client says by itself and the user does not say otherwise, and then what the user says. */
  readonly fields: readonly (readonly [name: string, value: ByteTemplate])[];
  readonly body: ByteTemplate | null;
  /**
   * The message around its one hole, where it has no more than one and no body: of such a request only a few
   * digits change. `null` of any other.
   */
  readonly aroundOneHole:
    | { readonly before: string; readonly after: string; readonly slot: number }
    | null;
  readonly #head: ByteTemplate;

  /** @throws {TemplateError} where a template is none. */
  constructor(
    { method, path, headers, body }: HttpDefinition,
    basePath: string,
    fixed: readonly FixedField[],
    slotOf: SlotOf,
    constants: Constants = NO_CONSTANTS,
  ) {
    this.method = method;
    const escape = bodyEscape(headers);
    const fields = httpFields(fixed, headers, body !== null, constants);
    const compile = (parts: TemplateParts, how: Escape) => new ByteTemplate(parts, how, slotOf);
    const target = joined(literal(basePath), parseTemplate(path));
    const head = joined(
      ...fields.flatMap(([name, value]) => [literal(`${name}: `), value, literal(CRLF)]),
    );
    this.target = compile(target, "url");
    this.fields = fields.map(([name, value]) => [name, compile(value, "header")]);
    this.body = body === null ? null : compile(parseTemplate(body), escape);
    this.#head = compile(head, "header");
    const { literals, holes } = joined(
      literal(`${method} `),
      target,
      literal(VERSION_TEXT),
      head,
      literal(CRLF),
    );
    const [before, after] = literals;
    this.aroundOneHole = body === null && holes.length === 1
      ? { before: before!, after: after!, slot: slotOf(holes[0]!.name) }
      : null;
  }

  /**
   * Writes the whole message of HTTP/1.1 (RFC 9112). Since the length comes before the body, room is left for
   * it, and what remains of that is white space (RFC 9110 section 5.6.3), so that one pass is enough.
   *
   * @returns Where it ends.
   */
  writeTo(buffer: ByteBuffer, values: readonly Value[]): number {
    let at = buffer.putText(`${this.method} `, 0);
    at = this.target.writeTo(buffer, at, values);
    at = buffer.put(VERSION, at);
    at = this.#head.writeTo(buffer, at, values);
    if (this.body === null) return buffer.put(END_OF_LINE, at);
    const lengthAt = buffer.put(LENGTH_FIELD, at);
    const bodyAt = buffer.put(END_OF_HEAD, lengthAt);
    const end = this.body.writeTo(buffer, bodyAt, values);
    const length = String(end - bodyAt);
    buffer.putText(length, lengthAt - length.length);
    return end;
  }
}

const NO_CONSTANTS: Constants = () => null;

const encoder = new TextEncoder();
const VERSION_TEXT = ` HTTP/1.1${CRLF}`;
const VERSION = encoder.encode(VERSION_TEXT);
const END_OF_LINE = encoder.encode(CRLF);
const END_OF_HEAD = encoder.encode(CRLF + CRLF);
const LENGTH_FIELD = encoder.encode(`Content-Length: ${" ".repeat(LENGTH_DIGITS)}`);

/** What a client says by itself and the user does not say otherwise, and then what the user says. */
export function httpFields(
  fixed: readonly FixedField[],
  headers: HttpDefinition["headers"],
  hasBody: boolean,
  constants: Constants,
): [name: string, value: TemplateParts][] {
  const said = new Set(headers.map(([name]) => name.toLowerCase()));
  const own: FixedField[] = hasBody
    ? [...fixed, ["Content-Type", DEFAULT_CONTENT_TYPE]]
    : [...fixed];
  return [
    ...own.filter(([name]) => !said.has(name.toLowerCase()))
      .map(([name, value]): [string, TemplateParts] => [name, literal(value)]),
    ...headers.map(([name, value]): [string, TemplateParts] => [
      name,
      settled(parseTemplate(value), constants),
    ]),
  ];
}

/** JSON unless the user says that it is something else. */
export function bodyEscape(headers: HttpDefinition["headers"]): Escape {
  const type = headers.find(([name]) => name.toLowerCase() === "content-type")?.[1].toLowerCase();
  if (type === undefined || /[/+]json\b/.test(type)) return "json";
  return type.startsWith("application/x-www-form-urlencoded") ? "url" : "none";
}

function literal(text: string): TemplateParts {
  return { literals: [text], holes: [] };
}

/** One template of several, one after the other. */
function joined(...parts: readonly TemplateParts[]): TemplateParts {
  const literals = [""];
  for (const part of parts) {
    literals[literals.length - 1] += part.literals[0]!;
    literals.push(...part.literals.slice(1));
  }
  return { literals, holes: parts.flatMap(({ holes }) => holes) };
}
