import type { ConnectionFailure } from "../net/connection.ts";
import type { OwnLimit } from "../net/own_limit.ts";

/** The parts of one request's time as its client saw them, in milliseconds; `null` where it could not see. */
export interface RequestPhases {
  /**
   * Without a connection to be sent on: while one was opened, and what had passed until then where the
   * request went again on another connection than its first.
   */
  readonly connectionWaitMs: number | null;
  /** Held back by the server's limit on streams, with a connection at hand. */
  readonly streamWaitMs: number | null;
  /** From sending the request to the arrival of the response head. */
  readonly firstByteMs: number | null;
  /** From the response head to the end of the response. */
  readonly downloadMs: number | null;
}

/** What one request moved over its connection, below TLS: heads, framing and bodies. */
export interface WireBytes {
  readonly sent: number;
  readonly received: number;
}

interface Sending {
  /**
   * Whether the client sent the request again, as RFC 9112 section 9.3.1 or gRPC's transparent retries
   * allow; left out by clients that do not tell.
   */
  readonly retried?: boolean;
}

/** A request that was answered as the operation promises. */
export interface Success extends Sending {
  readonly kind: "success";
  /** From the sending to the end of the response, and before it whatever the caller waited for. */
  readonly responseTimeMs: number;
  readonly payloadBytes: number;
  readonly phases: RequestPhases;
  /** `null` where this client cannot see them. */
  readonly wireBytes: WireBytes | null;
}

/** A request that was not: `errorType` is the category to count, `cause` the detail for a human. */
export interface Failure extends Sending {
  readonly kind: "failure";
  readonly errorType: string;
  readonly cause: string;
  /** What decisions switch on; they never read `cause`. */
  readonly reason: FailureReason;
  /** How long it was written and not answered, in milliseconds; left out by clients that do not tell. */
  readonly atServerMs?: number;
}

/**
 * Why a request failed:
 * - `timeout`: it was not answered in time
 * - `no-connection`: it got no connection to be sent on
 * - `connection-lost`: its connection ended, or its stream was reset, before the whole answer was there
 * - `http-status`: the answer's HTTP status says so; of a gRPC call, where it has no `grpc-status`
 * - `grpc-status`: the server's `grpc-status` says so, by its name
 * - `not-grpc`: what answered a gRPC call is of another content type
 * - `malformed`: the answer breaks its protocol, or is not what the operation promises
 * - `too-large`: the answer is larger than a client takes
 * - `own-limit`: this machine ran out of something; it says nothing of the server
 * - `cancelled`: this client was closed
 * - `other`: a library did not tell
 */
export type FailureReason =
  | { readonly kind: "timeout" }
  | { readonly kind: "no-connection"; readonly failure: ConnectionFailure }
  | { readonly kind: "connection-lost" }
  | { readonly kind: "http-status"; readonly status: number }
  | { readonly kind: "grpc-status"; readonly status: string }
  | { readonly kind: "not-grpc"; readonly contentType: string | null }
  | { readonly kind: "malformed" }
  | { readonly kind: "too-large" }
  | { readonly kind: "own-limit"; readonly limit: OwnLimit }
  | { readonly kind: "cancelled" }
  | { readonly kind: "other" };

/**
 * Whether a server that failed a request was heard: one that answers with errors is there, and how often it does is
 * how well it serves; of one that is not heard nobody knows more than since when. `null`: this machine ended it.
 */
export function wasHeard({ kind }: FailureReason): boolean | null {
  switch (kind) {
    case "timeout":
    case "no-connection":
    case "connection-lost":
    // A library tells of whatever it was answered.
    case "other":
      return false;
    case "http-status":
    case "grpc-status":
    case "not-grpc":
    case "malformed":
    case "too-large":
      return true;
    case "own-limit":
    case "cancelled":
      return null;
  }
}

/** What became of one request: exactly one of the two. */
export type Sample = Success | Failure;

/** How one request of an open load kept to its time, in milliseconds. */
export interface ScheduledTiming {
  /** From the intended time to the sending. */
  readonly delayMs: number;
  /** Whether it waited for a place in flight; else the delay is this client's own. */
  readonly queued: boolean;
  /** From the intended time to the end of the response. */
  readonly responseTimeMs: number;
}
