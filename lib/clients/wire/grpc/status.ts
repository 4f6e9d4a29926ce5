import type { FailureReason } from "../../../requests/sample.ts";
import { cut } from "../../../terminal/cut.ts";
import { ErrorCode, errorCodeName } from "../http2/error_code.ts";

/** The status codes of gRPC by name, the code being the place in the list. */
const STATUS_NAMES = [
  "OK",
  "CANCELLED",
  "UNKNOWN",
  "INVALID_ARGUMENT",
  "DEADLINE_EXCEEDED",
  "NOT_FOUND",
  "ALREADY_EXISTS",
  "PERMISSION_DENIED",
  "RESOURCE_EXHAUSTED",
  "FAILED_PRECONDITION",
  "ABORTED",
  "OUT_OF_RANGE",
  "UNIMPLEMENTED",
  "INTERNAL",
  "UNAVAILABLE",
  "DATA_LOSS",
  "UNAUTHENTICATED",
] as const;

export type StatusName = (typeof STATUS_NAMES)[number];

/** No failure is ever called OK. */
export type FailedStatus = Exclude<StatusName, "OK">;

/** The number by which a `grpc-status` says it. */
export function statusCode(name: StatusName): number {
  return STATUS_NAMES.indexOf(name);
}

/** How a call ended that was not a success. */
export interface CallFailure {
  readonly status: FailedStatus;
  readonly detail: string;
  readonly reason: FailureReason;
}

/** More digits are no status that anybody defines, whatever their number is. */
const MAX_STATUS_DIGITS = 10;

/**
 * What a `grpc-status` says, which is a decimal number: `00` is 0. What gRPC does not define, or what is no
 * number, counts as UNKNOWN.
 */
export function statusNameOf(grpcStatus: string): StatusName {
  const isNumber = grpcStatus.length <= MAX_STATUS_DIGITS && /^[0-9]+$/.test(grpcStatus);
  return (isNumber ? STATUS_NAMES[Number(grpcStatus)] : undefined) ?? "UNKNOWN";
}

const BY_HTTP_STATUS: ReadonlyMap<number, FailedStatus> = new Map([
  [400, "INTERNAL"],
  [401, "UNAUTHENTICATED"],
  [403, "PERMISSION_DENIED"],
  [404, "UNIMPLEMENTED"],
  [429, "UNAVAILABLE"],
  [502, "UNAVAILABLE"],
  [503, "UNAVAILABLE"],
  [504, "UNAVAILABLE"],
]);

/** For an answer without a `grpc-status` (gRPC's "HTTP to gRPC Status Code Mapping"). */
export function failureOfHttpStatus(httpStatus: number): CallFailure {
  return {
    status: BY_HTTP_STATUS.get(httpStatus) ?? "UNKNOWN",
    detail: `Received HTTP status code ${httpStatus}`,
    reason: { kind: "http-status", status: httpStatus },
  };
}

/** "application/grpc", or that with `+proto` or the like ("Response-Headers" in gRPC over HTTP/2). */
export function isGrpc(contentType: string): boolean {
  return contentType.toLowerCase().startsWith("application/grpc");
}

const MOST_TYPE_CHARACTERS = 60;

/** For an answer with HTTP status 200 that is not gRPC's ("Responses" in gRPC over HTTP/2). */
export function failureOfContentType(contentType: string | null): CallFailure {
  const known = contentType === null ? null : cut(contentType, MOST_TYPE_CHARACTERS);
  const said = known === null ? "not given" : `"${known}"`;
  return {
    status: "UNKNOWN",
    detail: `the answer's content type is ${said}, not application/grpc`,
    reason: { kind: "not-grpc", contentType: known },
  };
}

const BY_RESET_CODE: ReadonlyMap<number, FailedStatus> = new Map([
  [ErrorCode.REFUSED_STREAM, "UNAVAILABLE"],
  [ErrorCode.CANCEL, "CANCELLED"],
  [ErrorCode.ENHANCE_YOUR_CALM, "RESOURCE_EXHAUSTED"],
  [ErrorCode.INADEQUATE_SECURITY, "PERMISSION_DENIED"],
]);

/** For a stream that ended with RST_STREAM ("Errors" in gRPC over HTTP/2). */
export function failureOfReset(code: number): CallFailure {
  return {
    status: statusOfReset(code),
    detail: `Received RST_STREAM with ${errorCodeName(code)}`,
    reason: { kind: "connection-lost" },
  };
}

/** The status for a code that this side sends or receives in RST_STREAM. */
export function statusOfReset(code: number): FailedStatus {
  return BY_RESET_CODE.get(code) ?? "INTERNAL";
}

// A byte order mark is a character here, not a signature.
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** Undoes the percent-encoding of a `grpc-message`. Never throws: what is not encoded stays as it is. */
export function decodeGrpcMessage(encoded: string): string {
  return encoded.replace(/(?:%[0-9a-f]{2})+/gi, (run) => {
    const bytes = run.slice(1).split("%").map((hex) => parseInt(hex, 16));
    return decoder.decode(Uint8Array.from(bytes));
  });
}
