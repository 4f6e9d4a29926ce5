import { OWN_LIMIT_ERROR_TYPE } from "../../net/own_limit.ts";
import type { Failure, Sample } from "../../requests/sample.ts";
import { cut } from "../../terminal/cut.ts";
import { contentOf, NO_CONTENT } from "../../requests/answer_content.ts";
import { AnswerShapes } from "../../requests/answer_shapes.ts";
import { MAX_ANSWER_BYTES } from "../answer_bounds.ts";
import { compileGrpc } from "../../requests/compile.ts";
import type { CompiledGrpc, MetadataField } from "../../requests/compiled_grpc.ts";
import { type ClientObservations, mergeObservations } from "../observations.ts";
import type { Answer, ClientSettings, Protocol, ProtocolClient } from "../protocol.ts";
import { frameMessage } from "./grpc/message_frame.ts";
import { headerField, requestHead } from "./grpc/request_head.ts";
import type { CallFailure } from "./grpc/status.ts";
import { type CallFinish, type CallListener, UnaryCall } from "./grpc/unary_call.ts";
import type { HeaderField } from "./hpack/header_field.ts";
import { Channel } from "./http2/channel.ts";
import { MAX_31_BITS } from "./http2/frame.ts";
import { ReusedSuccess } from "./reused_success.ts";
import { TimeoutSweep } from "./timeout_sweep.ts";

/** gRPC framed by hand: what a server answers, with as little client in between as can be. */
export const grpcOverHttp2: Protocol = {
  key: "grpc",
  label: "gRPC",
  client: "wire",
  alpnProtocols: ["h2"],
  connect: (settings) => new GrpcHttp2Client(settings, DEFAULT_LIMITS),
};

/** What a client takes and does at most. */
export interface GrpcLimits {
  readonly maxMessageBytes: number;
  /** After this stream identifier, a connection is replaced. */
  readonly maxStreamId: number;
}

export const DEFAULT_LIMITS: GrpcLimits = {
  maxMessageBytes: MAX_ANSWER_BYTES,
  maxStreamId: MAX_31_BITS,
};

/** Beyond the largest message: prefixes and the padding of frames. */
const BODY_SLACK_BYTES = 64 * 1024;

export class GrpcHttp2Client implements ProtocolClient, CallListener {
  readonly #settings: ClientSettings;
  readonly #limits: GrpcLimits;
  readonly #request: CompiledGrpc;
  readonly #head: readonly HeaderField[];
  readonly #channels: readonly Channel[];
  #nextChannel = 0;
  readonly #calls = new Set<UnaryCall>();
  readonly #idle: UnaryCall[] = [];
  readonly #timeouts: TimeoutSweep<UnaryCall>;
  /** One for all successes: each is read before the next call ends. */
  readonly #success = new ReusedSuccess();
  readonly #shapes: AnswerShapes;
  #closed = false;

  constructor(settings: ClientSettings, limits: GrpcLimits) {
    const { target, tls, timeoutMs, clock, onConnection, connections } = settings;
    this.#settings = settings;
    this.#limits = limits;
    this.#request = compileGrpc(settings);
    this.#shapes = new AnswerShapes(this.#request.decode);
    this.#head = requestHead(target, this.#request.path, timeoutMs, this.#request.fixedMetadata);
    const timeout = timeoutFailure(timeoutMs);
    const expire = (call: UnaryCall) => this.#abort(call, timeout);
    this.#timeouts = new TimeoutSweep(timeoutMs, clock, this.#calls, expire);
    const session = {
      maxBodyBytes: limits.maxMessageBytes + BODY_SLACK_BYTES,
      maxStreamId: limits.maxStreamId,
    };
    this.#channels = Array.from(
      { length: connections },
      () => new Channel({ target, tls, timeoutMs, clock, onConnection, session }),
    );
  }

  send(request: number, done: (sample: Sample) => void): void {
    this.#start(request, done);
  }

  ask(request: number): Promise<Answer> {
    const { decode } = this.#request;
    return new Promise((resolve) => {
      this.#start(request, (sample, message) => {
        const content = message === null ? NO_CONTENT : contentOf(message, decode);
        resolve({ sample: structuredClone(sample), content });
      });
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#timeouts.close();
    for (const call of this.#calls) {
      if (call.startedAtMs !== Infinity) this.#abort(call, CLIENT_CLOSED);
    }
    await Promise.all(this.#channels.map((channel) => channel.close()));
  }

  observed(): ClientObservations {
    const ofChannels = this.#channels.map((it) => it.sightings().observations());
    return { ...mergeObservations(ofChannels), answerKinds: this.#shapes.kinds };
  }

  onMessage(call: UnaryCall, message: Uint8Array, endedAtMs: number): void {
    const failure = this.#request.failureOf(message);
    if (failure !== null) return this.#finish(call, failure, null);
    this.#shapes.see(message, 0, message.length);
    const success = this.#success;
    const { connectionWaitMs, streamWaitMs, sentAtMs, firstByteAtMs } = call;
    success.setTimes(connectionWaitMs, streamWaitMs, sentAtMs, firstByteAtMs, endedAtMs);
    success.retried = call.retried;
    success.payloadBytes = message.length;
    success.wireBytes.sent = call.wireSentBytes;
    success.wireBytes.received = call.wireReceivedBytes;
    this.#finish(call, success, message);
  }

  onFailure(call: UnaryCall, { status, detail, reason }: CallFailure): void {
    const errorType = reason.kind === "own-limit" ? OWN_LIMIT_ERROR_TYPE[reason.limit] : status;
    this.#finish(call, { kind: "failure", errorType, cause: cut(detail), reason }, null);
  }

  onHopeless(call: UnaryCall, failure: CallFailure): void {
    call.channel!.cancel(call);
    this.onFailure(call, failure);
  }

  #start(request: number, finish: CallFinish): void {
    if (this.#closed) {
      queueMicrotask(() => finish(CLIENT_CLOSED, null));
      return;
    }
    const call = this.#idle.pop() ?? this.#newCall();
    const channel = this.#channels[this.#nextChannel]!;
    this.#nextChannel = (this.#nextChannel + 1) % this.#channels.length;
    call.body = frameMessage(this.#request.encode(request), call.body);
    call.varyingFields = varyingFields(this.#request.varyingMetadata(request));
    call.channel = channel;
    call.finish = finish;
    call.startedAtMs = this.#settings.clock();
    this.#timeouts.requestStarted();
    channel.submit(call);
  }

  #newCall(): UnaryCall {
    const call = new UnaryCall(this.#head, this.#limits.maxMessageBytes, this);
    this.#calls.add(call);
    return call;
  }

  #abort(call: UnaryCall, failure: Failure): void {
    call.channel!.cancel(call);
    this.#finish(call, failure, null);
  }

  /** The call may serve again at once, by whatever `finish` sends. */
  #finish(call: UnaryCall, sample: Sample, message: Uint8Array | null): void {
    const { finish, retried, startedAtMs, sentAtMs } = call;
    call.startedAtMs = Infinity;
    this.#idle.push(call);
    if (sample.kind === "failure") {
      const atServerMs = sentAtMs < startedAtMs ? 0 : this.#settings.clock() - sentAtMs;
      finish({ ...sample, retried, atServerMs }, message);
    } else {
      finish(sample, message);
    }
    // Whatever the call serves next, nothing of its answer has been read yet.
    call.forgetMessage();
  }
}

/** As they are on the wire. */
function varyingFields(metadata: readonly MetadataField[] | null): readonly HeaderField[] | null {
  return metadata === null ? null : metadata.map(headerField);
}

function timeoutFailure(timeoutMs: number): Failure {
  const cause = `no answer within ${timeoutMs} ms`;
  return { kind: "failure", errorType: "DEADLINE_EXCEEDED", cause, reason: { kind: "timeout" } };
}

const CLIENT_CLOSED: Failure = {
  kind: "failure",
  errorType: "CANCELLED",
  cause: "the client was closed",
  reason: { kind: "cancelled" },
};
