import { HttpResponseError } from "../../lib/clients/wire/http1/http_response_error.ts";
import { ResponseParser } from "../../lib/clients/wire/http1/response_parser.ts";

/** What a response was read as. */
export type Reading =
  | {
    readonly kind: "response";
    readonly status: number;
    readonly body: string;
    readonly reusable: boolean;
  }
  | { readonly kind: "unfinished" }
  | { readonly kind: "refused"; readonly errorType: string };

const decoder = new TextDecoder("latin1");

/** ASCII and Latin-1 only: one character, one byte. */
export function latin1(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

/**
 * Reads what a server sent, in pieces.
 *
 * @param cuts Where to cut; the pieces arrive in a buffer that is used again, as a socket's would be.
 * @param closes Whether the server closes the connection afterwards.
 */
export function readResponse(
  bytes: Uint8Array,
  cuts: readonly number[] = [],
  closes = false,
  parser = new ResponseParser(),
): Reading {
  const buffer = new Uint8Array(bytes.length);
  const edges = [0, ...cuts.toSorted((a, b) => a - b), bytes.length];
  parser.restart();
  try {
    let complete = false;
    for (let piece = 1; piece < edges.length; piece++) {
      const [start, end] = [edges[piece - 1]!, edges[piece]!];
      if (start === end) continue;
      buffer.fill(0);
      buffer.set(bytes.subarray(start, end));
      complete = parser.push(buffer, end - start);
      // The body is valid until the buffer changes, and nothing after it is this response's.
      if (complete) break;
    }
    if (!complete && closes) complete = parser.pushEnd();
    if (!complete) return { kind: "unfinished" };
    const { status, reusable } = parser;
    return { kind: "response", status, body: decoder.decode(parser.body), reusable };
  } catch (error) {
    if (!(error instanceof HttpResponseError)) throw error;
    return { kind: "refused", errorType: error.errorType };
  }
}
