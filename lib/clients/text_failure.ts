import { OWN_LIMIT_ERROR_TYPE, ownLimitIn } from "../net/own_limit.ts";
import type { Failure, FailureReason } from "../requests/sample.ts";
import { cut } from "../terminal/cut.ts";

/** Which request it was: an address may hold any of the words that follow. */
const REQUEST = /\b(for url \([^)]*\)|from \S+ for \S+ \([^)]*\))/;

/**
 * fetch reports a failure as text only, and of a body that broke off only that it could not be read:
 * whatever cut it short, that counts as a reset. The patterns are tried in order: a failed TLS handshake or
 * name look-up also mentions the connection, so the narrower causes come first.
 */
const PATTERNS: readonly (readonly [RegExp, errorType: string, FailureReason])[] = [
  [/dns error|failed to lookup|name or service not known|no such host/i, "DNS Failure", {
    kind: "no-connection",
    failure: { kind: "unresolvable" },
  }],
  [/certificate_?required|alert certificate required/i, "TLS Failure", {
    kind: "no-connection",
    failure: { kind: "certificate-required" },
  }],
  [/requests to port \d+ are blocked/i, "Network Error", {
    kind: "no-connection",
    failure: { kind: "blocked-port" },
  }],
  [
    /certificate|fatal alert|tls|InvalidContentType|handshake|UnknownIssuer|peer sent no/i,
    "TLS Failure",
    {
      kind: "other",
    },
  ],
  [/connection refused|os error (111|61|10061)\b/i, "Connection Refused", {
    kind: "no-connection",
    failure: { kind: "refused" },
  }],
  [
    /error reading a body|reset|broken pipe|connection closed|connection error|incomplete|unexpected eof|end of file|aborted|os error (32|53|54|103|104|10053|10054)\b/i,
    "Connection Reset",
    { kind: "connection-lost" },
  ],
  [/unreachable|no route to host|os error (51|65|101|113|10051|10065)\b/i, "Host Unreachable", {
    kind: "other",
  }],
  [/timed out|os error (110|60|10060)\b/i, "Connection Timeout", { kind: "timeout" }],
  [/head is too large|too many headers/i, "Response Too Large", { kind: "too-large" }],
  [
    /invalid http|parse|invalid chunk|invalid header|body write|body error|decoding/i,
    "Malformed HTTP",
    { kind: "malformed" },
  ],
];

/** What a failure counts as of which there is only a text: the same for the same cause in every run. */
export function failureFromText(text: string): Failure {
  const told = text.replace(REQUEST, "");
  const limit = ownLimitIn(told);
  const cause = cut(text);
  if (limit !== null) {
    const errorType = OWN_LIMIT_ERROR_TYPE[limit];
    return { kind: "failure", errorType, cause, reason: { kind: "own-limit", limit } };
  }
  const [, errorType, reason] = PATTERNS.find(([pattern]) => pattern.test(told)) ?? UNKNOWN;
  return { kind: "failure", errorType, cause, reason };
}

const UNKNOWN = [null, "Network Error", { kind: "other" }] as const;
