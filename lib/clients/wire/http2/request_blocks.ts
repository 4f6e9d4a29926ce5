import { HpackEncoder } from "../hpack/encoder.ts";
import type { HeaderField } from "../hpack/header_field.ts";

/** A block that means the same as long as the table is as it was. */
interface KnownBlock {
  readonly block: Uint8Array;
  readonly tableVersion: number;
}

/**
 * Encodes heads of which there are a few that are sent again and again. Once a head's fields are in the table,
 * its block is a few indices that mean the same for good, and is not made again.
 */
export class RequestBlocks {
  readonly #encoder = new HpackEncoder();
  /** By the list itself: whoever sends a head again has kept its fields. */
  readonly #known = new WeakMap<readonly HeaderField[], KnownBlock>();

  /** Takes the peer's SETTINGS_HEADER_TABLE_SIZE. */
  limitTable(maxBytes: number): void {
    this.#encoder.limitTable(maxBytes);
  }

  /**
   * The block to be sent next; each returned block is to be sent, once and in order.
   *
   * @param varying What differs from request to request: it changes no table, so that the rest stays as it is.
   */
  blockFor(
    fields: readonly HeaderField[],
    varying: readonly HeaderField[] | null = null,
  ): Uint8Array {
    const block = this.#blockOf(fields);
    if (varying === null) return block;
    const more = this.#encoder.encode(varying, "never");
    const whole = new Uint8Array(block.length + more.length);
    whole.set(block);
    whole.set(more, block.length);
    return whole;
  }

  #blockOf(fields: readonly HeaderField[]): Uint8Array {
    const encoder = this.#encoder;
    const { tableVersion, announcesSize } = encoder;
    const known = this.#known.get(fields);
    if (known?.tableVersion === tableVersion && !announcesSize) return known.block;
    const block = encoder.encode(fields, encoder.fits(fields) ? "incremental" : "none");
    if (!announcesSize && encoder.tableVersion === tableVersion) {
      this.#known.set(fields, { block, tableVersion });
    }
    return block;
  }

  /** The block of a head that will not come again: it stays out of the table. */
  blockOnce(fields: readonly HeaderField[]): Uint8Array {
    return this.#encoder.encode(fields, "none");
  }
}
