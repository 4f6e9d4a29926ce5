import type { GrpcExchange } from "./operation.ts";
import type { Failure } from "./sample.ts";

/**
 * What the message of a call with status OK counts as: a success is one that decodes.
 *
 * @returns `null` for a success.
 */
export function grpcFailureOf(
  message: Uint8Array,
  { checkResponse }: GrpcExchange,
): Failure | null {
  try {
    checkResponse(message);
    return null;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const cause = `the message of ${message.length} bytes does not decode: ${reason}`;
    return {
      kind: "failure",
      errorType: "Malformed Protobuf",
      cause,
      reason: { kind: "malformed" },
    };
  }
}
