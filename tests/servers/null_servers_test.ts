import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import fc from "fast-check";
import { LENSES } from "../../lib/clients/lens.ts";
import { HpackDecoder } from "../../lib/clients/wire/hpack/decoder.ts";
import { CLIENT_PREFACE, Flag, FrameType } from "../../lib/clients/wire/http2/frame.ts";
import { FrameReader } from "../../lib/clients/wire/http2/frame_reader.ts";
import { FrameWriter } from "../../lib/clients/wire/http2/frame_writer.ts";
import { SettingId } from "../../lib/clients/wire/http2/settings.ts";
import type { Answerer } from "../../lib/servers/null/answerer.ts";
import { GrpcAnswerer } from "../../lib/servers/null/grpc_answerer.ts";
import { startNullServers } from "../../lib/servers/null/null_servers.ts";
import { RestAnswerer } from "../../lib/servers/null/rest_answerer.ts";
import { sendAll, verdictOf, withGrpcClient, withRestClient } from "../support/clients.ts";

type NullServers = ReturnType<typeof startNullServers>;

async function withNullServers<T>(body: (servers: NullServers) => Promise<T>): Promise<T> {
  const servers = startNullServers();
  try {
    return await body(servers);
  } finally {
    await servers.close();
  }
}

/** Hands bytes to an answerer in pieces of these sizes, again and again, and keeps what it answers. */
function feed(answerer: Answerer, bytes: Uint8Array, sizes: readonly number[]): Uint8Array {
  const answers: Uint8Array[] = [];
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const space = answerer.space();
    const count = Math.min(space.length, sizes[turn % sizes.length]!, bytes.length - at);
    space.set(bytes.subarray(at, at + count));
    answers.push(answerer.answersTo(count).slice());
    at += count;
  }
  return Buffer.concat(answers);
}

const pieceSizes = fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 20 });
const encode = (text: string) => new TextEncoder().encode(text);
const getRequests = (count: number) =>
  encode(
    Array.from({ length: count }, (_, id) => `GET /api/users/${id} HTTP/1.1\r\nhost: x\r\n\r\n`)
      .join(""),
  );

/** A client's preface, and what it sends from then on. */
function clientBytes(write: (writer: FrameWriter) => void): Uint8Array {
  const writer = new FrameWriter();
  writer.raw(CLIENT_PREFACE);
  writer.settings([]);
  write(writer);
  return writer.take().slice();
}

function writeCalls(writer: FrameWriter, count: number): void {
  for (let call = 0; call < count; call++) {
    const streamId = 2 * call + 1;
    writer.headers(streamId, Uint8Array.of(0x82), false, 16_384);
    writer.data(streamId, new Uint8Array(7), 0, 7, true);
  }
}

function framesIn(bytes: Uint8Array) {
  const reader = new FrameReader();
  const frames: { type: number; flags: number; streamId: number; payload: Uint8Array }[] = [];
  for (let at = 0; at < bytes.length;) {
    const space = reader.space();
    const count = Math.min(space.length, bytes.length - at);
    space.set(bytes.subarray(at, at + count));
    reader.received(count);
    at += count;
    while (reader.next()) {
      const { type, flags, streamId, payloadStart, payloadEnd } = reader;
      frames.push({ type, flags, streamId, payload: reader.bytes.slice(payloadStart, payloadEnd) });
    }
  }
  return frames;
}

for (const lens of LENSES) {
  for (const concurrency of [1, 100, 1000]) {
    Deno.test(`every ${lens} request to the null servers succeeds at ${concurrency} in flight`, async () => {
      const userIds = Array.from(
        { length: concurrency + 500 },
        (_, index) => 1 + index * 1_000_003,
      );
      await withNullServers(async ({ restUrl, grpcAddress }) => {
        const send = (client: Parameters<typeof sendAll>[0]) =>
          sendAll(client, userIds, concurrency);
        const rest = await withRestClient(restUrl, send, { lens });
        const grpc = await withGrpcClient(grpcAddress, send, { lens });
        for (const samples of [rest.flat(), grpc.flat()]) {
          assert.equal(samples.length, userIds.length);
          assert.deepEqual(new Set(samples.map(verdictOf)), new Set(["success"]));
        }
      });
    });
  }
}

Deno.test("pipelined GETs get one answer each, however their bytes are cut", () => {
  const [answer] = [feed(new RestAnswerer(), getRequests(1), [1000])];
  assert.match(new TextDecoder().decode(answer), /^HTTP\/1\.1 200 OK\r\n/);
  fc.assert(fc.property(fc.integer({ min: 1, max: 400 }), pieceSizes, (count, sizes) => {
    const answers = feed(new RestAnswerer(), getRequests(count), sizes);
    assert.equal(answers.length, count * answer!.length);
    assert(Buffer.from(answers.subarray(-answer!.length)).equals(Buffer.from(answer!)));
  }));
});

Deno.test("unary calls get one answer each, however their bytes are cut", () => {
  fc.assert(fc.property(fc.integer({ min: 1, max: 200 }), pieceSizes, (count, sizes) => {
    const bytes = clientBytes((writer) => writeCalls(writer, count));
    const frames = framesIn(feed(new GrpcAnswerer(), bytes, sizes));
    const ended = frames.filter(({ flags, type }) =>
      type === FrameType.HEADERS && (flags & Flag.END_STREAM) !== 0
    );
    assert.deepEqual(ended.map(({ streamId }) => streamId), streamIds(count));
  }));
});

function streamIds(count: number): number[] {
  return Array.from({ length: count }, (_, call) => 2 * call + 1);
}

Deno.test("a canned gRPC answer is a head, a message and trailers that leave no trace in the table", () => {
  const bytes = clientBytes((writer) => writeCalls(writer, 2));
  const answers = framesIn(feed(new GrpcAnswerer(), bytes, [4096])).filter(({ streamId }) =>
    streamId !== 0
  );
  const { HEADERS, DATA } = FrameType;
  const types = [HEADERS, DATA, HEADERS, HEADERS, DATA, HEADERS];
  assert.deepEqual(answers.map(({ type }) => type), types);
  const decoder = new HpackDecoder(0, 4096);
  const decoded = answers.filter(({ type }) => type === HEADERS).map(({ payload }) => {
    const fields: string[] = [];
    decoder.decode(
      payload,
      0,
      payload.length,
      ({ name, value }) => void fields.push(`${name}: ${value}`),
    );
    return fields;
  });
  const head = [":status: 200", "content-type: application/grpc"];
  assert.deepEqual(decoded, [head, ["grpc-status: 0"], head, ["grpc-status: 0"]]);
});

Deno.test("a PING and SETTINGS are acknowledged, and acknowledgements are not", () => {
  const opaque = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);
  const bytes = clientBytes((writer) => {
    writer.settingsAck();
    writer.pingAck(opaque);
    writer.frame(FrameType.PING, 0, 0, opaque);
  });
  const frames = framesIn(feed(new GrpcAnswerer(), bytes, [4096]));
  const acks = frames.filter(({ flags }) => (flags & Flag.ACK) !== 0);
  assert.deepEqual(acks.map(({ type }) => type), [FrameType.SETTINGS, FrameType.PING]);
  assert.deepEqual([...acks[1]!.payload], [...opaque]);
});

Deno.test("answers wait for the connection's window, and leave in order once it opens", () => {
  const count = 1000;
  const answerer = new GrpcAnswerer();
  const bytes = clientBytes((writer) => writeCalls(writer, count));
  const early = framesIn(feed(answerer, bytes, [4096]));
  const dataIn = (frames: ReturnType<typeof framesIn>) =>
    frames.filter(({ type }) => type === FrameType.DATA);
  const earlyBytes = dataIn(early).reduce((sum, { payload }) => sum + payload.length, 0);
  assert(earlyBytes > 60_000 && earlyBytes <= 65_535, `${earlyBytes}`);
  const opening = new FrameWriter();
  opening.windowUpdate(0, 1_000_000);
  const late = framesIn(feed(answerer, opening.take().slice(), [4096]));
  const answered = [...dataIn(early), ...dataIn(late)].map(({ streamId }) => streamId);
  assert.deepEqual(answered, streamIds(count));
});

/** What breaks the rules of this server's one client, each with a reason of its own. */
const GARBAGE: readonly (readonly [string, () => Answerer, Uint8Array])[] = [
  ["a POST", () => new RestAnswerer(), encode("POST /api/users/1 HTTP/1.1\r\n\r\n")],
  ["a TLS greeting to REST", () => new RestAnswerer(), Uint8Array.of(0x16, 3, 1, 2, 0)],
  ["an endless head", () => new RestAnswerer(), encode(`GET /${"a".repeat(20_000)}`)],
  ["HTTP/1.1 to gRPC", () => new GrpcAnswerer(), getRequests(1)],
  [
    "an oversized frame",
    () => new GrpcAnswerer(),
    clientBytes((writer) => writer.frame(FrameType.DATA, 0, 1, new Uint8Array(16_385))),
  ],
  [
    "DATA on a stream that was not opened",
    () => new GrpcAnswerer(),
    clientBytes((writer) => writer.data(5, new Uint8Array(1), 0, 1, true)),
  ],
  [
    "a request on a server's stream",
    () => new GrpcAnswerer(),
    clientBytes((writer) => writer.headers(2, Uint8Array.of(0x82), true, 16_384)),
  ],
  [
    "a PING of four bytes",
    () => new GrpcAnswerer(),
    clientBytes((writer) => writer.frame(FrameType.PING, 0, 0, new Uint8Array(4))),
  ],
  [
    "a window that no answer fits into",
    () => new GrpcAnswerer(),
    clientBytes((writer) => writer.settings([[SettingId.INITIAL_WINDOW_SIZE, 10]])),
  ],
  [
    "more calls than anyone would leave unanswered",
    () => new GrpcAnswerer(),
    clientBytes((writer) => writeCalls(writer, 110_000)),
  ],
];

for (const [name, answerer, bytes] of GARBAGE) {
  Deno.test(`a null server refuses ${name}`, () => {
    assert.throws(() => feed(answerer(), bytes, [4096]), Error);
  });
}

Deno.test("any bytes end in answers or a refusal, never in more than a few bytes for each of them", () => {
  const bytes = fc.uint8Array({ maxLength: 2000 });
  fc.assert(fc.property(bytes, pieceSizes, fc.boolean(), (tail, sizes, isGrpc) => {
    const answerer = isGrpc ? new GrpcAnswerer() : new RestAnswerer();
    const start = isGrpc ? clientBytes(() => {}) : encode("GET ");
    try {
      const answers = feed(answerer, Buffer.concat([start, tail]), sizes);
      assert(answers.length < 100 * (tail.length + 10));
    } catch (error) {
      assert(error instanceof Error && error.name !== "AssertionError", `${error}`);
    }
  }));
});

Deno.test("garbage closes its own connection, and the others are served on", async () => {
  await withNullServers(async ({ restUrl, grpcAddress }) => {
    for (const port of [new URL(restUrl).port, grpcAddress.split(":")[1]]) {
      const connection = await Deno.connect({ hostname: "127.0.0.1", port: Number(port) });
      await connection.write(encode("garbage without any sense"));
      assert.equal(await connection.read(new Uint8Array(1)).catch(() => null), null);
      connection.close();
    }
    const rest = await withRestClient(restUrl, (client) => sendAll(client, [1], 1));
    const grpc = await withGrpcClient(grpcAddress, (client) => sendAll(client, [1], 1));
    assert.deepEqual([...rest.flat(), ...grpc.flat()].map(verdictOf), ["success", "success"]);
  });
});

Deno.test("closing the null servers ends connections that are open", async () => {
  const servers = startNullServers();
  const port = Number(new URL(servers.restUrl).port);
  const connection = await Deno.connect({ hostname: "127.0.0.1", port });
  await connection.write(getRequests(1));
  assert(await connection.read(new Uint8Array(4096)) !== null);
  await servers.close();
  assert.equal(await connection.read(new Uint8Array(1)).catch(() => null), null);
  connection.close();
});
