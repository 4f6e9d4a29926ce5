import type { BlockCursor } from "./block_cursor.ts";
import { HpackError } from "./hpack_error.ts";

/** No index, size or length that can be meant is longer; nor can more overflow a double's integers. */
const MAX_CONTINUATION_BYTES = 4;

/**
 * Reads an integer with a prefix of `prefixBits` (RFC 7541 section 5.1).
 *
 * @throws {HpackError} where it is cut off or longer than anything that can be meant.
 */
export function readInteger(cursor: BlockCursor, prefixBits: number): number {
  const prefixMax = (1 << prefixBits) - 1;
  let value = cursor.next() & prefixMax;
  if (value < prefixMax) return value;
  for (let count = 0; count < MAX_CONTINUATION_BYTES; count++) {
    const byte = cursor.next();
    value += (byte & 0x7f) << (7 * count);
    if ((byte & 0x80) === 0) return value;
  }
  throw new HpackError("an integer in the header block is too long");
}

/** Appends an integer behind the bits of `pattern` that the prefix leaves. */
export function writeInteger(
  into: number[],
  pattern: number,
  prefixBits: number,
  value: number,
): void {
  const prefixMax = (1 << prefixBits) - 1;
  if (value < prefixMax) {
    into.push(pattern | value);
    return;
  }
  into.push(pattern | prefixMax);
  let rest = value - prefixMax;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) into.push((rest % 0x80) | 0x80);
  into.push(rest);
}
