import { Buffer } from "node:buffer";
import { GetUserRequest, GetUserResponse } from "../../lib/requests/built_in/user_service.ts";
import { userById } from "../../lib/servers/users.ts";
import { startGrpcStub } from "./grpc_stub.ts";

/** Nothing but the counted requests, first REST's, then gRPC's: so that what a server sees can be foretold. */
export const PLAIN_LOAD: readonly string[] = [
  "--schedule",
  "sequential",
  "--warmup",
  "off",
  "--no-client-check",
];

/** All that such a load has on standard error where nothing else is told. */
export const PLAIN_LOAD_WARNING = /^warning: gRPC is measured after REST .*\n$/;

/** What a server under test has seen. */
export interface Observed {
  /** In the order of arrival. */
  readonly userIds: number[];
  readonly inFlight: number;
  readonly mostInFlight: number;
  /** Resolves when this many requests have arrived, the preflight's included. */
  readonly arrivalOf: (count: number) => Promise<void>;
}

export interface ObservingServers {
  readonly restUrl: string;
  readonly grpcAddress: string;
  /** Both targets as the command line takes them, and {@link PLAIN_LOAD}. */
  readonly targets: readonly string[];
  readonly rest: Observed;
  readonly grpc: Observed;
}

/** Decides when a request is answered, and whether with its user (`true`) or with an error. */
export type Answering = (observed: Observed) => Promise<boolean>;

export interface ObservingOptions {
  readonly rest: Answering;
  readonly grpc: Answering;
}

export const answerAtOnce: Answering = () => Promise.resolve(true);
export const failAtOnce: Answering = () => Promise.resolve(false);

/** Answers the preflight's request and `count` more, and keeps silent from then on. */
export function hangAfter(count: number): Answering {
  return ({ userIds }) =>
    userIds.length <= count + 1 ? Promise.resolve(true) : new Promise(() => {});
}

/** Answers only when `count` requests wait, and then all of them: the preflight's one at once. */
export function answerInBatchesOf(count: number): Answering {
  const waiting: (() => void)[] = [];
  return ({ userIds }) => {
    if (userIds.length === 1) return Promise.resolve(true);
    return new Promise((resolve) => {
      waiting.push(() => resolve(true));
      if (waiting.length === count) { for (const answer of waiting.splice(0)) answer(); }
    });
  };
}

/** Runs `body` against a REST and a gRPC server that keep what they see, and stops them. */
export async function withObservingServers<T>(
  body: (servers: ObservingServers) => Promise<T>,
  { rest: answerRest, grpc: answerGrpc }: ObservingOptions = {
    rest: answerAtOnce,
    grpc: answerAtOnce,
  },
): Promise<T> {
  const [rest, grpc] = [new Observation(), new Observation()];
  const controller = new AbortController();
  const restServer = Deno.serve({
    hostname: "127.0.0.1",
    port: 0,
    signal: controller.signal,
    onListen() {},
  }, async ({ url }) => {
    const userId = Number(url.split("/").at(-1));
    const answered = await rest.observe(userId, answerRest);
    return answered ? Response.json(userById(userId)) : Response.json({}, { status: 500 });
  });
  const stub = await startGrpcStub(async ({ request }, callback) => {
    const { userId } = GetUserRequest.toObject(GetUserRequest.decode(request));
    const answered = await grpc.observe(userId, answerGrpc);
    if (!answered) return callback({ code: 13, details: "as the test wants it" });
    const message = GetUserResponse.encode({ user: userById(userId) ?? {} }).finish();
    callback(null, Buffer.from(message));
  });
  const restUrl = `http://127.0.0.1:${restServer.addr.port}`;
  const grpcAddress = `127.0.0.1:${stub.port}`;
  const targets = ["--rest-url", restUrl, "--grpc-url", grpcAddress, ...PLAIN_LOAD];
  try {
    return await body({ restUrl, grpcAddress, targets, rest, grpc });
  } finally {
    stub.close();
    controller.abort();
    await restServer.finished;
  }
}

class Observation implements Observed {
  readonly userIds: number[] = [];
  inFlight = 0;
  mostInFlight = 0;
  #waiting: { readonly count: number; readonly resolve: () => void }[] = [];

  readonly arrivalOf = (count: number): Promise<void> =>
    new Promise((resolve) => {
      this.#waiting.push({ count, resolve });
      this.#wake();
    });

  async observe(userId: number, answer: Answering): Promise<boolean> {
    this.userIds.push(userId);
    this.inFlight++;
    this.mostInFlight = Math.max(this.mostInFlight, this.inFlight);
    this.#wake();
    const answered = await answer(this);
    this.inFlight--;
    return answered;
  }

  #wake(): void {
    const arrived = this.userIds.length;
    for (const { count, resolve } of this.#waiting) if (arrived >= count) resolve();
  }
}
