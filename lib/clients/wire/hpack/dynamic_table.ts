import { fieldBytes, type HeaderField } from "./header_field.ts";
import { HpackError } from "./hpack_error.ts";
import { STATIC_TABLE } from "./static_table.ts";

const STATIC_FIELDS: readonly HeaderField[] = STATIC_TABLE.map(([name, value]) => ({
  name,
  value,
}));

/** Where the dynamic table's indices begin: its newest entry. */
export const FIRST_DYNAMIC_INDEX = STATIC_FIELDS.length + 1;

/** One side's table of fields seen before (RFC 7541 section 2.3.2), addressed behind the static one. */
export class DynamicTable {
  /** The newest last, so that an insertion moves nothing. */
  readonly #entries: HeaderField[] = [];
  #bytes = 0;
  #version = 0;

  constructor(private maxBytes: number) {}

  get bytes(): number {
    return this.#bytes;
  }

  /** As long as it does not change, an index means the same field. */
  get version(): number {
    return this.#version;
  }

  /** The newest first: the entry at 0 has the index {@link FIRST_DYNAMIC_INDEX}. */
  get entries(): readonly HeaderField[] {
    return this.#entries.toReversed();
  }

  /** @throws {HpackError} where neither table has the index. */
  at(index: number): HeaderField {
    const field = index < FIRST_DYNAMIC_INDEX
      ? STATIC_FIELDS[index - 1]
      : this.#entries[this.#entries.length - 1 - (index - FIRST_DYNAMIC_INDEX)];
    if (field === undefined) throw new HpackError(`the header tables have no index ${index}`);
    return field;
  }

  /** A field larger than the whole table empties it, and is no error. */
  add(field: HeaderField): void {
    this.#version++;
    const bytes = fieldBytes(field);
    this.#evictTo(this.maxBytes - bytes);
    if (bytes > this.maxBytes) return;
    this.#entries.push(field);
    this.#bytes += bytes;
  }

  resize(maxBytes: number): void {
    this.#version++;
    this.maxBytes = maxBytes;
    this.#evictTo(maxBytes);
  }

  #evictTo(bytes: number): void {
    while (this.#bytes > bytes) {
      const oldest = this.#entries.shift();
      if (oldest === undefined) return;
      this.#bytes -= fieldBytes(oldest);
    }
  }
}
