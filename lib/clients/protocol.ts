import type { Clock } from "../clock.ts";
import type { ConnectionTiming } from "../net/connection.ts";
import type { TlsSettings } from "../net/tls_settings.ts";
import type { Sample } from "../requests/sample.ts";
import type { ClientObservations } from "./observations.ts";
import type { Sight } from "../requests/sight.ts";
import type { Target } from "../net/target.ts";
import type { ValueSource } from "../requests/value_source.ts";

export type ProtocolKey = "rest" | "grpc";
/** In the order in which they are named, and measured where nothing else decides. */
export const PROTOCOLS: readonly ProtocolKey[] = ["rest", "grpc"];

export type ProtocolLabel = "REST" | "gRPC";

export const LABELS: Readonly<Record<ProtocolKey, ProtocolLabel>> = { rest: "REST", grpc: "gRPC" };

/** What every client needs to know to send one operation to one target. */
export interface ClientSettings extends ValueSource {
  readonly target: Target;
  readonly timeoutMs: number;
  readonly tls: TlsSettings;
  readonly clock: Clock;
  /** HTTP/2 connections that a client that frames by hand spreads its calls over; the others choose. */
  readonly connections: number;
  /** Hears how long each connection took that the client opened, where the client can tell. */
  readonly onConnection: (timing: ConnectionTiming) => void;
}

/** A sample, and the decoded answer where there is one: what the preflight compares. */
export interface Answer {
  readonly sample: Sample;
  /** The response as plain data, within the bounds of `answer_content.ts`. */
  readonly content: Sight<unknown>;
}

/** Sends requests of one operation to one target over connections that it keeps. */
export interface ProtocolClient {
  /**
   * Sends the request of this number and measures it. Never throws, and calls `done` exactly once, after `send` has
   * returned: a failure is a sample too. The sample may be reused for the next request, so that a
   * client need not allocate one each time: it is to be read before `done` returns.
   */
  send(request: number, done: (sample: Sample) => void): void;
  /** Sends the request of this number and decodes its answer. Never rejects. */
  ask(request: number): Promise<Answer>;
  /** Aborts what is in flight, closes every connection, and resolves when nothing is left. Safe to call twice. */
  close(): Promise<void>;
  /** What it has seen so far of its connections and of the server; also after it was closed. */
  observed(): ClientObservations;
}

/** Whose code sends the requests: its cost is in what is measured. `wire` is this tool's own. */
export type ClientName = "fetch" | "grpc-js" | "wire";

/** A protocol under test: its names, and how a client of it is made. */
export interface Protocol {
  readonly key: ProtocolKey;
  readonly label: ProtocolLabel;
  readonly client: ClientName;
  /** The application protocols that its clients offer in a TLS handshake (RFC 7301). */
  readonly alpnProtocols: readonly string[];
  connect(settings: ClientSettings): ProtocolClient;
}
