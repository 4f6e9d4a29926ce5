import { HpackDecoder } from "../hpack/decoder.ts";
import type { HeaderField } from "../hpack/header_field.ts";

/**
 * Makes of a header list what its reader needs.
 *
 * @param withinBounds Whether the list was short enough to be kept whole.
 */
export type ReadSection<Section> = (
  fields: readonly HeaderField[],
  withinBounds: boolean,
) => Section;

interface CachedSection<Section> {
  readonly block: Uint8Array;
  readonly section: Section;
}

/** Longer blocks seldom repeat, and take longer to compare. */
const MAX_CACHED_BLOCK_BYTES = 64;
/** One peer's sections have few forms: a server's a head and trailers for success, the same for failure. */
const MAX_CACHED_SECTIONS = 4;

/**
 * Decodes header blocks to field sections. A peer that asks or answers alike sends the same few bytes each
 * time, all of them indices: as long as the table is the same, they mean what they meant before, so
 * that the section made then is used again.
 */
export class FieldSectionDecoder<Section> {
  readonly #hpack: HpackDecoder;
  readonly #read: ReadSection<Section>;
  #cached: CachedSection<Section>[] = [];

  constructor(maxTableBytes: number, maxListBytes: number, read: ReadSection<Section>) {
    this.#hpack = new HpackDecoder(maxTableBytes, maxListBytes);
    this.#read = read;
  }

  /** @throws {HpackError} where the block is malformed: the connection is lost then. */
  decode(bytes: Uint8Array, start: number, end: number): Section {
    for (const { block, section } of this.#cached) {
      if (equalBytes(block, bytes, start, end)) return section;
    }
    const version = this.#hpack.tableVersion;
    const fields: HeaderField[] = [];
    const withinBounds = this.#hpack.decode(bytes, start, end, (field) => fields.push(field));
    const section = this.#read(fields, withinBounds);
    if (this.#hpack.tableVersion !== version) this.#cached = [];
    else if (end - start <= MAX_CACHED_BLOCK_BYTES) this.#keep(bytes.slice(start, end), section);
    return section;
  }

  #keep(block: Uint8Array, section: Section): void {
    if (this.#cached.length === MAX_CACHED_SECTIONS) this.#cached.shift();
    this.#cached.push({ block, section });
  }
}

function equalBytes(block: Uint8Array, bytes: Uint8Array, start: number, end: number): boolean {
  if (block.length !== end - start) return false;
  for (let at = 0; at < block.length; at++) if (block[at] !== bytes[start + at]) return false;
  return true;
}
