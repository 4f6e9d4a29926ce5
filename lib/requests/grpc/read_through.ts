import protobuf from "protobufjs";
import protojson from "protobufjs/ext/protojson.js";
import { differingFields, type FieldDifference } from "../meaning.ts";
import { isWellKnown } from "./field_value.ts";
import { isRecord } from "../record.ts";

/** What REST APIs like to wrap an answer in. */
const ENVELOPES = ["data", "result", "payload", "response", "item"];
/** From here on a number is milliseconds since the epoch, not seconds: the year 5138 in the latter. */
const MILLISECONDS_FROM = 1e11;

/**
 * In which fields a REST answer and a gRPC message differ in meaning. REST's JSON is read through the
 * message's type, so that both are ProtoJSON: that settles spelling of names, integers as text, enums by
 * name or number, offsets of times, alphabets of base64 and defaults that are left out. Of the forms that the
 * answer may have (as it is, unwrapped, or without the envelope that gRPC's message is) the one counts that
 * differs least.
 *
 * @param rest Decoded JSON.
 */
export function differencesByType(
  type: protobuf.Type,
  rest: unknown,
  message: Uint8Array,
): FieldDifference[] {
  const grpc = protojson.toJson(type, type.decode(message));
  return formsOf(type, rest)
    .map((form) => differingFields(readThrough(type, form), grpc))
    .reduce((best, it) => it.length < best.length ? it : best);
}

function formsOf(type: protobuf.Type, rest: unknown): unknown[] {
  const unwrapped = isRecord(rest)
    ? ENVELOPES.filter((name) => Object.hasOwn(rest, name)).map((name) => rest[name])
    : [];
  const only = type.fieldsArray.length === 1 ? type.fieldsArray[0]!.name : null;
  return [rest, ...unwrapped, ...(only === null ? [] : [{ [only]: rest }])];
}

/** What the type does not know, or does not take, stays as it was: it differs then. */
function readThrough(type: protobuf.Type, content: unknown): unknown {
  const unknown: Record<string, unknown> = {};
  const spelled = spelledFor(type, content, unknown);
  try {
    const message = type.decode(type.encode(protojson.fromJson(type, spelled)).finish());
    return { ...protojson.toJson(type, message) as object, ...unknown };
  } catch {
    return content;
  }
}

/** Brings REST's own spelling to the type's. */
function spelledFor(
  type: protobuf.Type,
  value: unknown,
  unknown: Record<string, unknown>,
  path = "",
): unknown {
  if (!isRecord(value) || isWellKnown(type)) return value;
  const fields = new Map(type.fieldsArray.map((field) => [normalized(field.name), field]));
  const spelled: Record<string, unknown> = {};
  for (const [key, member] of Object.entries(value)) {
    const field = fields.get(normalized(key))?.resolve();
    if (field === undefined) {
      unknown[path + key] = member;
      continue;
    }
    const item = (it: unknown) => itemFor(field, it, unknown, `${path}${field.name}.`);
    spelled[field.name] = field instanceof protobuf.MapField && isRecord(member)
      ? Object.fromEntries(Object.entries(member).map(([name, it]) => [name, item(it)]))
      : field.repeated && Array.isArray(member)
      ? member.map(item)
      : item(member);
  }
  return spelled;
}

function itemFor(
  { resolvedType, type }: protobuf.Field,
  value: unknown,
  unknown: Record<string, unknown>,
  path: string,
): unknown {
  if (resolvedType instanceof protobuf.Type) {
    return resolvedType.fullName === ".google.protobuf.Timestamp"
      ? timeFor(value)
      : spelledFor(resolvedType, value, unknown, path);
  }
  if (resolvedType instanceof protobuf.Enum) {
    return typeof value === "string" ? enumName(resolvedType, value) : value;
  }
  if (type === "bool" && (value === "true" || value === "false")) return value === "true";
  const isScalar = typeof value === "number" || typeof value === "boolean";
  return type === "string" && isScalar ? String(value) : value;
}

/** Seconds or milliseconds since the epoch, or ISO 8601 without an offset, which is UTC. */
function timeFor(value: unknown): unknown {
  if (typeof value === "number" && Number.isFinite(value)) {
    const date = new Date(value >= MILLISECONDS_FROM ? value : value * 1000);
    return isNaN(date.getTime()) ? value : date.toISOString();
  }
  return typeof value === "string" && /^\d{4}-\d\d-\d\d[T ][\d:.]+$/.test(value)
    ? `${value.replace(" ", "T")}Z`
    : value;
}

/** `paid` is STATUS_PAID: REST APIs leave the prefix out that the style of protos asks for. */
function enumName({ values }: protobuf.Enum, value: string): string {
  const names = Object.keys(values);
  const wanted = normalized(value);
  return names.find((name) => normalized(name) === wanted) ??
    names.find((name) => name.toLowerCase().endsWith(`_${value.toLowerCase()}`)) ?? value;
}

function normalized(name: string): string {
  return name.replaceAll(/[_-]/g, "").toLowerCase();
}
