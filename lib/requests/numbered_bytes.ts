const encoder = new TextEncoder();
const ZERO = 0x30;

/**
 * Bytes of which only one number changes. Those around the number are made once for every length that it
 * can have; after that a request costs the writing of its digits.
 */
export class NumberedBytes {
  readonly #before: Uint8Array;
  readonly #after: Uint8Array;
  readonly #byDigits: Uint8Array[] = [];

  constructor(before: string, after: string) {
    this.#before = encoder.encode(before);
    this.#after = encoder.encode(after);
  }

  /**
   * @param number A whole number below 2^31.
   * @returns Good until the next call.
   */
  fill(number: number): Uint8Array {
    const digits = countDigits(number);
    const bytes = this.#byDigits[digits] ??= this.#withRoomFor(digits);
    const start = this.#before.length;
    let rest = number;
    for (let at = start + digits - 1; at >= start; at--) {
      bytes[at] = ZERO + rest % 10;
      rest = (rest / 10) | 0;
    }
    return bytes;
  }

  #withRoomFor(digits: number): Uint8Array {
    const bytes = new Uint8Array(this.#before.length + digits + this.#after.length);
    bytes.set(this.#before);
    bytes.set(this.#after, this.#before.length + digits);
    return bytes;
  }
}

function countDigits(value: number): number {
  let digits = 1;
  for (let limit = 10; value >= limit; limit *= 10) digits++;
  return digits;
}
