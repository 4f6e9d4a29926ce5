import { quoted } from "./quoted.ts";

/** A value that an option cannot take; the command line adds which option it was. */
export class InvalidValueError extends Error {
  override readonly name = "InvalidValueError";

  /**
   * @param value As the user gave it: it may hold a secret, and is `quoted` where it is repeated.
   * @param expected What would be right, as in "expected …".
   */
  constructor(readonly value: string, readonly expected: string) {
    super(`${quoted(value)}: expected ${expected}`);
  }
}
