import { DynamicTable, FIRST_DYNAMIC_INDEX } from "./dynamic_table.ts";
import { fieldBytes, type HeaderField } from "./header_field.ts";
import { encodeHuffman, huffmanLength } from "./huffman.ts";
import { writeInteger } from "./integer.ts";
import { STATIC_TABLE } from "./static_table.ts";

/** Whether a field goes into the dynamic table, stays out of it, or must stay out of every proxy's too. */
export type Indexing = "incremental" | "none" | "never";

/** Larger tables are the peer's offer, not a duty; no list sent here needs more. */
const MAX_TABLE_BYTES = 4096;

/** The bits that begin a literal, and how many are left for the index of its name. */
const LITERAL = {
  incremental: { pattern: 0x40, prefixBits: 6 },
  none: { pattern: 0x00, prefixBits: 4 },
  never: { pattern: 0x10, prefixBits: 4 },
} as const;

/** Encodes the header lists of one connection, in the order in which they are sent (RFC 7541). */
export class HpackEncoder {
  #maxTableBytes = MAX_TABLE_BYTES;
  readonly #table = new DynamicTable(MAX_TABLE_BYTES);
  /** The smallest size since the last block, where the size has changed: the peer must be told both. */
  #smallestBytes: number | null = null;

  /** The dynamic table, the newest entry first. */
  get entries(): readonly HeaderField[] {
    return this.#table.entries;
  }

  /** As long as it does not change, equal lists encode alike. */
  get tableVersion(): number {
    return this.#table.version;
  }

  /** Whether the next block begins with an announcement of the table's size, and so is like no other. */
  get announcesSize(): boolean {
    return this.#smallestBytes !== null;
  }

  /** Whether the table can hold a whole list: if not, indexing it would only evict. */
  fits(fields: readonly HeaderField[]): boolean {
    return fields.reduce((sum, field) => sum + fieldBytes(field), 0) <= this.#maxTableBytes;
  }

  /** Takes the peer's SETTINGS_HEADER_TABLE_SIZE; the next block announces it (section 4.2). */
  limitTable(peerMaxBytes: number): void {
    const maxBytes = Math.min(peerMaxBytes, MAX_TABLE_BYTES);
    if (maxBytes === this.#maxTableBytes) return;
    this.#smallestBytes = Math.min(this.#smallestBytes ?? maxBytes, maxBytes);
    this.#maxTableBytes = maxBytes;
    this.#table.resize(maxBytes);
  }

  encode(fields: readonly HeaderField[], indexing: Indexing = "incremental"): Uint8Array {
    const block: number[] = [];
    this.#writeSizeUpdates(block);
    for (const field of fields) this.#writeField(block, field, indexing);
    return Uint8Array.from(block);
  }

  #writeSizeUpdates(block: number[]): void {
    if (this.#smallestBytes === null) return;
    if (this.#smallestBytes < this.#maxTableBytes) {
      writeInteger(block, 0x20, 5, this.#smallestBytes);
    }
    writeInteger(block, 0x20, 5, this.#maxTableBytes);
    this.#smallestBytes = null;
  }

  #writeField(block: number[], field: HeaderField, indexing: Indexing): void {
    const { name, value } = field;
    const index = indexing === "never"
      ? 0
      : this.#find((it) => it.name === name && it.value === value);
    if (index > 0) {
      writeInteger(block, 0x80, 7, index);
      return;
    }
    const { pattern, prefixBits } = LITERAL[indexing];
    const nameIndex = this.#find((it) => it.name === name);
    writeInteger(block, pattern, prefixBits, nameIndex);
    if (nameIndex === 0) writeString(block, name);
    writeString(block, value);
    if (indexing === "incremental") this.#table.add(field);
  }

  /** The lowest index of a field that fits, 0 where there is none. Sent blocks are reused: a scan will do. */
  #find(fits: (field: HeaderField) => boolean): number {
    const inStatic = STATIC_TABLE.findIndex(([name, value]) => fits({ name, value }));
    if (inStatic >= 0) return inStatic + 1;
    const inDynamic = this.#table.entries.findIndex(fits);
    return inDynamic < 0 ? 0 : inDynamic + FIRST_DYNAMIC_INDEX;
  }
}

/** RFC 7541 section 5.2, in whichever form is shorter. */
function writeString(block: number[], text: string): void {
  const encodedBytes = huffmanLength(text);
  if (encodedBytes < text.length) {
    writeInteger(block, 0x80, 7, encodedBytes);
    encodeHuffman(block, text);
    return;
  }
  writeInteger(block, 0x00, 7, text.length);
  for (let at = 0; at < text.length; at++) block.push(text.charCodeAt(at));
}
