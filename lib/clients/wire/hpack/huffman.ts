import { HpackError } from "./hpack_error.ts";

/**
 * RFC 7541 appendix B by code length alone. The code is canonical: ordered by length, then by symbol,
 * each code is the one before plus one, so that the lengths say everything. The last symbol is EOS.
 */
// deno-fmt-ignore
const CODE_LENGTHS: readonly number[] = [
  13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28,
  28, 28, 28, 28, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 28,
  6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6,
  5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7, 8, 15, 6, 12, 10,
  13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7,
  7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19, 13, 14, 6,
  15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5,
  6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11, 14, 13, 28,
  20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23,
  24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24,
  22, 21, 20, 22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23,
  21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23,
  26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25,
  19, 21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27, 27,
  20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23,
  26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26,
  30,
];
const EOS = 256;
const MAX_PADDING_BITS = 7;
/** Where a walk through the code's tree meets EOS. */
const INVALID = -1;

const CODES = canonicalCodes();
const DECODING = decodingTable();

/** The codes by symbol, aligned to their lowest bit. */
function canonicalCodes(): readonly number[] {
  const bySymbol = CODE_LENGTHS.map((length, symbol) => ({ length, symbol }))
    .sort((a, b) => a.length - b.length || a.symbol - b.symbol);
  const codes: number[] = [];
  let code = 0;
  let lengthBefore = 0;
  for (const { length, symbol } of bySymbol) {
    code <<= length - lengthBefore;
    codes[symbol] = code++;
    lengthBefore = length;
  }
  return codes;
}

/** What four more bits lead to from one node of the code's tree. */
interface DecodingTable {
  /** By `node * 16 + bits`: the node reached, or {@link INVALID}. */
  readonly nextNode: Int16Array;
  /** By `node * 16 + bits`: the symbol completed on the way, or -1. No code is shorter than 5 bits. */
  readonly symbol: Int16Array;
  /** By node: whether a string may end here, within padding of at most 7 ones. */
  readonly mayEnd: readonly boolean[];
}

function decodingTable(): DecodingTable {
  // A child is the number of a node, or ~symbol.
  const tree: [number, number][] = [[0, 0]];
  CODE_LENGTHS.forEach((length, symbol) => {
    let node = 0;
    for (let bit = length - 1; bit >= 0; bit--) {
      const side = (CODES[symbol]! >>> bit) & 1;
      if (bit === 0) tree[node]![side] = ~symbol;
      else if (tree[node]![side] === 0) {
        tree[node]![side] = tree.length;
        tree.push([0, 0]);
      }
      node = tree[node]![side]!;
    }
  });
  const nextNode = new Int16Array(tree.length * 16);
  const symbols = new Int16Array(tree.length * 16).fill(-1);
  for (let node = 0; node < tree.length; node++) {
    for (let bits = 0; bits < 16; bits++) {
      const at = node * 16 + bits;
      let current = node;
      for (let bit = 3; bit >= 0 && current !== INVALID; bit--) {
        const child: number = tree[current]![(bits >>> bit) & 1]!;
        if (child >= 0) current = child;
        else if (~child === EOS) current = INVALID;
        else {
          symbols[at] = ~child;
          current = 0;
        }
      }
      nextNode[at] = current;
    }
  }
  const mayEnd = tree.map(() => false);
  for (let node = 0, ones = 0; ones <= MAX_PADDING_BITS; ones++, node = tree[node]![1]) {
    mayEnd[node] = true;
  }
  return { nextNode, symbol: symbols, mayEnd };
}

/**
 * Decodes a Huffman string (RFC 7541 section 5.2) to a byte string.
 *
 * @throws {HpackError} where it holds EOS, or is padded with more than 7 bits or with other bits than ones.
 */
export function decodeHuffman(bytes: Uint8Array, start: number, end: number): string {
  const { nextNode, symbol, mayEnd } = DECODING;
  let text = "";
  let node = 0;
  for (let position = start; position < end; position++) {
    const byte = bytes[position]!;
    for (let shift = 4; shift >= 0; shift -= 4) {
      const at = node * 16 + ((byte >>> shift) & 0xf);
      const completed = symbol[at]!;
      if (completed >= 0) text += String.fromCharCode(completed);
      node = nextNode[at]!;
      if (node === INVALID) throw new HpackError("a Huffman string holds the end-of-string symbol");
    }
  }
  if (!mayEnd[node]) throw new HpackError("a Huffman string is not padded with up to 7 ones");
  return text;
}

/** How many bytes a byte string takes when encoded. */
export function huffmanLength(text: string): number {
  let bits = 0;
  for (let at = 0; at < text.length; at++) bits += CODE_LENGTHS[text.charCodeAt(at)]!;
  return Math.ceil(bits / 8);
}

/** Appends the code of a byte string, padded with ones. */
export function encodeHuffman(into: number[], text: string): void {
  let byte = 0;
  let free = 8;
  for (let at = 0; at < text.length; at++) {
    const code = CODES[text.charCodeAt(at)]!;
    for (let left = CODE_LENGTHS[text.charCodeAt(at)]!; left > 0;) {
      const taken = Math.min(left, free);
      const bits = (code >>> (left - taken)) & ((1 << taken) - 1);
      free -= taken;
      left -= taken;
      byte |= bits << free;
      if (free === 0) {
        into.push(byte);
        byte = 0;
        free = 8;
      }
    }
  }
  if (free < 8) into.push(byte | ((1 << free) - 1));
}
