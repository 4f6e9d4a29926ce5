import {
  type ChannelCredentials,
  type ChannelInterface,
  Client,
  type ClientOptions,
  credentials,
  Metadata,
  status as Status,
  type StatusObject,
} from "@grpc/grpc-js";
import { AsyncLocalStorage } from "node:async_hooks";
import { Buffer } from "node:buffer";
import { isIP } from "node:net";
import { checkServerIdentity } from "node:tls";
import type { TlsSettings } from "../../net/tls_settings.ts";
import { OWN_LIMIT_ERROR_TYPE, ownLimitIn } from "../../net/own_limit.ts";
import type { Failure, FailureReason, Sample } from "../../sample.ts";
import { cut } from "../../terminal/cut.ts";
import { contentOf, NO_CONTENT } from "../answer_content.ts";
import { AnswerSightings } from "../answer_sightings.ts";
import { DeadlineQueue } from "../deadline_queue.ts";
import { grpcFailureOf } from "../grpc_verdict.ts";
import { InFlight } from "../in_flight.ts";
import type { ClientObservations } from "../observations.ts";
import type { Answer, ClientSettings, Protocol, ProtocolClient } from "../protocol.ts";
import { seen, unseen } from "../sight.ts";
import { authorityOf, type Target } from "../target.ts";

/** gRPC as a program sees it that uses grpc-js, set up so that grpc-js adds as little as it can. */
export const grpcOverGrpcJs: Protocol = {
  key: "grpc",
  label: "gRPC",
  client: "grpc-js",
  alpnProtocols: ["h2"],
  connect: (settings) => new GrpcJsClient(settings),
};

const HTTP_VERSION = "HTTP/2";
const HIDDEN = unseen("hidden by grpc-js");

const CHANNEL_OPTIONS: ClientOptions = {
  // Bookkeeping for a debugging service that nobody reads here.
  "grpc.enable_channelz": 0,
  // A retried call would count as one slow success: the user is to see the failure.
  "grpc.enable_retries": 0,
  // The connection belongs to this client alone and is closed with it.
  "grpc.use_local_subchannel_pool": 1,
  // A proxy between would be measured as if it were the server.
  "grpc.enable_http_proxy": 0,
  // The server's answer decides what counts as too large, as it does for REST.
  "grpc.max_receive_message_length": -1,
};

/** The channel's own call, one layer below the stubs, which add an event emitter and a stack trace to each. */
type Call = ReturnType<ChannelInterface["createCall"]>;

/** A call that ended with status OK: the message is not yet decoded. */
interface Exchange {
  readonly kind: "exchange";
  readonly message: Uint8Array;
  readonly responseTimeMs: number;
  readonly firstByteMs: number | null;
}

class GrpcJsClient implements ProtocolClient {
  readonly #settings: ClientSettings;
  readonly #client: Client;
  readonly #metadata = new Metadata();
  readonly #deadlines: DeadlineQueue<Call>;
  readonly #inFlight = new InFlight();
  readonly #sightings = new AnswerSightings();
  // A call that starts inside another one's callback keeps that one's async context alive, and so on
  // back to the first: results are handed out in the client's own context, so that memory stays flat.
  readonly #inOwnContext = AsyncLocalStorage.snapshot();

  constructor(settings: ClientSettings) {
    this.#settings = settings;
    const { target, tls, timeoutMs, clock } = settings;
    const channelCredentials = target.tls
      ? sslCredentials(tls, target)
      : credentials.createInsecure();
    // `dns:` because grpc-js would take a bare `host:port` apart by scheme first.
    this.#client = new Client(
      `dns:${authorityOf(target)}`,
      channelCredentials,
      channelOptions(target),
    );
    // The server is told the deadline; grpc-js's own would arm a timer for every call.
    this.#metadata.set("grpc-timeout", grpcTimeout(timeoutMs));
    this.#deadlines = new DeadlineQueue(timeoutMs, clock, (call) => {
      call.cancelWithStatus(Status.DEADLINE_EXCEEDED, `no answer within ${timeoutMs} ms`);
    });
  }

  send(userId: number, done: (sample: Sample) => void): void {
    this.#exchange(userId, (outcome) => done(this.#judge(outcome)));
  }

  ask(userId: number): Promise<Answer> {
    return new Promise((resolve) => {
      this.#exchange(userId, (outcome) => {
        const sample = this.#judge(outcome);
        const content = outcome.kind === "exchange" && sample.kind === "success"
          ? contentOf(outcome.message, this.#settings.operation.grpc.decodeResponse)
          : NO_CONTENT;
        resolve({ sample, content });
      });
    });
  }

  async close(): Promise<void> {
    // Closing a grpc-js channel lets running calls go on; only cancelling ends them.
    for (const call of this.#deadlines.close()) {
      call.cancelWithStatus(Status.CANCELLED, "the client was closed");
    }
    await this.#inFlight.none();
    this.#client.close();
  }

  observed(): ClientObservations {
    return {
      connectionsOpened: HIDDEN,
      keepAlive: HIDDEN,
      httpVersions: seen([HTTP_VERSION]),
      // It offers to take compressed messages, and decompresses them without a word.
      contentCodings: HIDDEN,
      serverNames: this.#sightings.serverNames,
      streamLimit: HIDDEN,
    };
  }

  /** Looks at one answer only: headers cost time, and a server's answers are much alike. */
  #observe(metadata: Metadata): void {
    const server = metadata.get("server")[0] ?? null;
    this.#sightings.add({
      httpVersion: HTTP_VERSION,
      coding: null,
      server: server === null ? null : String(server),
    });
  }

  #exchange(userId: number, done: (outcome: Exchange | Failure) => void): void {
    const { clock, operation } = this.#settings;
    const request = Buffer.from(operation.grpc.encodeRequest(userId));
    let message: Buffer | null = null;
    let firstByteMs: number | null = null;
    const startMs = clock();
    const channel = this.#client.getChannel();
    const call = channel.createCall(operation.grpc.path, Infinity, null, null, null);
    this.#inFlight.add();
    this.#deadlines.add(call, startMs);
    call.start(this.#metadata, {
      onReceiveMetadata: (metadata) => {
        firstByteMs = clock() - startMs;
        if (!this.#sightings.any) this.#observe(metadata);
      },
      // Bytes, not an object: the payload is counted as received, and decoding is not timed.
      onReceiveMessage: (received: Buffer) => {
        message = received;
      },
      onReceiveStatus: (status) => {
        const responseTimeMs = clock() - startMs;
        this.#deadlines.remove(call);
        this.#inFlight.remove();
        const outcome: Exchange | Failure = status.code === Status.OK && message !== null
          ? { kind: "exchange", message, responseTimeMs, firstByteMs }
          : failureOf(status);
        this.#inOwnContext(done, outcome);
      },
    });
    call.sendMessageWithContext({}, request);
    call.startRead();
    call.halfClose();
  }

  /** Decides what an outcome counts as. Nothing here is timed. */
  #judge(outcome: Exchange | Failure): Sample {
    if (outcome.kind === "failure") return outcome;
    const { message, responseTimeMs, firstByteMs } = outcome;
    const failure = grpcFailureOf(message, this.#settings.operation.grpc);
    if (failure !== null) return failure;
    const downloadMs = firstByteMs === null ? null : responseTimeMs - firstByteMs;
    return {
      kind: "success",
      responseTimeMs,
      payloadBytes: message.length,
      phases: { streamWaitMs: null, firstByteMs, downloadMs },
      wireBytes: null,
    };
  }
}

/** The header's value: at most 8 digits and a unit, here milliseconds. */
function grpcTimeout(timeoutMs: number): string {
  return `${Math.ceil(timeoutMs)}m`;
}

/** Sent as the server's name where there is none: grpc-js would send the address, which TLS forbids. */
const NO_NAME = "address.invalid";

function channelOptions({ tls, hostname }: Target): ClientOptions {
  return tls && isIP(hostname) !== 0
    ? { ...CHANNEL_OPTIONS, "grpc.ssl_target_name_override": NO_NAME }
    : CHANNEL_OPTIONS;
}

/**
 * Once it is given certificates to trust, grpc-js trusts no others, unlike fetch: reading the machine's
 * own as well would take a permission that nothing else here needs.
 */
function sslCredentials(
  { caCerts, identity, verifyServer }: TlsSettings,
  { hostname }: Target,
): ChannelCredentials {
  const trusted = caCerts.length === 0 ? null : Buffer.from(caCerts.join("\n"));
  return credentials.createSsl(
    trusted,
    identity === null ? null : Buffer.from(identity.key),
    identity === null ? null : Buffer.from(identity.cert),
    {
      rejectUnauthorized: verifyServer,
      checkServerIdentity: (_name, certificate) => checkServerIdentity(hostname, certificate),
    },
  );
}

/**
 * The status name is the category; a code that gRPC does not define counts as UNKNOWN, and OK without
 * a message as UNIMPLEMENTED, both as in grpc-js's stubs.
 */
function failureOf({ code, details: whole }: StatusObject): Failure {
  const details = cut(whole);
  if (code === Status.OK) {
    return {
      kind: "failure",
      errorType: "UNIMPLEMENTED",
      cause: "the call ended without a message",
      reason: { kind: "malformed" },
    };
  }
  const limit = code === Status.UNAVAILABLE ? ownLimitIn(details) : null;
  if (limit !== null) {
    const errorType = OWN_LIMIT_ERROR_TYPE[limit];
    return { kind: "failure", errorType, cause: details, reason: { kind: "own-limit", limit } };
  }
  const status = Status[code] ?? Status[Status.UNKNOWN];
  return { kind: "failure", errorType: status, cause: details, reason: reasonOf(code, details) };
}

/** grpc-js tells what was the server's word and what its own only by the words that it uses itself. */
function reasonOf(code: number, details: string): FailureReason {
  if (code === Status.DEADLINE_EXCEEDED) return { kind: "timeout" };
  const httpStatus = /^Received HTTP status code (\d{3})/.exec(details)?.[1];
  if (httpStatus !== undefined) return { kind: "http-status", status: Number(httpStatus) };
  return { kind: "grpc-status", status: Status[code] ?? Status[Status.UNKNOWN] };
}
