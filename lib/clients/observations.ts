import { type AnswerKind, mergeKinds } from "../requests/answer_shapes.ts";
import { mergeSights, type Sight, unseen } from "../requests/sight.ts";

/** What the server did with connections that the client would have kept. */
export type KeepAlive =
  /** How many it ended, of those that this client opened. */
  | { readonly kind: "counted"; readonly ended: number }
  /** What an answer said in its Connection field, from a client that shows no connections. */
  | { readonly kind: "announced"; readonly closes: boolean };

/** SETTINGS_MAX_CONCURRENT_STREAMS (RFC 9113 section 6.5.2): the lowest of all connections. */
export type StreamLimit =
  /** The protocol has no streams. */
  | { readonly kind: "no-streams" }
  | { readonly kind: "unlimited" }
  | { readonly kind: "limited"; readonly streams: number };

/**
 * What a client saw of its connections and its server besides the samples: plain data, so that
 * threads can send it. Lists are sorted, and bounded where a server decides what is in them.
 */
export interface ClientObservations {
  /** Those that came about. */
  readonly connectionsOpened: Sight<number>;
  readonly keepAlive: Sight<KeepAlive>;
  /** `HTTP/1.0`, `HTTP/1.1`, `HTTP/2` */
  readonly httpVersions: Sight<readonly string[]>;
  /** In what the answers came encoded; empty where in nothing. */
  readonly contentCodings: Sight<readonly string[]>;
  /** What the answers named in their Server field; empty where nothing. */
  readonly serverNames: Sight<readonly string[]>;
  readonly streamLimit: Sight<StreamLimit>;
  /** What sorts of successful answers came. */
  readonly answerKinds: readonly AnswerKind[];
}

const NOTHING_SENT = unseen("nothing was sent");

/** Of a client that was never made. */
const NO_OBSERVATIONS: ClientObservations = {
  connectionsOpened: NOTHING_SENT,
  keepAlive: NOTHING_SENT,
  httpVersions: NOTHING_SENT,
  contentCodings: NOTHING_SENT,
  serverNames: NOTHING_SENT,
  streamLimit: NOTHING_SENT,
  answerKinds: [],
};

/** What several clients of one protocol saw together. */
export function mergeObservations(parts: readonly ClientObservations[]): ClientObservations {
  return parts.reduce(mergeTwo, NO_OBSERVATIONS);
}

function mergeTwo(first: ClientObservations, second: ClientObservations): ClientObservations {
  return {
    connectionsOpened: mergeSights(
      first.connectionsOpened,
      second.connectionsOpened,
      (a, b) => a + b,
    ),
    keepAlive: mergeSights(first.keepAlive, second.keepAlive, mergeKeepAlive),
    httpVersions: mergeSights(first.httpVersions, second.httpVersions, union),
    contentCodings: mergeSights(first.contentCodings, second.contentCodings, union),
    serverNames: mergeSights(first.serverNames, second.serverNames, union),
    streamLimit: mergeSights(first.streamLimit, second.streamLimit, lowerLimit),
    answerKinds: mergeKinds(first.answerKinds, second.answerKinds),
  };
}

function mergeKeepAlive(first: KeepAlive, second: KeepAlive): KeepAlive {
  if (first.kind === "announced") {
    // What was counted says more than what was announced.
    return second.kind === "counted"
      ? second
      : { kind: "announced", closes: first.closes || second.closes };
  }
  return second.kind === "announced"
    ? first
    : { kind: "counted", ended: first.ended + second.ended };
}

function union(first: readonly string[], second: readonly string[]): string[] {
  return [...new Set([...first, ...second])].sort();
}

/** The lower of two limits: the one that holds calls back first. */
export function lowerLimit(first: StreamLimit, second: StreamLimit): StreamLimit {
  return streamsOf(second) < streamsOf(first) ? second : first;
}

function streamsOf(limit: StreamLimit): number {
  return limit.kind === "limited" ? limit.streams : Infinity;
}
