// deno-lint-ignore-file no-console -- a table on the terminal is all that this script makes
/**
 * What measuring costs: the native clients beside a bare `fetch` loop and a bare grpc-js loop, against
 * the same servers, in one run, alternating.
 *
 *     deno task bench:native [rounds] [requests per round]
 *
 * nginx and nghttpd serve where they are installed, since they leave the client as the bottleneck;
 * otherwise the reference servers do. A ratio above 1 means that protoduel's client is the faster one.
 */
import { cpus } from "node:os";
import { type Client, credentials, loadPackageDefinition } from "@grpc/grpc-js";
import { fromJSON } from "@grpc/proto-loader";
import protobuf from "protobufjs";
import userServiceProto from "../proto/user_service.proto" with { type: "text" };
import { monotonicClock } from "../lib/clock.ts";
import { parseGrpcAddress, parseRestUrl } from "../lib/net/address.ts";
import { drawUserIds } from "../lib/ids.ts";
import type { RequestNumbers } from "../lib/requests/request_numbers.ts";
import { DEFAULT_TLS } from "../lib/net/tls_settings.ts";
import { getUser } from "../lib/requests/built_in/get_user.ts";
import type { Protocol } from "../lib/clients/protocol.ts";
import { CLIENTS } from "../lib/clients/registry.ts";
import type { Target } from "../lib/net/target.ts";
import { callFromEventLoop } from "../lib/runners/load_watch.ts";
import { NO_FILL, runClosedLoop } from "../lib/runners/closed_loop.ts";
import { Resumption } from "../lib/runners/resumption.ts";
import { Recorder } from "../lib/stats/record/recorder.ts";
import { type BenchServer, startGrpcServer, startRestServer } from "./bench/servers.ts";
import { median } from "./bench/median.ts";

const CONCURRENCY = 100;
const ID_RANGE = { min: 1, max: 10_000 };

/** Runs `count` requests and returns how many there were per second. */
type Contender = (count: number) => Promise<number>;

function bareLanes(send: (userId: number) => Promise<unknown>): Contender {
  return async (count) => {
    const nextId = drawUserIds(ID_RANGE, count, 1);
    const lane = async () => {
      for (let id = nextId(); id !== null; id = nextId()) await send(id);
    };
    const startMs = performance.now();
    await Promise.all(Array.from({ length: CONCURRENCY }, lane));
    return count * 1000 / (performance.now() - startMs);
  };
}

/** What a program does that wants the user and measures nothing. */
function bareFetch(restUrl: string): Contender {
  return bareLanes(async (id) => {
    const response = await fetch(`${restUrl}/api/users/${id}`);
    return response.json();
  });
}

interface UserServiceClient extends Client {
  getUser(request: { userId: number }, done: (error: Error | null, reply: unknown) => void): void;
}

/** As grpc-js's own documentation has it: a generated stub, default options. */
function bareGrpcJs(address: string): { run: Contender; close: () => void } {
  const { root } = protobuf.parse(userServiceProto);
  // deno-lint-ignore no-explicit-any
  const { api } = loadPackageDefinition(fromJSON(root.toJSON())) as any;
  const stub: UserServiceClient = new api.performance.UserService(
    address,
    credentials.createInsecure(),
  );
  const run = bareLanes((userId) =>
    new Promise((resolve, reject) =>
      stub.getUser({ userId }, (error, reply) => error === null ? resolve(reply) : reject(error))
    )
  );
  return { run, close: () => stub.close() };
}

function numbersBelow(count: number): RequestNumbers {
  let next = 0;
  return () => next < count ? next++ : null;
}

/** The whole measuring path: client, runner and recorder. */
function measured(protocol: Protocol, target: Target): { run: Contender; close: () => void } {
  const client = protocol.connect({
    target,
    operation: getUser,
    userIdRange: ID_RANGE,
    seed: 1,
    timeoutMs: 10_000,
    tls: DEFAULT_TLS,
    clock: monotonicClock,
    connections: 1,
    onConnection: () => {},
  });
  const run: Contender = async (count) => {
    const recorder = new Recorder();
    const { startMs, endMs } = await runClosedLoop({
      requests: numbersBelow(count),
      fillRequests: NO_FILL,
      resumption: new Resumption(callFromEventLoop),
      concurrency: CONCURRENCY,
      send: (request, done) => client.send(request, done),
      record: (sample) => recorder.record(sample),
      interrupt: new AbortController().signal,
      clock: monotonicClock,
    });
    if (recorder.failures > 0) throw new Error(JSON.stringify(recorder.failuresByType));
    return count * 1000 / (endMs - startMs);
  };
  return { run, close: () => void client.close() };
}

/** Alternates both contenders, the first one changing with every round. */
async function duel(rounds: number, requests: number, ours: Contender, bare: Contender) {
  await ours(requests);
  await bare(requests);
  const rates = { ours: [] as number[], bare: [] as number[], ratios: [] as number[] };
  for (let round = 0; round < rounds; round++) {
    const oursFirst = round % 2 === 0;
    const early = oursFirst ? await ours(requests) : await bare(requests);
    const late = oursFirst ? await bare(requests) : await ours(requests);
    const [oursRate, bareRate] = oursFirst ? [early, late] : [late, early];
    rates.ours.push(oursRate);
    rates.bare.push(bareRate);
    rates.ratios.push(oursRate / bareRate);
  }
  return rates;
}

function show(name: string, { server, ours, bare, ratios }: {
  server: string;
  ours: number[];
  bare: number[];
  ratios: number[];
}) {
  const rate = (values: number[]) => `${Math.round(median(values))} req/s`;
  const [low, high] = [Math.min(...ratios), Math.max(...ratios)].map((ratio) => ratio.toFixed(2));
  console.log(
    `${name.padEnd(22)} ${server.padEnd(16)} protoduel ${rate(ours).padStart(12)}   ` +
      `bare ${rate(bare).padStart(12)}   ratio ${median(ratios).toFixed(2)} (${low} to ${high})`,
  );
}

const [rounds = 60, requests = 1000] = Deno.args.map(Number);
console.log(
  `deno ${Deno.version.deno}, ${Deno.build.target}, ${cpus().length} cores; ` +
    `${CONCURRENCY} in flight, ${rounds} rounds of ${requests} requests each, medians`,
);

const rest: BenchServer = await startRestServer();
try {
  const ours = measured(CLIENTS.native.rest, parseRestUrl(rest.address));
  const rates = await duel(rounds, requests, ours.run, bareFetch(rest.address));
  show("REST, fetch loop", { server: rest.name, ...rates });
  ours.close();
} finally {
  await rest.stop();
}

const grpc: BenchServer = await startGrpcServer();
try {
  const ours = measured(CLIENTS.native.grpc, parseGrpcAddress(grpc.address));
  const bare = bareGrpcJs(grpc.address);
  const rates = await duel(rounds, requests, ours.run, bare.run);
  show("gRPC, grpc-js loop", { server: grpc.name, ...rates });
  ours.close();
  bare.close();
} finally {
  await grpc.stop();
}
