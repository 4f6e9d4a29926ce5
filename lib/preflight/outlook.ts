import type { ProtocolKey } from "../clients/protocol.ts";
import { MALFORMED_JSON } from "../requests/rest_answer.ts";
import type { Failure } from "../requests/sample.ts";

/**
 * What a request that failed before the load says of the load:
 * - `hopeless`: whatever is asked, the answer will be no other
 * - `hopeless-if-repeated`: the same, unless it was this one id's fault; other ids tell
 * - `unavailable`: a server that does not serve for now, mostly a gateway's word about its upstream;
 *   an overloaded one may serve the next request
 * - `dropped`: the server ended the connection, or the stream, without an answer; it may speak another protocol,
 *   and if not, it may answer the next request
 * - `unclear`: what listens there may speak another protocol
 * - `open`: this request failed, and the load is to show how many do
 */
export type Outlook =
  | "hopeless"
  | "hopeless-if-repeated"
  | "unavailable"
  | "dropped"
  | "unclear"
  | "open";

/** Of so many requests in a row that end alike, the load's would end no other way. */
const ENOUGH_TRIES: Readonly<Record<Outlook, number>> = {
  hopeless: 1,
  "hopeless-if-repeated": 3,
  // More, for a server that fails at random, as under a rate limit: of those that fail 19 times in 20, one in a
  // hundred is misjudged, and the others are measured.
  unavailable: 100,
  dropped: 100,
  unclear: 1,
  open: 1,
};

/** How many requests a side is asked at most before the load. */
export const MOST_TRIES = Math.max(...Object.values(ENOUGH_TRIES));

/** RFC 9110, and RFC 6585 for 429: the server, or one between, does not serve for now. */
const UNAVAILABLE_STATUSES: ReadonlySet<number> = new Set([429, 502, 503, 504]);
/** Not allowed, not there, not offered; and redirects, which are not followed. */
const REFUSING_STATUSES: ReadonlySet<number> = new Set([
  ...[301, 302, 303, 307, 308],
  ...[401, 403, 404, 405, 407, 410, 426, 501, 505],
]);
const REFUSING_GRPC_STATUSES: ReadonlySet<string> = new Set([
  "UNAUTHENTICATED",
  "PERMISSION_DENIED",
  "UNIMPLEMENTED",
]);

export function outlookOf(key: ProtocolKey, { reason, errorType }: Failure): Outlook {
  switch (reason.kind) {
    case "timeout":
    case "no-connection":
    case "not-grpc":
      return "hopeless";
    case "http-status":
      if (UNAVAILABLE_STATUSES.has(reason.status)) return "unavailable";
      // gRPC answers every call with 200; whatever has another status is no gRPC server.
      if (key === "grpc") return "hopeless";
      if (REFUSING_STATUSES.has(reason.status)) return "hopeless-if-repeated";
      // A TLS port that is spoken to in plain may complain in this way.
      return reason.status === 400 ? "unclear" : "open";
    case "grpc-status":
      if (reason.status === "UNAVAILABLE") return "unavailable";
      return REFUSING_GRPC_STATUSES.has(reason.status) ? "hopeless-if-repeated" : "open";
    case "malformed":
      // A whole answer over HTTP, whose body is no JSON.
      return errorType === MALFORMED_JSON ? "hopeless-if-repeated" : "unclear";
    case "connection-lost":
      return "dropped";
    case "other":
      return "unclear";
    case "too-large":
    case "own-limit":
    case "cancelled":
      return "open";
  }
}

/** Whether another request could still show that the load may succeed. */
export function isDecided(outlooks: readonly Outlook[]): boolean {
  const last = outlooks.at(-1);
  if (last === undefined) return false;
  const alike = outlooks.filter((outlook) => outlook === last).length;
  return alike >= ENOUGH_TRIES[last] || outlooks.length >= MOST_TRIES;
}

/** Whether the load cannot but fail. */
export function isHopeless(outlooks: readonly Outlook[]): boolean {
  const last = outlooks.at(-1);
  return last !== undefined && last !== "open" && last !== "unclear" &&
    outlooks.every((outlook) => outlook === last) && outlooks.length >= ENOUGH_TRIES[last];
}
