import type { ConnectionFailure } from "../../net/connection.ts";
import type { Failure } from "../../sample.ts";
import { restErrorType } from "../native/rest_error_type.ts";
import type { ExchangeFailure } from "./http1/connection.ts";

/** A request that got no connection: the same names for the same causes as the native client has. */
export function connectionFailure(failure: ConnectionFailure): Failure {
  switch (failure.kind) {
    case "refused":
      return failed("Connection Refused", "the connection was refused");
    case "unresolvable":
      return failed("DNS Failure", "the name does not resolve");
    case "timeout":
      return failed("Connection Timeout", `no connection within ${failure.timeoutMs} ms`);
    case "certificate":
      return failed("TLS Failure", failure.detail);
    case "certificate-required":
      return failed("TLS Failure", "the server asks for a certificate");
    case "not-tls":
      return failed("TLS Failure", "the server does not speak TLS");
    case "no-alpn-h2":
      return failed("TLS Failure", "the server and this client share no application protocol");
    case "other":
      return failed(restErrorType(failure.detail), failure.detail);
  }
}

/** A request that was written and got no response. */
export function exchangeFailure(failure: ExchangeFailure): Failure {
  switch (failure.kind) {
    case "closed":
      return failed("Connection Reset", failure.cause);
    case "broken":
      return failed(restErrorType(failure.cause), failure.cause);
    case "unusable":
      return failed(failure.error.errorType, failure.error.message);
  }
}

export function timeoutFailure(timeoutMs: number): Failure {
  return failed("Connection Timeout", `no answer within ${timeoutMs} ms`);
}

export function closedFailure(): Failure {
  return failed("Connection Reset", "the client was closed");
}

function failed(errorType: string, cause: string): Failure {
  return { kind: "failure", errorType, cause };
}
