import { seen, type Sight, unseen } from "./sight.ts";

/** Larger answers are measured, but not looked into: as objects they take many times their size. */
const MAX_DECODED_BYTES = 1024 * 1024;

export const NO_CONTENT: Sight<never> = unseen("the request failed");

/** What an answer says, as plain data. Never throws. */
export function contentOf(
  bytes: Uint8Array,
  decode: (bytes: Uint8Array) => unknown,
): Sight<unknown> {
  if (bytes.length > MAX_DECODED_BYTES) {
    return unseen(`only answers up to ${MAX_DECODED_BYTES} bytes are looked into`);
  }
  try {
    return seen(decode(bytes));
  } catch {
    return unseen("the answer does not decode");
  }
}
