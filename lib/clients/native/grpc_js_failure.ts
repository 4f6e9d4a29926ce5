import { type Metadata, status as Status, type StatusObject } from "@grpc/grpc-js";
import { OWN_LIMIT_ERROR_TYPE, type OwnLimit, ownLimitIn } from "../../net/own_limit.ts";
import type { Failure, FailureReason } from "../../requests/sample.ts";
import { cut } from "../../terminal/cut.ts";
import { failureOfContentType, failureOfHttpStatus, isGrpc } from "../wire/grpc/status.ts";

/** What is known of a call's answer when the call ends. */
export interface AnswerSoFar {
  /** The fields of its head, where one has come. */
  readonly head: Metadata | null;
  readonly httpStatus: number | null;
  /** What the server said on going away, where it did. */
  readonly farewell: string | null;
  readonly connectionEnded: boolean;
}

/**
 * What a call counts as that ended without a success. The status' name is the category; a code that gRPC
 * does not define counts as UNKNOWN, and OK without a message as UNIMPLEMENTED, both as in grpc-js's stubs.
 */
export function callFailure(
  status: StatusObject,
  { head, httpStatus, farewell, connectionEnded }: AnswerSoFar,
): Failure {
  const { code, metadata } = status;
  if (code === Status.OK) {
    return failed("UNIMPLEMENTED", "the call ended without a message", { kind: "malformed" });
  }
  // Of an encoding that it does not know, grpc-js gives no details at all.
  const details = withoutTail(status.details ?? "the answer could not be decoded");
  const own = OWN_WORDS.find(([pattern]) => pattern.test(details))?.[1] ?? null;
  // Too much metadata is an internal error to grpc-js.
  const name = own?.kind === "too-large"
    ? "RESOURCE_EXHAUSTED"
    // As gRPC and the wire client have it ("Message-Encoding" in gRPC over HTTP/2).
    : status.details === undefined
    ? "INTERNAL"
    : Status[code] ?? "UNKNOWN";
  const stumbled = own?.kind === "too-large" || own?.kind === "malformed" ||
    (own?.kind === "connection-lost" && httpStatus === 200);
  if (httpStatus !== null && stumbled) {
    // grpc-js reads a page as if it were messages: it stumbles over what it takes for a length, or misses
    // the status at its end.
    const page = pageFailure(httpStatus, contentTypeIn(head ?? metadata));
    if (page !== null) return page;
  }
  const fromHttp = /^Received HTTP status code (\d{3})/.exec(details)?.[1];
  if (fromHttp !== undefined) {
    return failed(name, details, { kind: "http-status", status: Number(fromHttp) });
  }
  // What a gateway says of its own limits is no word on this machine's.
  if (isServersWord(status, head)) {
    return failed(name, details, own ?? { kind: "grpc-status", status: name });
  }
  const limit = ownLimitIn(details);
  if (limit !== null) return ownLimitFailure(limit, details);
  if (own?.kind === "connection-lost") {
    if (farewell !== null) return failed("UNAVAILABLE", `${farewell}: ${details}`, own);
    // To grpc-js, a stream that ends with its connection is one that the server cancelled.
    if (connectionEnded && details === "Call cancelled") {
      return failed("UNAVAILABLE", "the connection broke off", own);
    }
    // What grpc-js calls an internal error is a socket's, where a system call has failed.
    const broken = /triggered by internal client error: (.*\bE[A-Z]{3,})$/.exec(details)?.[1];
    if (broken !== undefined) {
      return failed("UNAVAILABLE", `the connection broke off: ${broken}`, own);
    }
  }
  return failed(name, details, own ?? { kind: "other" });
}

/** What grpc-js adds behind the error that it names: when that was, and a note that may be empty. */
function withoutTail(details: string): string {
  return details
    .replace(/\.? Resolution note: *$/, "")
    .replace(/ \(\d{4}-\d\d-\d\dT[\d:.]+Z\)$/, "");
}

/** What an answer counts as that has no message in it at all; `null` where it may have one. */
function pageFailure(httpStatus: number, contentType: string | null): Failure | null {
  if (httpStatus !== 200) {
    const { status, detail, reason } = failureOfHttpStatus(httpStatus);
    return failed(status, detail, reason);
  }
  if (contentType !== null && isGrpc(contentType)) return null;
  const { status, detail, reason } = failureOfContentType(contentType);
  return failed(status, detail, reason);
}

export function ownLimitFailure(limit: OwnLimit, cause: string): Failure {
  return failed(OWN_LIMIT_ERROR_TYPE[limit], cause, { kind: "own-limit", limit });
}

/** Whether grpc-js keeps to itself why there was no connection: it may have been this machine. */
export function hidesItsCause({ reason }: Failure): boolean {
  return reason.kind === "no-connection" && reason.failure.kind === "unresolvable";
}

/** How grpc-js words what it found out by itself, and this client why it cancelled a call. */
const OWN_WORDS: readonly (readonly [RegExp, FailureReason])[] = [
  [/^no answer within \d/, { kind: "timeout" }],
  [/^the client was closed/, { kind: "cancelled" }],
  [/^Name resolution failed/, { kind: "no-connection", failure: { kind: "unresolvable" } }],
  [/^No connection established.*ECONNREFUSED/, {
    kind: "no-connection",
    failure: { kind: "refused" },
  }],
  [/^No connection established/, { kind: "connection-lost" }],
  [
    /^(Received message (larger than max|that decompresses to a size larger)|the answers in flight)|Too many CONTINUATION frames/,
    { kind: "too-large" },
  ],
  [/^(Too many responses|Failed to decompress|Received compressed message|the answer could not)/, {
    kind: "malformed",
  }],
  [
    /^(Received RST_STREAM|Connection dropped|Stream refused|Call cancelled|Bandwidth exhausted|Protocol not secure|Write (error|failed)|Failed to start HTTP\/2 stream)|ECONNRESET|ETIMEDOUT/,
    { kind: "connection-lost" },
  ],
];

/** A status that the server sent comes after a head or with its fields; one of grpc-js's own with nothing. */
function isServersWord({ metadata }: StatusObject, head: Metadata | null): boolean {
  return head !== null || Object.keys(metadata.getMap()).length > 0;
}

function contentTypeIn(fields: Metadata): string | null {
  const value = fields.get("content-type")[0];
  return value === undefined ? null : String(value);
}

function failed(errorType: string, cause: string, reason: FailureReason): Failure {
  return { kind: "failure", errorType, cause: cut(cause), reason };
}
