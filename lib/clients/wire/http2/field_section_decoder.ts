import { HpackDecoder } from "../hpack/decoder.ts";
import type { HeaderField } from "../hpack/header_field.ts";
import { FieldSection } from "./field_section.ts";

interface CachedSection {
  readonly block: Uint8Array;
  readonly section: FieldSection;
}

/** Longer blocks seldom repeat, and take longer to compare. */
const MAX_CACHED_BLOCK_BYTES = 64;
/** One server's answers have few forms: a head and trailers for success, the same for failure. */
const MAX_CACHED_SECTIONS = 4;

/**
 * Decodes header blocks to field sections. A server that answers alike sends the same few bytes each
 * time, all of them indices: as long as the table is the same, they mean what they meant before, so
 * that the section made then is used again.
 */
export class FieldSectionDecoder {
  readonly #hpack: HpackDecoder;
  #cached: CachedSection[] = [];

  constructor(maxTableBytes: number, maxListBytes: number) {
    this.#hpack = new HpackDecoder(maxTableBytes, maxListBytes);
  }

  /** @throws {HpackError} where the block is malformed: the connection is lost then. */
  decode(bytes: Uint8Array, start: number, end: number): FieldSection {
    for (const { block, section } of this.#cached) {
      if (equalBytes(block, bytes, start, end)) return section;
    }
    const version = this.#hpack.tableVersion;
    const fields: HeaderField[] = [];
    const withinBounds = this.#hpack.decode(bytes, start, end, (field) => fields.push(field));
    const section = new FieldSection(fields, withinBounds);
    if (this.#hpack.tableVersion !== version) this.#cached = [];
    else if (end - start <= MAX_CACHED_BLOCK_BYTES) this.#keep(bytes.slice(start, end), section);
    return section;
  }

  #keep(block: Uint8Array, section: FieldSection): void {
    if (this.#cached.length === MAX_CACHED_SECTIONS) this.#cached.shift();
    this.#cached.push({ block, section });
  }
}

function equalBytes(block: Uint8Array, bytes: Uint8Array, start: number, end: number): boolean {
  if (block.length !== end - start) return false;
  for (let at = 0; at < block.length; at++) if (block[at] !== bytes[start + at]) return false;
  return true;
}
