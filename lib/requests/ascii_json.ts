const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const MINUS = 0x2d;
const PLUS = 0x2b;
const POINT = 0x2e;
const ZERO = 0x30;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;

const encoder = new TextEncoder();
const LITERALS = ["true", "false", "null"].map((literal) => encoder.encode(literal));

/** Deeper documents are left to a real parser. */
const MAX_DEPTH = 64;

/** 1 at every octet that may stand in a string as it is: printable ASCII but for `"` and `\`. */
const PLAIN_IN_STRING = octetTable((octet) =>
  octet >= 0x20 && octet < 0x80 && octet !== QUOTE && octet !== BACKSLASH
);
const WHITESPACE = octetTable((octet) => [0x20, 0x09, 0x0a, 0x0d].includes(octet));
const DIGIT = octetTable((octet) => octet >= ZERO && octet <= 0x39);
const HEX_DIGIT = octetTable((octet) => /[0-9A-Fa-f]/.test(String.fromCharCode(octet)));
const ESCAPED = octetTable((octet) => '"\\/bfnrt'.includes(String.fromCharCode(octet)));

function octetTable(includes: (octet: number) => boolean): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, octet) => includes(octet) ? 1 : 0);
}

/**
 * Whether the bytes from `start` to `end` are a JSON text (RFC 8259) in ASCII. Builds nothing, not even
 * a view of them, so that to check every response costs a tenth of parsing it. `false` is no verdict:
 * a text beyond ASCII, or one that is nested deeply, is for `JSON.parse` to judge.
 */
export function isAsciiJson(bytes: Uint8Array, start = 0, end = bytes.length): boolean {
  const textEnd = valueEnd(bytes, spaceEnd(bytes, start), 0);
  return textEnd > start && textEnd <= end && spaceEnd(bytes, textEnd) >= end;
}

// A text that would go on after `end` ends after it, and so is refused without a look at `end` before.
// Each of these returns where its part of the grammar ends, or -1 where it is not there.

function spaceEnd(bytes: Uint8Array, start: number): number {
  let at = start;
  // Most texts have none: one comparison tells, without a look at the table.
  while (bytes[at]! <= 0x20 && WHITESPACE[bytes[at]!] === 1) at++;
  return at;
}

function valueEnd(bytes: Uint8Array, start: number, depth: number): number {
  switch (bytes[start]) {
    case QUOTE:
      return stringEnd(bytes, start);
    case OPEN_BRACE:
      return depth === MAX_DEPTH ? -1 : objectEnd(bytes, start, depth + 1);
    case OPEN_BRACKET:
      return depth === MAX_DEPTH ? -1 : arrayEnd(bytes, start, depth + 1);
    case 0x74: // t
    case 0x66: // f
    case 0x6e: // n
      return literalEnd(bytes, start);
    default:
      return numberEnd(bytes, start);
  }
}

function objectEnd(bytes: Uint8Array, start: number, depth: number): number {
  let at = spaceEnd(bytes, start + 1);
  if (bytes[at] === CLOSE_BRACE) return at + 1;
  while (true) {
    if (bytes[at] !== QUOTE) return -1;
    at = stringEnd(bytes, at);
    if (at < 0) return -1;
    at = spaceEnd(bytes, at);
    if (bytes[at] !== COLON) return -1;
    at = valueEnd(bytes, spaceEnd(bytes, at + 1), depth);
    if (at < 0) return -1;
    at = spaceEnd(bytes, at);
    if (bytes[at] === CLOSE_BRACE) return at + 1;
    if (bytes[at] !== COMMA) return -1;
    at = spaceEnd(bytes, at + 1);
  }
}

function arrayEnd(bytes: Uint8Array, start: number, depth: number): number {
  let at = spaceEnd(bytes, start + 1);
  if (bytes[at] === CLOSE_BRACKET) return at + 1;
  while (true) {
    at = valueEnd(bytes, at, depth);
    if (at < 0) return -1;
    at = spaceEnd(bytes, at);
    if (bytes[at] === CLOSE_BRACKET) return at + 1;
    if (bytes[at] !== COMMA) return -1;
    at = spaceEnd(bytes, at + 1);
  }
}

function stringEnd(bytes: Uint8Array, start: number): number {
  let at = start + 1;
  while (true) {
    while (at < bytes.length && PLAIN_IN_STRING[bytes[at]!] === 1) at++;
    if (bytes[at] === QUOTE) return at + 1;
    if (bytes[at] !== BACKSLASH) return -1;
    at = escapeEnd(bytes, at);
    if (at < 0) return -1;
  }
}

function escapeEnd(bytes: Uint8Array, start: number): number {
  if (ESCAPED[bytes[start + 1]!] === 1) return start + 2;
  if (bytes[start + 1] !== 0x75) return -1; // u
  for (let at = start + 2; at < start + 6; at++) {
    if (HEX_DIGIT[bytes[at]!] !== 1) return -1;
  }
  return start + 6;
}

function numberEnd(bytes: Uint8Array, start: number): number {
  let at = bytes[start] === MINUS ? start + 1 : start;
  if (bytes[at] === ZERO) at++;
  else if ((at = digitsEnd(bytes, at)) < 0) return -1;
  if (bytes[at] === POINT && (at = digitsEnd(bytes, at + 1)) < 0) return -1;
  const exponent = bytes[at];
  if (exponent !== 0x65 && exponent !== 0x45) return at; // e, E
  const sign = bytes[at + 1];
  return digitsEnd(bytes, sign === PLUS || sign === MINUS ? at + 2 : at + 1);
}

/** One digit or more. */
function digitsEnd(bytes: Uint8Array, start: number): number {
  let at = start;
  while (at < bytes.length && DIGIT[bytes[at]!] === 1) at++;
  return at === start ? -1 : at;
}

function literalEnd(bytes: Uint8Array, start: number): number {
  for (const literal of LITERALS) {
    let length = 0;
    while (length < literal.length && bytes[start + length] === literal[length]) length++;
    if (length === literal.length) return start + length;
  }
  return -1;
}
