import type protobuf from "protobufjs";

/** What a message type says of its fields: enough to tell whether bytes decode. */
interface Shape {
  /** By field number, where there is such a field. */
  readonly fields: readonly (FieldShape | undefined)[];
}

interface FieldShape {
  readonly name: string;
  readonly wireTypes: readonly number[];
  /** `null` where the field is no message. */
  readonly message: Shape | null;
}

const VARINT = 0;
const FIXED_64 = 1;
const LENGTH_DELIMITED = 2;
const FIXED_32 = 5;
const MAX_VARINT_BYTES = 10;
const MAX_TAG = 2 ** 32 - 1;
const MAX_DEPTH = 100;

const FIXED_64_TYPES = new Set(["double", "fixed64", "sfixed64"]);
const FIXED_32_TYPES = new Set(["float", "fixed32", "sfixed32"]);

/**
 * Makes a check that bytes decode as a message type, without making the message: under load, the objects
 * and strings of an answer that nobody reads would cost more than the answer's transport.
 *
 * Stricter than decoding in one point: a known field must have its own wire type. No groups, no maps.
 *
 * @returns A function that throws where the bytes do not decode.
 */
export function messageCheck(type: protobuf.Type): (bytes: Uint8Array) => void {
  const shape = shapeOf(type);
  return (bytes) => new MessageWalk(bytes).check(shape, bytes.length, 0);
}

/** @param known Types may contain each other. */
function shapeOf(type: protobuf.Type, known = new Map<protobuf.Type, Shape>()): Shape {
  const before = known.get(type);
  if (before !== undefined) return before;
  const fields: (FieldShape | undefined)[] = [];
  const shape = { fields };
  known.set(type, shape);
  for (const field of type.fieldsArray) {
    const { name, resolvedType } = field.resolve();
    const message = resolvedType !== null && "fieldsArray" in resolvedType
      ? shapeOf(resolvedType, known)
      : null;
    const own = message === null ? scalarWireType(field.type) : LENGTH_DELIMITED;
    // A repeated scalar may be packed or not, whatever the proto says.
    const wireTypes = field.repeated ? [own, LENGTH_DELIMITED] : [own];
    fields[field.id] = { name, wireTypes, message };
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
      const tag = this.#varint(end);
      const number = Math.floor(tag / 8);
      const wireType = tag % 8;
      if (number === 0 || tag > MAX_TAG) throw new RangeError(`field number ${number}`);
      const field = fields[number];
      if (field !== undefined && !field.wireTypes.includes(wireType)) {
        throw new RangeError(`field "${field.name}" has the wire type ${wireType}`);
      }
      this.#skip(wireType, field?.message ?? null, end, depth);
    }
  }

  #skip(wireType: number, message: Shape | null, end: number, depth: number): void {
    switch (wireType) {
      case VARINT:
        this.#varint(end);
        return;
      case FIXED_64:
        return this.#advance(8, end);
      case FIXED_32:
        return this.#advance(4, end);
      case LENGTH_DELIMITED: {
        const length = this.#varint(end);
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
