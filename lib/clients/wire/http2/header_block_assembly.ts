import { ConnectionFault, ErrorCode } from "./error_code.ts";

/**
 * Raw bounds on one header block: no answer needs more, a flood of CONTINUATION frames would. Far above
 * what is taken of the fields in it, so that too many of them end their stream, and not the connection.
 */
const MAX_BLOCK_BYTES = 1024 * 1024;
const MAX_FRAMES = 64;

/** Joins a header block that came in HEADERS and CONTINUATION frames. */
export class HeaderBlockAssembly {
  readonly #parts: Uint8Array[] = [];
  #bytes = 0;

  constructor(readonly streamId: number, readonly endStream: boolean) {}

  /** @throws {ConnectionFault} where the block is out of bounds. */
  add(bytes: Uint8Array, start: number, end: number): void {
    this.#bytes += end - start;
    if (this.#bytes > MAX_BLOCK_BYTES || this.#parts.length === MAX_FRAMES) {
      throw new ConnectionFault(
        ErrorCode.ENHANCE_YOUR_CALM,
        `sent a header block of more than ${MAX_BLOCK_BYTES} bytes or ${MAX_FRAMES} frames`,
      );
    }
    this.#parts.push(bytes.slice(start, end));
  }

  joined(): Uint8Array {
    const block = new Uint8Array(this.#bytes);
    let at = 0;
    for (const part of this.#parts) {
      block.set(part, at);
      at += part.length;
    }
    return block;
  }
}
