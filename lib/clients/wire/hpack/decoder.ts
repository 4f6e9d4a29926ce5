import { BlockCursor } from "./block_cursor.ts";
import { DynamicTable } from "./dynamic_table.ts";
import { fieldBytes, type HeaderField } from "./header_field.ts";
import { HpackError } from "./hpack_error.ts";
import { decodeHuffman } from "./huffman.ts";
import { readInteger } from "./integer.ts";

/** Decodes the header blocks of one connection, in the order in which they came (RFC 7541). */
export class HpackDecoder {
  readonly #table: DynamicTable;

  /**
   * @param maxTableBytes What the peer was told with SETTINGS_HEADER_TABLE_SIZE.
   * @param maxListBytes What a decoded header list may come to (RFC 9113 section 10.5.1).
   */
  constructor(readonly maxTableBytes: number, readonly maxListBytes: number) {
    this.#table = new DynamicTable(maxTableBytes);
  }

  /** The dynamic table, the newest entry first. */
  get entries(): readonly HeaderField[] {
    return this.#table.entries;
  }

  get tableBytes(): number {
    return this.#table.bytes;
  }

  /** As long as it does not change, equal blocks decode alike. */
  get tableVersion(): number {
    return this.#table.version;
  }

  /**
   * Decodes one block, and hands over its fields in order.
   *
   * @returns Whether the list is within bounds. Where not, the rest of the block was decoded only to
   * keep the table in step, and its fields were dropped.
   * @throws {HpackError} where the block is malformed.
   */
  decode(
    bytes: Uint8Array,
    start: number,
    end: number,
    onField: (field: HeaderField) => void,
  ): boolean {
    const cursor = new BlockCursor(bytes, start, end);
    this.#readSizeUpdates(cursor);
    let listBytes = 0;
    while (!cursor.atEnd) {
      const field = this.#readField(cursor);
      listBytes += fieldBytes(field);
      if (listBytes <= this.maxListBytes) onField(field);
    }
    return listBytes <= this.maxListBytes;
  }

  /** Section 4.2 allows them at the start of a block alone. */
  #readSizeUpdates(cursor: BlockCursor): void {
    while (!cursor.atEnd && (cursor.peek() & 0xe0) === 0x20) {
      const maxBytes = readInteger(cursor, 5);
      if (maxBytes > this.maxTableBytes) {
        throw new HpackError(
          `a table size update asks for ${maxBytes} bytes, more than ${this.maxTableBytes}`,
        );
      }
      this.#table.resize(maxBytes);
    }
  }

  #readField(cursor: BlockCursor): HeaderField {
    const pattern = cursor.peek();
    if (pattern >= 0x80) return this.#table.at(readInteger(cursor, 7));
    if (pattern >= 0x40) {
      const field = this.#readLiteral(cursor, 6);
      this.#table.add(field);
      return field;
    }
    if (pattern >= 0x20) throw new HpackError("a table size update follows a field");
    // Not indexed and never indexed differ only for a proxy that would encode the field again.
    return this.#readLiteral(cursor, 4);
  }

  #readLiteral(cursor: BlockCursor, prefixBits: number): HeaderField {
    const index = readInteger(cursor, prefixBits);
    const name = index === 0 ? readString(cursor) : this.#table.at(index).name;
    return { name, value: readString(cursor) };
  }
}

/** RFC 7541 section 5.2. */
function readString(cursor: BlockCursor): string {
  const huffman = (cursor.peek() & 0x80) !== 0;
  const length = readInteger(cursor, 7);
  const start = cursor.skip(length);
  return huffman
    ? decodeHuffman(cursor.bytes, start, start + length)
    : byteString(cursor.bytes, start, start + length);
}

function byteString(bytes: Uint8Array, start: number, end: number): string {
  let text = "";
  for (let at = start; at < end; at++) text += String.fromCharCode(bytes[at]!);
  return text;
}
