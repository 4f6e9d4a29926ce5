import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { constants, type ServerHttp2Stream } from "node:http2";
import { GetUserResponse } from "../../lib/requests/built_in/user_service.ts";
import type { Report } from "../../lib/report/report.ts";
import { userById } from "../../lib/servers/users.ts";
import { startCuttableProxy } from "../support/cuttable_proxy.ts";
import { startHttp2Server } from "../support/node_http2_server.ts";
import { inProcess } from "../support/in_process.ts";
import {
  answerAtOnce,
  type Answering,
  PLAIN_LOAD,
  withObservingServers,
} from "../support/observing_servers.ts";
import {
  httpAnswer,
  type RawServer,
  readRequestHead,
  readUntilClosed,
  startRawServer,
  writeText,
} from "../support/raw_server.ts";
import { validReport } from "../support/saved_document.ts";

const REQUESTS = 12;
const LOAD = ["-r", String(REQUESTS), "-o", "json", ...PLAIN_LOAD];
const PATIENT = ["-c", "4", "--timeout", "20s"];
/** All at once, so that the timeout has to pass only once. */
const IMPATIENT = ["-c", String(REQUESTS), "--timeout", "1s"];

function optionsFor(errorType: string): readonly string[] {
  return /Timeout|DEADLINE/.test(errorType) ? IMPATIENT : PATIENT;
}

/** Runs to the end, and sees to it that every request was counted, and counted once. */
async function measure(
  restUrl: string,
  grpcAddress: string,
  options: readonly string[],
): Promise<[Report, number]> {
  const targets = ["--rest-url", restUrl, "--grpc-url", grpcAddress];
  const { stdout, stderr, code } = await inProcess([...LOAD, ...options, ...targets]);
  assert.notEqual(stdout, "", stderr);
  const report = validReport(stdout);
  assert.deepEqual([report.rest.total_requests, report.grpc.total_requests], [REQUESTS, REQUESTS]);
  return [report, code];
}

const GOOD = httpAnswer("200 OK", "application/json", "{}");

type Misbehaviour = (connection: Deno.TcpConn, server: RawServer) => Promise<void>;

/** Measures a REST server that answers the preflight and `more` requests, and then misbehaves. */
async function measureRest(
  misbehave: Misbehaviour,
  more: number,
  options: readonly string[],
): Promise<[Report, number]> {
  let requests = 0;
  const server = startRawServer(async (connection) => {
    while (await readRequestHead(connection)) {
      if (requests++ <= more) await writeText(connection, GOOD);
      else await misbehave(connection, server);
    }
  });
  try {
    return await withObservingServers(({ grpcAddress }) =>
      measure(`http://127.0.0.1:${server.port}`, grpcAddress, options)
    );
  } finally {
    await server.close().catch(() => {});
  }
}

const answer = (text: string): Misbehaviour => (connection) => writeText(connection, text);
const answerAndClose = (text: string): Misbehaviour => async (connection) => {
  await writeText(connection, text);
  connection.close();
};

const REST_MISBEHAVIOURS: readonly (readonly [string, Misbehaviour, errorType: string])[] = [
  ["answers 500", answer(httpAnswer("500 Internal Server Error", "text/plain", "")), "HTTP 500"],
  ["answers 404", answer(httpAnswer("404 Not Found", "application/json", "{}")), "HTTP 404"],
  ["redirects", answer("HTTP/1.1 307 X\r\nlocation: /\r\ncontent-length: 0\r\n\r\n"), "HTTP 307"],
  ["answers HTML", answer(httpAnswer("200 OK", "text/html", "<html>")), "Malformed JSON"],
  ["answers no HTTP", answerAndClose("\x00\x01\x02 garbage\r\n\r\n"), "Malformed HTTP"],
  ["hangs", (connection) => readUntilClosed(connection), "Connection Timeout"],
  ["closes without an answer", answerAndClose(""), "Connection Reset"],
  [
    "closes in the middle of the head",
    answerAndClose("HTTP/1.1 200 OK\r\ncontent-le"),
    "Connection Reset",
  ],
  [
    "closes in the middle of the body",
    answerAndClose("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"),
    "Connection Reset",
  ],
  [
    "hangs in the middle of the body",
    async (connection) => {
      await writeText(connection, "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{");
      await readUntilClosed(connection);
    },
    "Connection Timeout",
  ],
];

for (const [name, misbehave, errorType] of REST_MISBEHAVIOURS) {
  Deno.test(`a REST server that ${name} after the preflight: ${errorType} for every request`, async () => {
    const [{ rest, grpc }, code] = await measureRest(misbehave, 0, optionsFor(errorType));
    assert.deepEqual(rest.errors, { [errorType]: REQUESTS });
    assert.deepEqual([grpc.errors, code], [{}, 4]);
  });

  Deno.test(`a REST server that ${name} in the middle of the run: both kinds are counted`, async () => {
    const [{ rest, grpc }, code] = await measureRest(misbehave, 5, optionsFor(errorType));
    assert.deepEqual(rest.errors, { [errorType]: REQUESTS - 5 });
    assert.deepEqual([rest.successful_requests, grpc.successful_requests], [5, REQUESTS]);
    assert.equal(code, 0);
  });
}

Deno.test("a REST server that goes away in the middle of the run: the rest is refused", async () => {
  const [{ rest }, code] = await measureRest((_, server) => server.close(), 5, PATIENT);
  assert.equal(rest.successful_requests, 5);
  // What was on its way when the server went is reset, what came later is refused.
  for (const errorType of Object.keys(rest.errors)) {
    assert.match(errorType, /^Connection (Reset|Refused)$/);
  }
  assert(rest.errors["Connection Refused"]! > 0);
  assert.equal(code, 0);
});

/** Measures a gRPC server that answers the preflight and `more` requests, and then misbehaves. */
async function measureGrpc(
  misbehave: (stream: ServerHttp2Stream) => void,
  more: number,
  options: readonly string[],
): Promise<[Report, number]> {
  const server = await startHttp2Server((stream, index) => {
    if (index > more) misbehave(stream);
    else answerWith(stream, framed(USER));
  });
  try {
    return await withObservingServers(({ restUrl }) =>
      measure(restUrl, `127.0.0.1:${server.port}`, options)
    );
  } finally {
    await server.close();
  }
}

const USER = GetUserResponse.encode({ user: userById(1)! }).finish();
const GRPC_HEAD = { ":status": 200, "content-type": "application/grpc" };

/** A message with its prefix: not compressed, and its length. */
function framed(message: Uint8Array, length = message.length): Buffer {
  const prefix = Buffer.alloc(5);
  prefix.writeUInt32BE(length, 1);
  return Buffer.concat([prefix, message]);
}

function answerWith(stream: ServerHttp2Stream, body: Buffer, grpcStatus = "0"): void {
  stream.respond(GRPC_HEAD, { waitForTrailers: true });
  stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": grpcStatus }));
  stream.end(body);
}

const plainHttp = (status: number, contentType = "text/html") => (stream: ServerHttp2Stream) => {
  stream.respond({ ":status": status, "content-type": contentType });
  stream.end("<html>");
};

const GRPC_MISBEHAVIOURS: readonly (readonly [
  name: string,
  misbehave: (stream: ServerHttp2Stream) => void,
  errorType: string,
])[] = [
  ["answers INTERNAL", (stream) => answerWith(stream, Buffer.alloc(0), "13"), "INTERNAL"],
  ["answers NOT_FOUND", (stream) => answerWith(stream, Buffer.alloc(0), "5"), "NOT_FOUND"],
  ["answers HTTP 503", plainHttp(503), "UNAVAILABLE"],
  ["answers HTTP 404", plainHttp(404), "UNIMPLEMENTED"],
  ["answers HTTP 401", plainHttp(401), "UNAUTHENTICATED"],
  ["hangs", () => {}, "DEADLINE_EXCEEDED"],
  [
    "hangs after the head",
    (stream) => stream.respond(GRPC_HEAD),
    "DEADLINE_EXCEEDED",
  ],
  [
    "answers what is no protobuf",
    (stream) => answerWith(stream, framed(Buffer.from([0x0a, 0x7f]))),
    "Malformed Protobuf",
  ],
  [
    "resets the stream",
    (stream) => stream.close(constants.NGHTTP2_INTERNAL_ERROR),
    "INTERNAL",
  ],
  [
    "resets the stream in the middle of the message",
    (stream) => {
      stream.respond(GRPC_HEAD);
      stream.write(framed(USER, 1000), () => stream.close(constants.NGHTTP2_INTERNAL_ERROR));
    },
    "INTERNAL",
  ],
];

for (const [name, misbehave, errorType] of GRPC_MISBEHAVIOURS) {
  Deno.test(`a gRPC server that ${name} after the preflight: ${errorType} for every request`, async () => {
    const [{ rest, grpc }, code] = await measureGrpc(misbehave, 0, optionsFor(errorType));
    assert.deepEqual(grpc.errors, { [errorType]: REQUESTS });
    assert.deepEqual([rest.errors, code], [{}, 4]);
  });

  Deno.test(`a gRPC server that ${name} in the middle of the run: both kinds are counted`, async () => {
    const [{ grpc }, code] = await measureGrpc(misbehave, 5, optionsFor(errorType));
    assert.deepEqual(grpc.errors, { [errorType]: REQUESTS - 5 });
    assert.deepEqual([grpc.successful_requests, code], [5, 0]);
  });
}

/** Measures a healthy gRPC server behind a proxy; `act` is called when a request arrives. */
function measureGrpcBehindProxy(
  act: (arrived: number, proxy: ReturnType<typeof startCuttableProxy>) => void,
): Promise<[Report, number]> {
  let onArrival = (_arrived: number) => {};
  const grpc: Answering = ({ userIds }) => {
    onArrival(userIds.length);
    return Promise.resolve(true);
  };
  return withObservingServers(async ({ restUrl, grpcAddress }) => {
    const proxy = startCuttableProxy(Number(grpcAddress.split(":")[1]));
    onArrival = (arrived) => act(arrived, proxy);
    try {
      return await measure(restUrl, `127.0.0.1:${proxy.port}`, PATIENT);
    } finally {
      await proxy.close().catch(() => {});
    }
  }, { rest: answerAtOnce, grpc });
}

Deno.test("a gRPC connection that is cut in the middle of the run costs what was on its way", async () => {
  const [{ grpc }, code] = await measureGrpcBehindProxy((arrived, proxy) => {
    if (arrived === 7) proxy.cut();
  });
  assert.deepEqual(Object.keys(grpc.errors), ["UNAVAILABLE"]);
  assert(grpc.successful_requests > 0);
  assert.equal(code, 0);
});

Deno.test("a gRPC server that goes away in the middle of the run: the rest is UNAVAILABLE", async () => {
  const [{ grpc }, code] = await measureGrpcBehindProxy((arrived, proxy) => {
    if (arrived === 7) void proxy.close();
  });
  assert.deepEqual(Object.keys(grpc.errors), ["UNAVAILABLE"]);
  assert(grpc.failed_requests >= REQUESTS - 7);
  assert.equal(code, grpc.successful_requests > 0 ? 0 : 4);
});

Deno.test("a gRPC server that is cut at every request ends the run all the same", async () => {
  const [{ grpc }, code] = await measureGrpcBehindProxy((arrived, proxy) => {
    if (arrived > 1) proxy.cut();
  });
  assert.deepEqual(grpc.errors, { UNAVAILABLE: REQUESTS });
  assert.equal(code, 4);
});
