import {
  type ChannelCredentials,
  Client,
  type ClientOptions,
  type ClientUnaryCall,
  credentials,
  Metadata,
  type ServiceError,
  status as Status,
} from "@grpc/grpc-js";
import { Buffer } from "node:buffer";
import { isIP } from "node:net";
import { checkServerIdentity, rootCertificates } from "node:tls";
import type { TlsSettings } from "../../net/tls_settings.ts";
import type { Failure, Sample } from "../../sample.ts";
import { InFlight } from "../in_flight.ts";
import type { Answer, ClientSettings, Protocol, ProtocolClient } from "../protocol.ts";
import { authorityOf, type Target } from "../target.ts";

/** gRPC as a program sees it that uses grpc-js, set up so that grpc-js adds as little as it can. */
export const grpcOverGrpcJs: Protocol = {
  key: "grpc",
  label: "gRPC",
  connect: (settings) => new GrpcJsClient(settings),
};

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

/** A call that ended with status OK: the message is not yet decoded. */
interface Exchange {
  readonly kind: "exchange";
  readonly message: Uint8Array;
  readonly responseTimeMs: number;
  readonly firstByteMs: number | null;
}

// Bytes in, bytes out: the payload is counted as received, and decoding stays outside the timed span.
const passThrough = (message: Buffer): Buffer => message;

class GrpcJsClient implements ProtocolClient {
  readonly #settings: ClientSettings;
  readonly #client: Client;
  readonly #metadata = new Metadata();
  // Closing a grpc-js channel lets running calls go on; only cancelling ends them.
  readonly #calls = new Set<ClientUnaryCall>();
  readonly #inFlight = new InFlight();

  constructor(settings: ClientSettings) {
    this.#settings = settings;
    const { target, tls } = settings;
    const channelCredentials = target.tls
      ? sslCredentials(tls, target)
      : credentials.createInsecure();
    // `dns:` because grpc-js would take a bare `host:port` apart by scheme first.
    this.#client = new Client(
      `dns:${authorityOf(target)}`,
      channelCredentials,
      channelOptions(target),
    );
  }

  send(userId: number, done: (sample: Sample) => void): void {
    this.#exchange(userId, (outcome) => done(this.#judge(outcome)));
  }

  ask(userId: number): Promise<Answer> {
    return new Promise((resolve) => {
      this.#exchange(userId, (outcome) => {
        const sample = this.#judge(outcome);
        const content = outcome.kind === "exchange" && sample.kind === "success"
          ? this.#settings.operation.grpc.decodeResponse(outcome.message)
          : null;
        resolve({ sample, content });
      });
    });
  }

  async close(): Promise<void> {
    for (const call of this.#calls) call.cancel();
    await this.#inFlight.none();
    this.#client.close();
  }

  /** Decides what an outcome counts as. Nothing here is timed. */
  #judge(outcome: Exchange | Failure): Sample {
    if (outcome.kind === "failure") return outcome;
    const { message, responseTimeMs, firstByteMs } = outcome;
    try {
      this.#settings.operation.grpc.checkResponse(message);
    } catch (error) {
      return malformedMessage(message, error);
    }
    const downloadMs = firstByteMs === null ? null : responseTimeMs - firstByteMs;
    return {
      kind: "success",
      responseTimeMs,
      payloadBytes: message.length,
      phases: { streamWaitMs: null, firstByteMs, downloadMs },
      wireBytes: null,
    };
  }

  #exchange(userId: number, done: (outcome: Exchange | Failure) => void): void {
    const { clock, operation, timeoutMs } = this.#settings;
    const request = Buffer.from(operation.grpc.encodeRequest(userId));
    let firstByteMs: number | null = null;
    const startMs = clock();
    const call = this.#client.makeUnaryRequest(
      operation.grpc.path,
      passThrough,
      passThrough,
      request,
      this.#metadata,
      { deadline: Date.now() + timeoutMs },
      (error: ServiceError | null, message?: Buffer) => {
        const responseTimeMs = clock() - startMs;
        this.#calls.delete(call);
        this.#inFlight.remove();
        done(
          error === null && message !== undefined
            ? { kind: "exchange", message, responseTimeMs, firstByteMs }
            : failureOf(error),
        );
      },
    );
    call.on("metadata", () => {
      firstByteMs = clock() - startMs;
    });
    this.#calls.add(call);
    this.#inFlight.add();
  }
}

/** Sent as the server's name where there is none: grpc-js would send the address, which TLS forbids. */
const NO_NAME = "address.invalid";

function channelOptions({ tls, hostname }: Target): ClientOptions {
  return tls && isIP(hostname) !== 0
    ? { ...CHANNEL_OPTIONS, "grpc.ssl_target_name_override": NO_NAME }
    : CHANNEL_OPTIONS;
}

/** grpc-js trusts either the machine's certificates or those it is given: here it is to trust both. */
function sslCredentials(
  { caCerts, identity, verifyServer }: TlsSettings,
  { hostname }: Target,
): ChannelCredentials {
  const trusted = caCerts.length === 0
    ? null
    : Buffer.from([...rootCertificates, ...caCerts].join("\n"));
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

function malformedMessage(message: Uint8Array, error: unknown): Failure {
  const reason = error instanceof Error ? error.message : String(error);
  const cause = `the message of ${message.length} bytes does not decode: ${reason}`;
  return { kind: "failure", errorType: "Malformed Protobuf", cause };
}

/** The status name is the category; a code that gRPC does not define counts as UNKNOWN, as in grpc-js. */
function failureOf(error: ServiceError | null): Failure {
  const code = error?.code ?? Status.UNKNOWN;
  return {
    kind: "failure",
    errorType: Status[code] ?? Status[Status.UNKNOWN],
    cause: error?.details ?? "the call ended without a message",
  };
}
