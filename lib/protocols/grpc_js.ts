import {
  Client,
  type ClientOptions,
  type ClientUnaryCall,
  credentials,
  Metadata,
  type ServiceError,
  status as Status,
} from "@grpc/grpc-js";
import { Buffer } from "node:buffer";
import type { Failure, Sample } from "../sample.ts";
import type { Answer, ClientSettings, Protocol, ProtocolClient } from "./protocol.ts";
import { authorityOf } from "./target.ts";

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
  readonly #inFlight = new Set<ClientUnaryCall>();

  constructor(settings: ClientSettings) {
    this.#settings = settings;
    const { target } = settings;
    const channelCredentials = target.tls ? credentials.createSsl() : credentials.createInsecure();
    // `dns:` because grpc-js would take a bare `host:port` apart by scheme first.
    this.#client = new Client(`dns:${authorityOf(target)}`, channelCredentials, CHANNEL_OPTIONS);
  }

  async send(userId: number): Promise<Sample> {
    const outcome = await this.#exchange(userId);
    if (outcome.kind === "failure") return outcome;
    // From here on nothing is timed.
    try {
      this.#settings.operation.grpc.checkResponse(outcome.message);
    } catch (error) {
      return malformedMessage(outcome.message, error);
    }
    return successOf(outcome);
  }

  async ask(userId: number): Promise<Answer> {
    const outcome = await this.#exchange(userId);
    if (outcome.kind === "failure") return { sample: outcome, content: null };
    try {
      const content = this.#settings.operation.grpc.decodeResponse(outcome.message);
      return { sample: successOf(outcome), content };
    } catch (error) {
      return { sample: malformedMessage(outcome.message, error), content: null };
    }
  }

  close(): void {
    for (const call of this.#inFlight) call.cancel();
    this.#inFlight.clear();
    this.#client.close();
  }

  #exchange(userId: number): Promise<Exchange | Failure> {
    const { clock, operation, timeoutMs } = this.#settings;
    const request = Buffer.from(operation.grpc.encodeRequest(userId));
    return new Promise((resolve) => {
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
          this.#inFlight.delete(call);
          resolve(
            error === null && message !== undefined
              ? { kind: "exchange", message, responseTimeMs, firstByteMs }
              : failureOf(error),
          );
        },
      );
      call.on("metadata", () => {
        firstByteMs = clock() - startMs;
      });
      this.#inFlight.add(call);
    });
  }
}

function successOf({ message, responseTimeMs, firstByteMs }: Exchange): Sample {
  const downloadMs = firstByteMs === null ? null : responseTimeMs - firstByteMs;
  const phases = { firstByteMs, downloadMs };
  return { kind: "success", responseTimeMs, payloadBytes: message.length, phases };
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
