/** What the value of a variable becomes in a field: ProtoJSON's rules, for one field at a time. */
import protobuf from "protobufjs";
import protojson from "protobufjs/ext/protojson.js";
import { ValueError } from "../byte_template.ts";

/** Turns a filled template into what protobufjs keeps in a message. Throws a {@link ValueError}. */
export type FieldValue = (value: unknown) => unknown;

const MAX_SHOWN_LENGTH = 40;

/** Integers, by type: the least and the greatest. */
const INTEGER_RANGES: Readonly<Record<string, readonly [min: bigint, max: bigint]>> = {
  int32: [-(2n ** 31n), 2n ** 31n - 1n],
  sint32: [-(2n ** 31n), 2n ** 31n - 1n],
  sfixed32: [-(2n ** 31n), 2n ** 31n - 1n],
  uint32: [0n, 2n ** 32n - 1n],
  fixed32: [0n, 2n ** 32n - 1n],
  int64: [-(2n ** 63n), 2n ** 63n - 1n],
  sint64: [-(2n ** 63n), 2n ** 63n - 1n],
  sfixed64: [-(2n ** 63n), 2n ** 63n - 1n],
  uint64: [0n, 2n ** 64n - 1n],
  fixed64: [0n, 2n ** 64n - 1n],
};

/** Whether ProtoJSON has a form of its own for a type, so that it is read as a whole. */
export function isWellKnown(type: protobuf.Type): boolean {
  return type.fullName.startsWith(".google.protobuf.");
}

/** A value in ProtoJSON that a field, or an item of it, surely takes. */
export function sampleOf({ type, resolvedType }: protobuf.FieldBase): unknown {
  if (resolvedType instanceof protobuf.Enum) return Object.keys(resolvedType.values)[0];
  if (resolvedType instanceof protobuf.Type) {
    return isWellKnown(resolvedType) ? WELL_KNOWN_SAMPLES[resolvedType.name] ?? {} : {};
  }
  if (type === "bool") return false;
  return type === "string" || type === "bytes" ? "" : 0;
}

const WELL_KNOWN_SAMPLES: Readonly<Record<string, unknown>> = {
  Timestamp: "1970-01-01T00:00:00Z",
  Duration: "0s",
  FieldMask: "",
  ListValue: [],
  Value: null,
  BoolValue: false,
  StringValue: "",
  BytesValue: "",
  ...Object.fromEntries(
    ["Double", "Float", "Int32", "UInt32", "Int64", "UInt64"].map((name) => [`${name}Value`, 0]),
  ),
};

/** How values are set that are of this field's type, or of its items'. */
export function fieldValue(field: protobuf.FieldBase): FieldValue {
  const { name, type, resolvedType } = field;
  const refuse = (value: unknown, expected: string) =>
    new ValueError(`field "${name}" does not take "${shown(value)}"; expected ${expected}`);
  if (resolvedType instanceof protobuf.Enum) {
    const { values } = resolvedType;
    return (value) => {
      const number = typeof value === "number" ? value : ownNumber(values, String(value));
      if (number === undefined) throw refuse(value, `one of ${Object.keys(values).join(", ")}`);
      return number;
    };
  }
  if (resolvedType instanceof protobuf.Type) {
    // Slower, and seldom: a time, a duration, a wrapper, or what holds any JSON at all.
    return (value) => {
      try {
        return protojson.fromJson(resolvedType, value);
      } catch {
        throw refuse(value, resolvedType.fullName.slice(1));
      }
    };
  }
  switch (type) {
    case "string":
      return String;
    case "bool":
      return (value) => {
        if (value === true || value === "true") return true;
        if (value === false || value === "false") return false;
        throw refuse(value, "true or false");
      };
    case "bytes":
      return (value) => {
        try {
          return Uint8Array.fromBase64(String(value));
        } catch {
          throw refuse(value, "base64");
        }
      };
    case "float":
    case "double":
      return (value) => {
        const number = typeof value === "number" ? value : Number(value);
        const isText = typeof value === "string" && value.trim() !== "";
        if (typeof value === "number" || (isText && (!isNaN(number) || value === "NaN"))) {
          return number;
        }
        throw refuse(value, "a number");
      };
  }
  const [min, max] = INTEGER_RANGES[type]!;
  const isLong = type.endsWith("64");
  return (value) => {
    // Most are small, and need no exact look.
    if (typeof value === "number" && (value | 0) === value && (value >= 0 || min < 0n)) {
      return value;
    }
    const text = String(value);
    if (!/^-?\d{1,20}$/.test(text) || BigInt(text) < min || BigInt(text) > max) {
      throw refuse(value, `an integer from ${min} to ${max}`);
    }
    // protobufjs writes 64 bits from decimal text exactly.
    return isLong ? text : Number(text);
  };
}

/** A name such as `constructor` is no value of an enum. */
function ownNumber(values: Readonly<Record<string, number>>, name: string): number | undefined {
  return Object.hasOwn(values, name) ? values[name] : undefined;
}

function shown(value: unknown): string {
  const text = typeof value === "string" ? value : JSON.stringify(value) ?? String(value);
  return text.length <= MAX_SHOWN_LENGTH ? text : `${text.slice(0, MAX_SHOWN_LENGTH)}…`;
}
