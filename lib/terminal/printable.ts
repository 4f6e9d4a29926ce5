// deno-lint-ignore no-control-regex
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g;

/**
 * Makes a text from outside safe to print: no control character reaches the terminal (C0, DEL, C1,
 * the separators and the bidirectional overrides), and none can end a line.
 */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, "\ufffd");
}
