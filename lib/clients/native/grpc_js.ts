import {
  type ChannelCredentials,
  Client,
  type ClientOptions,
  credentials,
  Metadata,
  status as Status,
} from "@grpc/grpc-js";
import { AsyncLocalStorage } from "node:async_hooks";
import { Buffer } from "node:buffer";
import { isIP } from "node:net";
import { checkServerIdentity } from "node:tls";
import type { TlsSettings } from "../../net/tls_settings.ts";
import type { Failure, Sample } from "../../requests/sample.ts";
import { contentOf, NO_CONTENT } from "../../requests/answer_content.ts";
import { AnswerShapes } from "../../requests/answer_shapes.ts";
import { AnswerSightings } from "../answer_sightings.ts";
import { DeadlineQueue } from "../deadline_queue.ts";
import { compileGrpc } from "../../requests/compile.ts";
import type { CompiledGrpc, MetadataField } from "../../requests/compiled_grpc.ts";
import { InFlight } from "../in_flight.ts";
import type { ClientObservations } from "../observations.ts";
import type { Answer, ClientSettings, Protocol, ProtocolClient } from "../protocol.ts";
import { seen, unseen } from "../../requests/sight.ts";
import { authorityOf, type Target } from "../../net/target.ts";
import { heldAnswers, MAX_ANSWER_BYTES } from "../answer_bounds.ts";
import { callFailure, hidesItsCause, ownLimitFailure } from "./grpc_js_failure.ts";
import { type Call, decompressWith, httpStatusOf, sessionOf } from "./grpc_js_internals.ts";
import { farewellOf, mendConnector } from "./grpc_js_connector.ts";
import { HiddenLimit } from "./hidden_limit.ts";
import { Turns } from "./turns.ts";
import { UnfinishedMessages } from "./unfinished_messages.ts";

/** gRPC as a program sees it that uses grpc-js, set up so that grpc-js adds as little as it can. */
export const grpcOverGrpcJs: Protocol = {
  key: "grpc",
  label: "gRPC",
  client: "grpc-js",
  alpnProtocols: ["h2"],
  connect: (settings) => new GrpcJsClient(settings),
};

mendConnector();

const HTTP_VERSION = "HTTP/2";
const HIDDEN = unseen("hidden by grpc-js");

/** What differs from grpc-js as it comes; nothing of what it does about connections and streams does. */
const CHANNEL_OPTIONS: ClientOptions = {
  // Bookkeeping for a debugging service that nobody reads here.
  "grpc.enable_channelz": 0,
  // The operator's service config could order retries of calls that failed, which the user is to see. Those
  // that the server never processed are sent again all the same, as gRPC has it ("transparent retries").
  "grpc.service_config_disable_resolution": 1,
  // The connection belongs to this client alone and is closed with it.
  "grpc.use_local_subchannel_pool": 1,
  // A proxy between would be measured as if it were the server.
  "grpc.enable_http_proxy": 0,
  // Four times what grpc-js takes by itself: the same bound as for every other client.
  "grpc.max_receive_message_length": MAX_ANSWER_BYTES,
};

/** Each may take as much as the largest message, whatever arrived of it. */
const DECOMPRESSIONS_AT_ONCE = 4;

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
  readonly #request: CompiledGrpc;
  /** What is the same in each call. */
  readonly #metadata = new Metadata();
  readonly #deadlines: DeadlineQueue<Call>;
  readonly #inFlight = new InFlight();
  readonly #sightings = new AnswerSightings();
  readonly #shapes: AnswerShapes;
  readonly #hiddenLimit: HiddenLimit;
  readonly #unfinished: UnfinishedMessages;
  readonly #decompressions = new Turns(DECOMPRESSIONS_AT_ONCE);
  // A call that starts inside another one's callback keeps that one's async context alive, and so on
  // back to the first: results are handed out in the client's own context, so that memory stays flat.
  readonly #inOwnContext = AsyncLocalStorage.snapshot();

  constructor(settings: ClientSettings) {
    this.#settings = settings;
    this.#hiddenLimit = new HiddenLimit(settings);
    this.#request = compileGrpc(settings);
    this.#shapes = new AnswerShapes(this.#request.decode);
    const { target, tls, timeoutMs, clock } = settings;
    this.#client = openClient(target, tls);
    addTo(this.#metadata, this.#request.fixedMetadata);
    // The server is told the deadline; grpc-js's own would arm a timer for every call.
    this.#metadata.set("grpc-timeout", grpcTimeout(timeoutMs));
    this.#deadlines = new DeadlineQueue(timeoutMs, clock, (call) => {
      call.cancelWithStatus(Status.DEADLINE_EXCEEDED, `no answer within ${timeoutMs} ms`);
    });
    this.#unfinished = new UnfinishedMessages(() => this.#deadlines.waiting(), (call) => {
      call.cancelWithStatus(Status.RESOURCE_EXHAUSTED, heldAnswers.refusal);
    });
  }

  send(request: number, done: (sample: Sample) => void): void {
    this.#exchange(request, (outcome) => done(this.#judge(outcome)));
  }

  ask(request: number): Promise<Answer> {
    return new Promise((resolve) => {
      this.#exchange(request, (outcome) => {
        const sample = this.#judge(outcome);
        const content = outcome.kind === "exchange" && sample.kind === "success"
          ? contentOf(outcome.message, this.#request.decode)
          : NO_CONTENT;
        resolve({ sample, content });
      });
    });
  }

  async close(): Promise<void> {
    // Closing a grpc-js channel lets running calls go on; only cancelling ends them.
    this.#unfinished.close();
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
      answerKinds: this.#shapes.kinds,
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

  #exchange(number: number, done: (outcome: Exchange | Failure) => void): void {
    const { clock } = this.#settings;
    const request = Buffer.from(this.#request.encode(number));
    const varying = this.#request.varyingMetadata(number);
    const metadata = varying === null ? this.#metadata : this.#metadata.clone();
    if (varying !== null) addTo(metadata, varying);
    let head: Metadata | null = null;
    let message: Buffer | null = null;
    let firstByteMs: number | null = null;
    let ended = false;
    const startMs = clock();
    const channel = this.#client.getChannel();
    const call = channel.createCall(this.#request.path, Infinity, null, null, null);
    this.#inFlight.add();
    this.#deadlines.add(call, startMs);
    call.start(metadata, {
      onReceiveMetadata: (received) => {
        firstByteMs = clock() - startMs;
        head = received;
        if (!this.#sightings.any) this.#observe(received);
        decompressWith(
          call,
          (decompress) =>
            this.#decompressions.take(() =>
              ended ? Promise.reject(new Error("the call has ended")) : decompress()
            ),
        );
      },
      // Bytes, not an object: the payload is counted as received, and decoding is not timed.
      onReceiveMessage: (received: Buffer) => {
        if (message !== null) {
          call.cancelWithStatus(Status.UNIMPLEMENTED, "Too many responses received");
          return;
        }
        message = received;
        // A second message, which nobody took, would keep grpc-js from ever ending the call.
        call.startRead();
      },
      onReceiveStatus: (status) => {
        const responseTimeMs = clock() - startMs;
        ended = true;
        this.#deadlines.remove(call);
        if (status.code === Status.OK && message !== null) {
          this.#end(done, { kind: "exchange", message, responseTimeMs, firstByteMs });
          return;
        }
        const session = sessionOf(call);
        const failure = callFailure(status, {
          head,
          httpStatus: httpStatusOf(call),
          farewell: farewellOf(session),
          connectionEnded: session?.destroyed ?? false,
        });
        if (hidesItsCause(failure)) void this.#endWithCause(done, failure);
        else this.#end(done, failure);
      },
    });
    call.sendMessageWithContext({}, request);
    call.startRead();
    call.halfClose();
  }

  async #endWithCause(done: (outcome: Failure) => void, failure: Failure): Promise<void> {
    const limit = await this.#hiddenLimit.find();
    this.#end(done, limit === null ? failure : ownLimitFailure(limit, failure.cause));
  }

  #end<Outcome>(done: (outcome: Outcome) => void, outcome: Outcome): void {
    this.#inFlight.remove();
    this.#inOwnContext(done, outcome);
  }

  /** Decides what an outcome counts as. Nothing here is timed. */
  #judge(outcome: Exchange | Failure): Sample {
    if (outcome.kind === "failure") return outcome;
    const { message, responseTimeMs, firstByteMs } = outcome;
    const failure = this.#request.failureOf(message);
    if (failure !== null) return failure;
    this.#shapes.see(message, 0, message.length);
    const downloadMs = firstByteMs === null ? null : responseTimeMs - firstByteMs;
    return {
      kind: "success",
      responseTimeMs,
      payloadBytes: message.length,
      phases: { connectionWaitMs: null, streamWaitMs: null, firstByteMs, downloadMs },
      wireBytes: null,
    };
  }
}

/** grpc-js takes the value of a name in `-bin` as bytes. */
export function addTo(metadata: Metadata, fields: readonly MetadataField[]): void {
  for (const [name, value] of fields) {
    metadata.add(name, name.endsWith("-bin") ? Buffer.from(value, "base64") : value);
  }
}

/** A client that connects when it is first needed. */
export function openClient(target: Target, tls: TlsSettings): Client {
  const channelCredentials = target.tls
    ? sslCredentials(tls, target)
    : credentials.createInsecure();
  // `dns:` because grpc-js would take a bare `host:port` apart by scheme first.
  return new Client(`dns:${authorityOf(target)}`, channelCredentials, channelOptions(target));
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
