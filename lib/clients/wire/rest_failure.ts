import type { ConnectionFailure } from "../../net/connection.ts";
import type { Failure } from "../../requests/sample.ts";
import { OWN_LIMIT_ERROR_TYPE } from "../../net/own_limit.ts";
import { failureFromText } from "../text_failure.ts";
import type { ExchangeFailure } from "./http1/connection.ts";

/** A request that got no connection: the same names for the same causes as the native client has. */
export function connectionFailure(failure: ConnectionFailure): Failure {
  const failed = (errorType: string, cause: string): Failure => ({
    kind: "failure",
    errorType,
    cause,
    reason: { kind: "no-connection", failure },
  });
  switch (failure.kind) {
    case "refused":
      return failed("Connection Refused", "the connection was refused");
    case "unresolvable":
      return failed("DNS Failure", "the name does not resolve");
    case "timeout":
      return {
        ...failed("Connection Timeout", `no connection within ${failure.timeoutMs} ms`),
        reason: { kind: "timeout" },
      };
    case "certificate":
      return failed("TLS Failure", failure.detail);
    case "certificate-required":
      return failed("TLS Failure", "the server asks for a certificate");
    case "certificate-refused":
      return failed("TLS Failure", `the server does not accept the certificate: ${failure.alert}`);
    case "old-tls":
      return failed("TLS Failure", "the server offers no TLS 1.2 or newer");
    case "handshake-refused":
      return failed("TLS Failure", "the server refused the TLS handshake");
    case "not-tls":
      return failed("TLS Failure", "the server does not speak TLS");
    case "no-alpn-h2":
      return failed("TLS Failure", "the server and this client share no application protocol");
    case "blocked-port":
      return failed("Network Error", "the port is blocked");
    case "own-limit": {
      const { limit, detail } = failure;
      return {
        ...failed(OWN_LIMIT_ERROR_TYPE[limit], detail),
        reason: { kind: "own-limit", limit },
      };
    }
    case "other":
      return failed(failureFromText(failure.detail).errorType, failure.detail);
  }
}

/** A request that was written and got no response. */
export function exchangeFailure(failure: ExchangeFailure): Failure {
  switch (failure.kind) {
    case "closed":
      return lost(failure.cause);
    case "broken":
      return failureFromText(failure.cause);
    case "unusable": {
      const { errorType, message } = failure.error;
      const kind = errorType === "Response Too Large" ? "too-large" : "malformed";
      return { kind: "failure", errorType, cause: message, reason: { kind } };
    }
  }
}

export function timeoutFailure(timeoutMs: number): Failure {
  const cause = `no answer within ${timeoutMs} ms`;
  return { kind: "failure", errorType: "Connection Timeout", cause, reason: { kind: "timeout" } };
}

export function tooLargeFailure(cause: string): Failure {
  return { kind: "failure", errorType: "Response Too Large", cause, reason: { kind: "too-large" } };
}

export function closedFailure(): Failure {
  return { ...lost("the client was closed"), reason: { kind: "cancelled" } };
}

function lost(cause: string): Failure {
  const errorType = "Connection Reset";
  return { kind: "failure", errorType, cause, reason: { kind: "connection-lost" } };
}
