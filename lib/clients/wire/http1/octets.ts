export const CR = 0x0d;
export const LF = 0x0a;
export const SP = 0x20;
export const HTAB = 0x09;
export const COLON = 0x3a;
export const COMMA = 0x2c;
export const SEMICOLON = 0x3b;
export const ZERO = 0x30;
export const NINE = 0x39;

/** 1 at every octet that may be in a field name: RFC 9110 section 5.6.2, `tchar`. */
export const TOKEN_OCTETS = octetTable((octet) =>
  /[!#$%&'*+\-.^_`|~0-9A-Za-z]/.test(String.fromCharCode(octet))
);

/** 1 at every octet that may be in a field value: RFC 9110 section 5.5, with SP and HTAB. */
export const FIELD_OCTETS = octetTable((octet) =>
  octet === HTAB || (octet >= SP && octet !== 0x7f)
);

function octetTable(includes: (octet: number) => boolean): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, octet) => includes(octet) ? 1 : 0);
}

export function isOptionalWhitespace(octet: number): boolean {
  return octet === SP || octet === HTAB;
}

/** @param lowerCase What `bytes` from `start` to `end` are to read, ASCII case aside. */
export function equalsIgnoringCase(
  bytes: Uint8Array,
  start: number,
  end: number,
  lowerCase: Uint8Array,
): boolean {
  if (end - start !== lowerCase.length) return false;
  for (let index = 0; index < lowerCase.length; index++) {
    const octet = bytes[start + index]!;
    const folded = octet >= 0x41 && octet <= 0x5a ? octet | 0x20 : octet;
    if (folded !== lowerCase[index]) return false;
  }
  return true;
}
