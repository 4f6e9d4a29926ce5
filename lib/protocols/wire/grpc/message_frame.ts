/** The compressed flag and the length before each message ("Length-Prefixed-Message"). */
export const PREFIX_BYTES = 5;

/** A message with its prefix, not compressed. */
export function frameMessage(message: Uint8Array): Uint8Array {
  const framed = new Uint8Array(PREFIX_BYTES + message.length);
  new DataView(framed.buffer).setUint32(1, message.length);
  framed.set(message, PREFIX_BYTES);
  return framed;
}
