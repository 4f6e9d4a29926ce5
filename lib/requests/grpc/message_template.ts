import protobuf from "protobufjs";
import protojson from "protobufjs/ext/protojson.js";
import { nearest } from "../../nearest.ts";
import type { SlotOf } from "../byte_template.ts";
import { fillText, parseTemplate, soleHole, type TemplateParts, type Value } from "../template.ts";
import { fieldValue, isWellKnown, sampleOf } from "./field_value.ts";
import { isRecord } from "../record.ts";

/** What is wrong with a message template, and where. */
export class MessageTemplateError extends Error {
  override readonly name = "MessageTemplateError";

  /** @param path To the fault, as in `/items/0/sku`; empty for the whole message. */
  constructor(message: string, readonly path: string) {
    super(message);
  }
}

/** Sets what a hole stands for in the message that is used again and again. */
type Setter = (values: readonly Value[]) => void;

/** A part of the template with holes, and where in the message it goes. */
interface Part {
  readonly path: readonly (string | number)[];
  readonly template: unknown;
  /** The field that it is the value of, or an item of. */
  readonly field: protobuf.FieldBase;
}

/**
 * A request message out of a ProtoJSON template with holes. The template is read once, with samples in its
 * holes; for each request only what the holes stand for is set, and the message encoded: ten times as
 * fast as to read the JSON each time.
 */
export class MessageTemplate {
  readonly #type: protobuf.Type;
  readonly #message: protobuf.Message;
  readonly #setters: readonly Setter[];

  /**
   * @param template Plain JSON data whose strings may have holes; names of fields in camel or in snake case.
   * @throws {MessageTemplateError} where the type has no such field, or the field takes no such value.
   */
  constructor(type: protobuf.Type, template: unknown, slotOf: SlotOf) {
    this.#type = type;
    const parts: Part[] = [];
    const sampled = new Sampler(parts).message(type, template, []);
    try {
      this.#message = protojson.fromJson(type, sampled, READING);
    } catch (error) {
      throw new MessageTemplateError(error instanceof Error ? error.message : String(error), "");
    }
    this.#setters = parts.map((part) => setterOf(part, this.#message, slotOf));
  }

  /**
   * The message without its frame prefix; a new array each time.
   *
   * @throws {ValueError} where a field does not take a value.
   */
  encode(values: readonly Value[]): Uint8Array {
    for (const set of this.#setters) set(values);
    return this.#type.encode(this.#message).finish();
  }
}

const READING = { ignoreUnknownFields: false } as const;

/** Puts samples into the holes of a template, and notes where they were. */
class Sampler {
  constructor(readonly parts: Part[]) {}

  message(type: protobuf.Type, template: unknown, path: readonly (string | number)[]): unknown {
    if (!isRecord(template)) {
      throw new MessageTemplateError(
        `${nameOf(type)} is a message; expected an object`,
        pointer(path),
      );
    }
    return Object.fromEntries(
      Object.entries(template).map(([key, value]) => {
        const field = fieldNamed(type, key);
        if (field === null) throw noSuchField(type, key, pointer([...path, key]));
        return [key, this.#field(field.resolve(), value, [...path, field.name])];
      }),
    );
  }

  #field(field: protobuf.FieldBase, value: unknown, path: readonly (string | number)[]): unknown {
    if (field instanceof protobuf.MapField && isRecord(value)) {
      return Object.fromEntries(
        Object.entries(value).map(([key, item]) => {
          if (key.includes("{{")) {
            throw new MessageTemplateError(
              `"${key}" is the key of a map; expected one without a hole`,
              pointer([...path, key]),
            );
          }
          return [key, this.#value(field, item, [...path, key])];
        }),
      );
    }
    if (field.repeated && Array.isArray(value)) {
      return value.map((item, index) => this.#value(field, item, [...path, index]));
    }
    return this.#value(field, value, path);
  }

  #value(field: protobuf.FieldBase, value: unknown, path: readonly (string | number)[]): unknown {
    const { resolvedType } = field;
    if (resolvedType instanceof protobuf.Type && !isWellKnown(resolvedType) && isRecord(value)) {
      return this.message(resolvedType, value, path);
    }
    if (!hasHoles(value, pointer(path))) return value;
    this.parts.push({ path, template: value, field });
    return sampleOf(field);
  }
}

function setterOf(
  { path, template, field }: Part,
  message: protobuf.Message,
  slotOf: SlotOf,
): Setter {
  const key = path.at(-1)!;
  // deno-lint-ignore no-explicit-any -- a message is what its type says
  const holder = path.slice(0, -1).reduce((value: any, step) => value[step], message);
  const fill = filled(template, slotOf);
  const convert = fieldValue(field);
  return (values) => holder[key] = convert(fill(values));
}

/** Makes a function that gives the template's data with every hole filled. */
function filled(template: unknown, slotOf: SlotOf): (values: readonly Value[]) => unknown {
  if (typeof template === "string" && template.includes("{{")) {
    const parts = parseTemplate(template);
    const sole = soleHole(parts);
    if (sole === null) return (values) => fillText(parts, (name) => values[slotOf(name)]!);
    const slot = slotOf(sole);
    return (values) => values[slot];
  }
  if (Array.isArray(template)) {
    const items = template.map((item) => filled(item, slotOf));
    return (values) => items.map((item) => item(values));
  }
  if (isRecord(template)) {
    const entries = Object.entries(template).map(([key, value]) =>
      [key, filled(value, slotOf)] as const
    );
    return (values) => Object.fromEntries(entries.map(([key, value]) => [key, value(values)]));
  }
  return () => template;
}

/** @throws {MessageTemplateError} where `{{` begins no hole. */
function hasHoles(template: unknown, path: string): boolean {
  if (typeof template === "string") return partsOf(template, path).holes.length > 0;
  if (typeof template !== "object" || template === null) return false;
  return Object.entries(template).some(([key, value]) => hasHoles(value, `${path}/${key}`));
}

function partsOf(text: string, path: string): TemplateParts {
  try {
    return parseTemplate(text);
  } catch (error) {
    throw new MessageTemplateError(error instanceof Error ? error.message : String(error), path);
  }
}

/** ProtoJSON takes the JSON name as well as the proto's own (ProtoJSON, "Field names"). */
function fieldNamed(type: protobuf.Type, key: string): protobuf.Field | null {
  return type.fieldsArray.find((field) => namesOf(field).includes(key)) ?? null;
}

function namesOf(field: protobuf.Field): string[] {
  const { jsonName, protoName } = field as {
    readonly jsonName?: string;
    readonly protoName?: string;
  };
  const snake = field.name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  return [field.name, jsonName ?? field.name, protoName ?? snake];
}

function noSuchField(type: protobuf.Type, key: string, path: string): MessageTemplateError {
  const near = nearest(key, type.fieldsArray.map(({ name }) => name));
  const names = type.fieldsArray.map(({ name }) => `"${name}"`).join(", ");
  const next = near !== null
    ? `did you mean "${near}"?`
    : names === ""
    ? "it has none at all"
    : `it has ${names}`;
  return new MessageTemplateError(`${nameOf(type)} has no field "${key}"; ${next}`, path);
}

function nameOf(type: protobuf.Type): string {
  return type.fullName.replace(/^\./, "");
}

/** A JSON pointer (RFC 6901). */
function pointer(path: readonly (string | number)[]): string {
  return path.map((step) => `/${String(step).replaceAll("~", "~0").replaceAll("/", "~1")}`).join(
    "",
  );
}
