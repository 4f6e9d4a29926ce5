const QUOTE = 0x22;
const BACKSLASH = 0x5c;
/** `{` and `[` differ in one bit only, as `}` and `]` do. */
const CASE_BIT = 0x20;
const OPEN = 0x7b;
const CLOSE = 0x7d;

/**
 * Whether a JSON text nests its values deeper than so many levels; `JSON.parse` would take a hundred bytes
 * for each. One pass that ends at the first level too many. Of a text that is no JSON it may say either.
 */
export function isDeeperThan(bytes: Uint8Array, levels: number): boolean {
  let depth = 0;
  let inString = false;
  for (let at = 0; at < bytes.length; at++) {
    const octet = bytes[at]!;
    if (octet === QUOTE) inString = !inString;
    else if (inString) {
      if (octet === BACKSLASH) at++;
    } else if ((octet | CASE_BIT) === OPEN) {
      if (++depth > levels) return true;
    } else if ((octet | CASE_BIT) === CLOSE) depth--;
  }
  return false;
}
