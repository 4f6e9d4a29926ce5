import type { FieldDifference } from "../requests/meaning.ts";
import type { ClientObservations, KeepAlive, StreamLimit } from "../clients/observations.ts";
import type { ClientName, Protocol } from "../clients/protocol.ts";
import { seen, type Sight, unseen } from "../requests/sight.ts";
import type { Target } from "../net/target.ts";
import type { Summary } from "../stats/judge/summary.ts";

/** How requests that are in flight together use connections. */
export type Sharing =
  /** As HTTP/1: a connection carries one request at a time. */
  | "one-at-a-time"
  /** As HTTP/2: they share connections. */
  | "multiplexed";

export type PayloadEncoding = "JSON" | "protobuf";

/** How one side's answer differs in content from the other's: paths of fields, sorted. */
export interface AnswerContent {
  /** The other side carries nothing there. */
  readonly onlyHere: readonly string[];
  /** The other side has another value there. */
  readonly otherValue: readonly string[];
}

/** Everything that may set one side apart besides its protocol, as far as it was seen. Plain data. */
export interface SideFacts {
  readonly client: ClientName;
  readonly tls: boolean;
  readonly httpVersions: Sight<readonly string[]>;
  readonly sharing: Sight<Sharing>;
  /** During the run. */
  readonly connectionsOpened: Sight<number>;
  readonly keepAlive: Sight<KeepAlive>;
  readonly streamLimit: Sight<StreamLimit>;
  /** How long the stream limit held a call back, on average. */
  readonly streamWaitMs: Sight<number>;
  readonly contentCodings: Sight<readonly string[]>;
  readonly serverNames: Sight<readonly string[]>;
  readonly encoding: PayloadEncoding;
  readonly content: Sight<AnswerContent>;
  /** Requests that have ended. */
  readonly requests: number;
  /** Of the successes; a body in REST, a message without its frame prefix in gRPC. */
  readonly avgPayloadBytes: Sight<number>;
  readonly medianResponseMs: Sight<number>;
}

/** Where one side's facts come from. */
export interface SideSources {
  readonly protocol: Protocol;
  readonly target: Target;
  /** Of all clients that the run had for this side. */
  readonly observations: ClientObservations;
  /** What the server chose in the preflight's TLS handshake; `null` in plain. */
  readonly alpnProtocol: string | null;
  /** Which of the two answers in `differingFields` is this side's. */
  readonly answer: "first" | "second";
  readonly differingFields: Sight<readonly FieldDifference[]>;
  readonly summary: Summary;
}

export function sideFacts(sources: SideSources): SideFacts {
  const { protocol, target, observations, summary } = sources;
  const httpVersions = httpVersionsOf(sources);
  const sharing = sharingOf(httpVersions);
  const { stream_wait_time: streamWait } = summary.timing_breakdown;
  return {
    client: protocol.client,
    tls: target.tls,
    httpVersions,
    sharing,
    connectionsOpened: observations.connectionsOpened,
    keepAlive: observations.keepAlive,
    streamLimit: sharing.kind === "seen" && sharing.value === "one-at-a-time"
      ? seen({ kind: "no-streams" })
      : observations.streamLimit,
    streamWaitMs: measured(streamWait?.mean ?? null),
    contentCodings: observations.contentCodings,
    serverNames: observations.serverNames,
    encoding: protocol.key === "rest" ? "JSON" : "protobuf",
    content: contentOf(sources),
    requests: summary.total_requests,
    avgPayloadBytes: measured(summary.avg_payload_size),
    // How long a queue grew is no word on what a call takes.
    medianResponseMs: summary.open_load?.held === false
      ? unseen("the rate was not held")
      : measured(summary.median_response_time),
  };
}

/** A client that does not tell speaks what its server chose when it was offered the same. */
function httpVersionsOf(
  { observations: { httpVersions }, alpnProtocol, target }: SideSources,
): Sight<readonly string[]> {
  if (httpVersions.kind === "seen" || !target.tls) return httpVersions;
  // Without ALPN nothing newer can be agreed on: RFC 9113 section 3.3.
  return seen([alpnProtocol === "h2" ? "HTTP/2" : "HTTP/1.1"]);
}

function sharingOf(httpVersions: Sight<readonly string[]>): Sight<Sharing> {
  if (httpVersions.kind === "unseen") return httpVersions;
  return seen(httpVersions.value.includes("HTTP/2") ? "multiplexed" : "one-at-a-time");
}

function contentOf({ differingFields, answer }: SideSources): Sight<AnswerContent> {
  if (differingFields.kind === "unseen") return differingFields;
  const own = `only-in-${answer}` as const;
  const namesOf = (wanted: FieldDifference["kind"]) =>
    differingFields.value.filter(({ kind }) => kind === wanted).map(({ name }) => name);
  return seen({ onlyHere: namesOf(own), otherValue: namesOf("other-value") });
}

function measured(value: number | null): Sight<number> {
  return value === null ? unseen("nothing succeeded") : seen(value);
}
