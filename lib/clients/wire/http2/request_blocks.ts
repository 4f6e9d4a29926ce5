import { HpackEncoder } from "../hpack/encoder.ts";
import type { HeaderField } from "../hpack/header_field.ts";

/**
 * Encodes request heads. All requests of a run have the same head: once its fields are in the table, the
 * block is a few indices that mean the same for good, and is not made again.
 */
export class RequestBlocks {
  readonly #encoder = new HpackEncoder();
  #fields: readonly HeaderField[] | null = null;
  #block: Uint8Array = new Uint8Array();

  /** Takes the peer's SETTINGS_HEADER_TABLE_SIZE. */
  limitTable(maxBytes: number): void {
    this.#encoder.limitTable(maxBytes);
    this.#fields = null;
  }

  /** The block to be sent next; each returned block is to be sent, once and in order. */
  blockFor(fields: readonly HeaderField[]): Uint8Array {
    if (fields === this.#fields) return this.#block;
    const encoder = this.#encoder;
    const { tableVersion, announcesSize } = encoder;
    const block = encoder.encode(fields, encoder.fits(fields) ? "incremental" : "none");
    if (!announcesSize && encoder.tableVersion === tableVersion) {
      this.#fields = fields;
      this.#block = block;
    }
    return block;
  }
}
