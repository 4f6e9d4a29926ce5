/** The compressed flag and the length before each message ("Length-Prefixed-Message"). */
export const PREFIX_BYTES = 5;

/**
 * A message with its prefix, not compressed.
 *
 * @param reusable Used again where it is as long as needed: nearly every request of a run is.
 */
export function frameMessage(
  message: Uint8Array,
  reusable: Uint8Array = new Uint8Array(),
): Uint8Array {
  const { length } = message;
  const framed = reusable.length === PREFIX_BYTES + length
    ? reusable
    : new Uint8Array(PREFIX_BYTES + length);
  framed[0] = 0;
  framed[1] = length >>> 24;
  framed[2] = length >>> 16;
  framed[3] = length >>> 8;
  framed[4] = length;
  framed.set(message, PREFIX_BYTES);
  return framed;
}
