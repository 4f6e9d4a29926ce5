import { Buffer } from "node:buffer";
import fc from "fast-check";
import type { ServedConnection } from "../../lib/servers/serving.ts";

/** Where bytes are cut: pieces of these sizes, again and again. */
export const pieceSizes = fc.array(fc.integer({ min: 1, max: 300 }), {
  minLength: 1,
  maxLength: 20,
});

/** Hands bytes to a connection in pieces, as long as it takes any, and keeps what is to be written. */
export function feed(
  connection: ServedConnection,
  bytes: Uint8Array,
  sizes: readonly number[] = [4096],
): Uint8Array {
  const written: Uint8Array[] = [connection.takeOutgoing().slice()];
  for (let at = 0, turn = 0; at < bytes.length && !connection.isOver; turn++) {
    const space = connection.space();
    const count = Math.min(space.length, sizes[turn % sizes.length]!, bytes.length - at);
    if (count === 0) break;
    space.set(bytes.subarray(at, at + count));
    connection.received(count);
    written.push(connection.takeOutgoing().slice());
    at += count;
  }
  return Buffer.concat(written);
}
