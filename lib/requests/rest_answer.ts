import type { HttpDefinition } from "./definition.ts";
import type { Failure } from "./sample.ts";
import { isAsciiJson } from "./ascii_json.ts";
import { isDeeperThan } from "./json_depth.ts";

/** Far beyond any API; RFC 8259 section 9 leaves it to a parser to bound the depth. */
const MAX_DEPTH = 1000;

/** What an answer counts as that is a success but for its body. */
export const MALFORMED_JSON = "Malformed JSON";

const decoder = new TextDecoder("utf-8", { fatal: true });

/**
 * What a whole REST response counts as: a success is a 2xx whose body, the bytes from `start` to `end`,
 * is what is expected: valid JSON, or nothing where nothing may be meant (RFC 9110 sections 15.3.5 and 15.3.6).
 *
 * @param method In upper case.
 * @returns `null` for a success.
 */
export function restFailureOf(
  { method, answer }: Pick<HttpDefinition, "method" | "answer">,
  status: number,
  bytes: Uint8Array,
  start = 0,
  end = bytes.length,
): Failure | null {
  if (status < 200 || status > 299) {
    const name = `HTTP ${status}`;
    return {
      kind: "failure",
      errorType: name,
      cause: name,
      reason: { kind: "http-status", status },
    };
  }
  if (answer === "anything") return null;
  if (start === end && answer === "json-or-nothing" && meansNothing(method, status)) return null;
  try {
    if (!isAsciiJson(bytes, start, end)) parseJson(bytes.subarray(start, end));
    return null;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const cause = `the body of ${end - start} bytes cannot be read as JSON: ${reason}`;
    return { kind: "failure", errorType: MALFORMED_JSON, cause, reason: { kind: "malformed" } };
  }
}

/** Whether an answer without a body may be whole: none follows 204 and 205, and few APIs answer a DELETE with one. */
function meansNothing(method: string, status: number): boolean {
  return status === 204 || status === 205 || method !== "GET";
}

/** Throws where the bytes are not JSON in UTF-8, or nested so deep that to parse them would take the memory. */
export function parseJson(bytes: Uint8Array): unknown {
  if (isDeeperThan(bytes, MAX_DEPTH)) {
    throw new RangeError(`it is nested more than ${MAX_DEPTH} deep`);
  }
  return JSON.parse(decoder.decode(bytes));
}
