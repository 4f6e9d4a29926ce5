import { Buffer } from "node:buffer";
import { GetUserRequest, GetUserResponse } from "../../lib/operations/user_service.ts";
import { userById } from "../../lib/servers/users.ts";
import { startGrpcStub } from "./grpc_stub.ts";

/** What a server under test has seen. */
export interface Observed {
  /** In the order of arrival. */
  readonly userIds: number[];
  inFlight: number;
  mostInFlight: number;
}

export interface ObservingServers {
  readonly restUrl: string;
  readonly grpcAddress: string;
  /** Both targets as the command line takes them. */
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

/** Answers the first request, which is the preflight's, and keeps silent from then on. */
export const hangAfterPreflight: Answering = ({ userIds }) =>
  userIds.length === 1 ? Promise.resolve(true) : new Promise(() => {});

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
  const [rest, grpc] = [nothingSeen(), nothingSeen()];
  const controller = new AbortController();
  const restServer = Deno.serve({
    hostname: "127.0.0.1",
    port: 0,
    signal: controller.signal,
    onListen() {},
  }, async ({ url }) => {
    const userId = Number(url.split("/").at(-1));
    const stopped = new Promise<boolean>((resolve) =>
      controller.signal.addEventListener("abort", () => resolve(false))
    );
    const answered = await Promise.race([observe(rest, userId, answerRest), stopped]);
    return answered ? Response.json(userById(userId)) : Response.json({}, { status: 500 });
  });
  const stub = await startGrpcStub(async ({ request }, callback) => {
    const { userId } = GetUserRequest.toObject(GetUserRequest.decode(request));
    const answered = await observe(grpc, userId, answerGrpc);
    if (!answered) return callback({ code: 13, details: "as the test wants it" });
    const message = GetUserResponse.encode({ user: userById(userId) ?? {} }).finish();
    callback(null, Buffer.from(message));
  });
  const restUrl = `http://127.0.0.1:${restServer.addr.port}`;
  const grpcAddress = `127.0.0.1:${stub.port}`;
  const targets = ["--rest-url", restUrl, "--grpc-url", grpcAddress];
  try {
    return await body({ restUrl, grpcAddress, targets, rest, grpc });
  } finally {
    stub.close();
    controller.abort();
    await restServer.finished;
  }
}

function nothingSeen(): Observed {
  return { userIds: [], inFlight: 0, mostInFlight: 0 };
}

async function observe(observed: Observed, userId: number, answer: Answering): Promise<boolean> {
  observed.userIds.push(userId);
  observed.inFlight++;
  observed.mostInFlight = Math.max(observed.mostInFlight, observed.inFlight);
  const answered = await answer(observed);
  observed.inFlight--;
  return answered;
}
