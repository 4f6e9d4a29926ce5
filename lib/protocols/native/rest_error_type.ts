/**
 * fetch reports a failure as text only, and of a body that broke off only that it could not be read:
 * whatever cut it short, that counts as a reset. The patterns are tried in order: a failed TLS handshake or
 * name look-up also mentions the connection, so the narrower causes come first.
 */
const PATTERNS: readonly (readonly [RegExp, string])[] = [
  [/too many open files|os error 24\b/i, "Too Many Open Files"],
  [/dns error|failed to lookup|name or service not known|no such host/i, "DNS Failure"],
  [/certificate|tls|InvalidContentType|handshake|UnknownIssuer|peer sent no/i, "TLS Failure"],
  [/connection refused|os error (111|61|10061)\b/i, "Connection Refused"],
  [
    /error reading a body|reset|broken pipe|connection closed|connection error|incomplete|unexpected eof|end of file|aborted|os error (104|32|54|10054)\b/i,
    "Connection Reset",
  ],
  [/unreachable|os error (101|113)\b/i, "Host Unreachable"],
  [/timed out|os error (110|60|10060)\b/i, "Connection Timeout"],
  [
    /head is too large|invalid http|parse|invalid chunk|invalid header|body write|body error|decoding/i,
    "Malformed HTTP",
  ],
];

/** The category of a failed fetch, the same name for the same cause in every run. */
export function restErrorType(cause: string): string {
  return PATTERNS.find(([pattern]) => pattern.test(cause))?.[1] ?? "Network Error";
}
