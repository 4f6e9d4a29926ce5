import { ConnectionFault, ErrorCode } from "./error_code.ts";
import { MAX_31_BITS } from "./frame.ts";

/** @throws {ConnectionFault} where that is more than a window may have (RFC 9113 section 6.9.1). */
export function enlarged(windowBytes: number, increment: number): number {
  if (windowBytes + increment <= MAX_31_BITS) return windowBytes + increment;
  throw new ConnectionFault(
    ErrorCode.FLOW_CONTROL_ERROR,
    `enlarged a window beyond ${MAX_31_BITS} bytes`,
  );
}
