import { parseGrpcAddress, parseRestUrl } from "../../lib/net/address.ts";
import { monotonicClock } from "../../lib/clock.ts";
import { getUser } from "../../lib/requests/built_in/get_user.ts";
import type { Operation } from "../../lib/requests/operation.ts";
import { DEFAULT_TLS, type TlsSettings } from "../../lib/net/tls_settings.ts";
import type { ClientSettings, ProtocolClient } from "../../lib/clients/protocol.ts";
import type { Lens } from "../../lib/clients/lens.ts";
import { CLIENTS } from "../../lib/clients/registry.ts";
import type { Target } from "../../lib/net/target.ts";
import {
  DEFAULT_LIMITS,
  GrpcHttp2Client,
  type GrpcLimits,
} from "../../lib/clients/wire/grpc_http2.ts";
import type { Sample, Success } from "../../lib/requests/sample.ts";

const LONG_TIMEOUT_MS = 5000;

/** What a test asks for by its user id: request number n, from 0 on, asks for user n + 1. */
const USER_BY_NUMBER: Operation = {
  ...getUser,
  rest: { ...getUser.rest, path: "/api/users/{{sequence}}" },
  grpc: { ...getUser.grpc, message: { userId: "{{sequence}}" } },
};

/** The same client, which takes user ids for the numbers of requests. */
function byUserId(client: ProtocolClient): ProtocolClient {
  return {
    send: (userId, done) => client.send(userId - 1, done),
    ask: (userId) => client.ask(userId - 1),
    close: () => client.close(),
    observed: () => client.observed(),
  };
}

/** Runs `body` with a client of the product, and closes it whatever happens. */
async function withClient<T>(client: ProtocolClient, body: (client: ProtocolClient) => Promise<T>) {
  try {
    return await body(byUserId(client));
  } finally {
    await client.close();
  }
}

/** What a test may want otherwise than its client's usual settings. */
interface ClientOptions {
  readonly timeoutMs: number;
  readonly lens: Lens;
  readonly tls: TlsSettings;
  readonly clock: ClientSettings["clock"];
  readonly onConnection: ClientSettings["onConnection"];
}

function settingsFrom(target: Target, options: Partial<ClientOptions>) {
  return {
    target,
    operation: USER_BY_NUMBER,
    userIdRange: { min: 1, max: 10_000 },
    seed: 1,
    timeoutMs: LONG_TIMEOUT_MS,
    tls: DEFAULT_TLS,
    clock: monotonicClock,
    connections: 1,
    onConnection: () => {},
    ...options,
  };
}

export function withRestClient<T>(
  url: string,
  body: (client: ProtocolClient) => Promise<T>,
  options: Partial<ClientOptions> = {},
): Promise<T> {
  const { rest } = CLIENTS[options.lens ?? "native"];
  return withClient(rest.connect(settingsFrom(parseRestUrl(url), options)), body);
}

export function withGrpcClient<T>(
  address: string,
  body: (client: ProtocolClient) => Promise<T>,
  options: Partial<ClientOptions> = {},
): Promise<T> {
  const { grpc } = CLIENTS[options.lens ?? "native"];
  return withClient(grpc.connect(settingsFrom(parseGrpcAddress(address), options)), body);
}

/** With the client that frames HTTP/2 by hand; `changes` replaces settings that a test wants otherwise. */
export function withWireGrpcClient<T>(
  address: string,
  body: (client: ProtocolClient) => Promise<T>,
  changes: Partial<ClientSettings> & Partial<GrpcLimits> = {},
): Promise<T> {
  const settings = settingsFrom(parseGrpcAddress(address), changes);
  return withClient(new GrpcHttp2Client(settings, { ...DEFAULT_LIMITS, ...changes }), body);
}

/** Sends one request for each id, so many at once, and keeps what became of each. */
export function sendAll(
  client: ProtocolClient,
  userIds: readonly number[],
  concurrency: number,
): Promise<Sample[][]> {
  const samples: Sample[][] = userIds.map(() => []);
  let next = 0;
  let left = userIds.length;
  return new Promise((resolve) => {
    const sendNext = () => {
      const index = next++;
      const userId = userIds[index];
      if (userId === undefined) return;
      client.send(userId, (sample) => {
        samples[index]!.push(structuredClone(sample));
        sendNext();
        if (--left === 0) resolve(samples);
      });
    };
    for (let lane = 0; lane < concurrency; lane++) sendNext();
  });
}

/** Sends one request and keeps what became of it. */
export function sendOne(client: ProtocolClient, userId: number): Promise<Sample> {
  return new Promise((resolve) =>
    client.send(userId, (sample) => resolve(structuredClone(sample)))
  );
}

/** What the phases of a success add up to. */
export function sumOfPhases({ phases }: Success): number {
  return Object.values(phases).reduce<number>((sum, phaseMs) => sum + (phaseMs ?? 0), 0);
}

/** What a sample counts as: `success` or its error type. */
export function verdictOf(sample: Sample): string {
  return sample.kind === "success" ? "success" : sample.errorType;
}
