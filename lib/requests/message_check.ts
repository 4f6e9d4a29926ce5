import type protobuf from "protobufjs";

/** What a message type says of its fields: enough to tell whether bytes decode. */
interface Shape {
  /** By field number, where there is such a field. */
  readonly fields: readonly (FieldShape | undefined)[];
}

interface FieldShape {
  readonly name: string;
  readonly wireType: number;
  /** Whether it is a varint of 32 bits. */
  readonly isShort: boolean;
  /** `null` where the field is no message. */
  readonly message: Shape | null;
}

const VARINT = 0;
const FIXED_64 = 1;
const LENGTH_DELIMITED = 2;
const FIXED_32 = 5;
const MAX_VARINT_BYTES = 10;
/** Of 32 bits; a negative number has the full ten bytes. */
const MAX_SHORT_VARINT_BYTES = 5;
const MAX_TAG = 2 ** 32 - 1;
const MAX_DEPTH = 100;

const FIXED_64_TYPES = new Set(["double", "fixed64", "sfixed64"]);
const LONG_TYPES = new Set(["int64", "uint64", "sint64"]);
const FIXED_32_TYPES = new Set(["float", "fixed32", "sfixed32"]);

/**
 * Makes a check that bytes decode as a message type, without making the message: under load, the objects
 * and strings of an answer that nobody reads would cost more than the answer's transport.
 *
 * What passes does decode; the check is stricter in that a known field must have its own wire type, and
 * a number no more bytes than it needs. A type with repeated numbers is decoded after all.
 *
 * @returns A function that throws where the bytes do not decode.
 */
export function messageCheck(type: protobuf.Type): (bytes: Uint8Array) => void {
  const shape = shapeOf(type);
  if (shape === null) return (bytes) => void type.decode(bytes);
  return (bytes) => new MessageWalk(bytes).check(shape, bytes.length, 0);
}

/**
 * @param known Types may contain each other.
 * @returns `null` where a walk would not see enough: within packed numbers, maps and groups.
 */
function shapeOf(type: protobuf.Type, known = new Map<protobuf.Type, Shape>()): Shape | null {
  const before = known.get(type);
  if (before !== undefined) return before;
  const fields: (FieldShape | undefined)[] = [];
  const shape = { fields };
  known.set(type, shape);
  for (const field of type.fieldsArray) {
    const { name, resolvedType, map } = field.resolve();
    const isMessage = resolvedType !== null && "fieldsArray" in resolvedType;
    const message = isMessage ? shapeOf(resolvedType, known) : null;
    const wireType = isMessage ? LENGTH_DELIMITED : scalarWireType(field.type);
    const isPacked = field.repeated && wireType !== LENGTH_DELIMITED;
    if (map || isPacked || (isMessage && message === null)) return null;
    const isShort = wireType === VARINT && !LONG_TYPES.has(field.type);
    fields[field.id] = { name, wireType, isShort, message };
  }
  return shape;
}

function scalarWireType(type: string): number {
  if (type === "string" || type === "bytes") return LENGTH_DELIMITED;
  if (FIXED_64_TYPES.has(type)) return FIXED_64;
  return FIXED_32_TYPES.has(type) ? FIXED_32 : VARINT;
}

/** One pass over the wire format. */
class MessageWalk {
  #position = 0;

  constructor(readonly bytes: Uint8Array) {}

  check({ fields }: Shape, end: number, depth: number): void {
    if (depth > MAX_DEPTH) throw new RangeError(`messages are nested more than ${MAX_DEPTH} deep`);
    while (this.#position < end) {
      const tag = this.#shortVarint(end);
      const number = Math.floor(tag / 8);
      const wireType = tag % 8;
      if (number === 0 || tag > MAX_TAG) throw new RangeError(`field number ${number}`);
      const field = fields[number];
      if (field !== undefined && field.wireType !== wireType) {
        throw new RangeError(`field "${field.name}" has the wire type ${wireType}`);
      }
      this.#skip(wireType, field, end, depth);
    }
  }

  #skip(wireType: number, field: FieldShape | undefined, end: number, depth: number): void {
    switch (wireType) {
      case VARINT: {
        const start = this.#position;
        this.#varint(end);
        const length = this.#position - start;
        if (length > MAX_SHORT_VARINT_BYTES && length < MAX_VARINT_BYTES && field?.isShort) {
          throw new RangeError(`field "${field.name}" has ${length} bytes`);
        }
        return;
      }
      case FIXED_64:
        return this.#advance(8, end);
      case FIXED_32:
        return this.#advance(4, end);
      case LENGTH_DELIMITED: {
        const length = this.#shortVarint(end);
        const message = field?.message ?? null;
        if (message === null) return this.#advance(length, end);
        if (length > end - this.#position) throw cutOff();
        return this.check(message, this.#position + length, depth + 1);
      }
      default:
        throw new RangeError(`wire type ${wireType}`);
    }
  }

  #advance(count: number, end: number): void {
    if (count > end - this.#position) throw cutOff();
    this.#position += count;
  }

  #shortVarint(end: number): number {
    const start = this.#position;
    const value = this.#varint(end);
    if (this.#position - start <= MAX_SHORT_VARINT_BYTES) return value;
    throw new RangeError("a tag or a length of more than 5 bytes");
  }

  /** Beyond 2^53 inexact, but then it is a value that nobody looks at, or too long a length anyway. */
  #varint(end: number): number {
    let value = 0;
    let scale = 1;
    for (let count = 0; count < MAX_VARINT_BYTES; count++) {
      if (this.#position >= end) throw cutOff();
      const byte = this.bytes[this.#position++]!;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
      scale *= 0x80;
    }
    throw new RangeError("a varint of more than 10 bytes");
  }
}

function cutOff(): RangeError {
  return new RangeError("the message ends within a field");
}
