import { ZERO } from "./octets.ts";

const encoder = new TextEncoder();

/**
 * The head of a GET request of which only one number changes. The bytes around the number are made
 * once for every length that it can have; after that a request costs the writing of its digits.
 */
export class RequestTemplate {
  readonly #byDigits: Uint8Array[] = [];

  /**
   * @param beforeId Everything from the method to the id.
   * @param afterId Everything from the id to the empty line that ends the head.
   */
  constructor(readonly beforeId: string, readonly afterId: string) {}

  /**
   * @param userId Below 2^31.
   * @returns The whole request; valid until the next call.
   */
  fill(userId: number): Uint8Array {
    if (userId < 0) return encoder.encode(`${this.beforeId}${userId}${this.afterId}`);
    const digits = countDigits(userId);
    const request = this.#byDigits[digits] ??= this.#withRoomFor(digits);
    let rest = userId;
    for (let at = this.beforeId.length + digits - 1; at >= this.beforeId.length; at--) {
      request[at] = ZERO + rest % 10;
      rest = (rest / 10) | 0;
    }
    return request;
  }

  #withRoomFor(digits: number): Uint8Array {
    return encoder.encode(this.beforeId + "0".repeat(digits) + this.afterId);
  }
}

function countDigits(value: number): number {
  let digits = 1;
  for (let limit = 10; value >= limit; limit *= 10) digits++;
  return digits;
}
