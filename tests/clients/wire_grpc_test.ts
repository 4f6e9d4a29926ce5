import { Metadata, status as Status } from "@grpc/grpc-js";
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import fc from "fast-check";
import { GetUserResponse } from "../../lib/requests/built_in/user_service.ts";
import { frameMessage } from "../../lib/clients/wire/grpc/message_frame.ts";
import { MessageReader } from "../../lib/clients/wire/grpc/message_reader.ts";
import { grpcTimeout } from "../../lib/clients/wire/grpc/request_head.ts";
import { decodeGrpcMessage, statusNameOf } from "../../lib/clients/wire/grpc/status.ts";
import { ErrorCode } from "../../lib/clients/wire/http2/error_code.ts";
import { FrameType } from "../../lib/clients/wire/http2/frame.ts";
import { SettingId } from "../../lib/clients/wire/http2/settings.ts";
import type { Sample } from "../../lib/requests/sample.ts";
import { userById } from "../../lib/servers/users.ts";
import {
  sendAll,
  sendOne,
  sumOfPhases,
  verdictOf,
  withGrpcClient,
  withWireGrpcClient,
} from "../support/clients.ts";
import { startGrpcStub } from "../support/grpc_stub.ts";
import {
  fields,
  OK_HEAD,
  OK_TRAILERS,
  type ScriptedConnection,
  startHttp2Server,
  startPlainHttp2Server,
  userIdOf,
} from "../support/http2_server.ts";
import { answering, readUntilClosed, startRawServer } from "../support/raw_server.ts";
import { withReferenceServers } from "../support/reference.ts";

const SHORT_TIMEOUT_MS = 100;
const TEXT = new TextEncoder();

function idsUpTo(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index + 1);
}

/** How often each verdict came, every request counted exactly once. */
function tally(samples: readonly Sample[][]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const ofOne of samples) {
    assert.equal(ofOne.length, 1);
    const verdict = verdictOf(ofOne[0]!);
    counts[verdict] = (counts[verdict] ?? 0) + 1;
  }
  return counts;
}

Deno.test("the wire client measures the reference server: size, phases, and meaning as the native one", async () => {
  await withReferenceServers(async ({ grpcAddress }) => {
    const message = GetUserResponse.encode({ user: userById(42)! }).finish();
    await withWireGrpcClient(grpcAddress, async (client) => {
      for (const sample of [await sendOne(client, 42), await sendOne(client, 42)]) {
        assert(sample.kind === "success");
        assert.equal(sample.payloadBytes, message.length);
        const { firstByteMs, downloadMs, streamWaitMs } = sample.phases;
        assert(firstByteMs! > 0 && downloadMs! >= 0);
        assert(Math.abs(sumOfPhases(sample) - sample.responseTimeMs) < 1e-6);
        assert.equal(streamWaitMs, 0);
        assert(sample.wireBytes!.received > message.length);
      }
      const native = await withGrpcClient(grpcAddress, (other) => other.ask(7));
      assert.deepEqual((await client.ask(7)).content, native.content);
    });
  });
});

Deno.test("a run of many requests over several connections loses none, and uses them all", async () => {
  const server = startPlainHttp2Server((connection) => connection.answerAll());
  try {
    await withWireGrpcClient(`127.0.0.1:${server.port}`, async (client) => {
      assert.deepEqual(tally(await sendAll(client, idsUpTo(2000), 50)), { success: 2000 });
    }, { connections: 3 });
    assert.equal(server.accepted(), 3);
  } finally {
    await server.close();
  }
});

Deno.test("a request says what gRPC asks for, and its bytes are counted both ways", async () => {
  let wireBytes = 0;
  const server = startPlainHttp2Server(async (connection) => {
    const request = (await connection.request())!;
    wireBytes = request.wireBytes;
    assert.deepEqual(
      Object.fromEntries(request.fields.map(({ name, value }) => [name, value])),
      {
        ":method": "POST",
        ":scheme": "http",
        ":path": "/api.performance.UserService/GetUser",
        ":authority": `127.0.0.1:${server.port}`,
        "te": "trailers",
        "grpc-timeout": "5000m",
        "content-type": "application/grpc",
        "user-agent": "protoduel",
      },
    );
    assert.equal(userIdOf(request), 300);
    connection.answer(request.streamId);
    await connection.flush();
    await connection.request();
  });
  try {
    await withWireGrpcClient(`127.0.0.1:${server.port}`, async (client) => {
      const sample = await sendOne(client, 300);
      assert(sample.kind === "success");
      // Three frames: a head of one index and 18 literal bytes, an empty message, trailers.
      const { received, sent } = sample.wireBytes!;
      assert.equal(sent, wireBytes);
      assert(received > 3 * 9 + 5 && received < 100);
    });
  } finally {
    await server.close();
  }
});

Deno.test("connections are timed where they are opened", async () => {
  const server = startPlainHttp2Server((connection) => connection.answerAll());
  const timings: { tcpMs: number; tlsMs: number | null }[] = [];
  try {
    await withWireGrpcClient(`127.0.0.1:${server.port}`, async (client) => {
      await sendAll(client, idsUpTo(10), 2);
    }, { connections: 2, onConnection: (timing) => timings.push(timing) });
  } finally {
    await server.close();
  }
  assert.equal(timings.length, 2);
  assert(timings.every(({ tcpMs, tlsMs }) => tcpMs > 0 && tlsMs === null));
});

for (const limit of [1, 2, 3]) {
  Deno.test(`a limit of ${limit} streams is kept to, and the wait for it recorded apart`, async () => {
    let most = 0;
    const server = startHttp2Server(async (connection) => {
      connection.writer.settings([[SettingId.MAX_CONCURRENT_STREAMS, limit]]);
      await connection.flush();
      const open: number[] = [];
      for (let request = await connection.request(); request !== null;) {
        open.push(request.streamId);
        most = Math.max(most, open.length);
        if (open.length === limit || request.streamId > 2 * (60 - limit)) {
          for (const streamId of open.splice(0)) connection.answer(streamId);
          await connection.flush();
        }
        request = await connection.request();
      }
    });
    try {
      await withWireGrpcClient(`127.0.0.1:${server.port}`, async (client) => {
        const samples = await sendAll(client, idsUpTo(60), 10);
        assert.deepEqual(tally(samples), { success: 60 });
        const waits = samples.map(([sample]) =>
          sample!.kind === "success" ? sample!.phases.streamWaitMs! : NaN
        );
        assert(waits.filter((waitMs) => waitMs > 0).length >= 40);
      });
    } finally {
      await server.close();
    }
    assert.equal(most, limit);
  });
}

Deno.test("settings that change in the middle of a run are followed, and nothing is lost", async () => {
  const server = startHttp2Server(async (connection) => {
    connection.writer.settings([]);
    await connection.flush();
    for (let request = await requestWithUpdates(connection); request !== null;) {
      const { streamId } = request;
      if (streamId % 20 === 1) {
        connection.writer.settings([
          [SettingId.HEADER_TABLE_SIZE, streamId * 7 % 300],
          [SettingId.INITIAL_WINDOW_SIZE, 1 + streamId % 7],
          [SettingId.MAX_CONCURRENT_STREAMS, 1 + streamId % 5],
        ]);
      }
      // With windows as small as this, a request's body needs several frames and updates.
      connection.writer.windowUpdate(0, 20);
      connection.answer(streamId);
      await connection.flush();
      request = await requestWithUpdates(connection);
    }
  });
  try {
    await withWireGrpcClient(`127.0.0.1:${server.port}`, async (client) => {
      assert.deepEqual(tally(await sendAll(client, idsUpTo(300), 10)), { success: 300 });
    });
  } finally {
    await server.close();
  }
});

/** The next request, where the server opens each stream's window only as its head comes. */
function requestWithUpdates(connection: ScriptedConnection) {
  return connection.request((streamId) => {
    connection.writer.windowUpdate(streamId, 20);
    return connection.flush();
  });
}

Deno.test("GOAWAY in the middle of a run: what was not processed moves, every id is answered once", async () => {
  const answered = new Map<number, number>();
  const server = startPlainHttp2Server(async (connection, index) => {
    const held: { streamId: number; userId: number }[] = [];
    for (
      let request = await connection.request();
      request !== null;
      request = await connection.request()
    ) {
      held.push({ streamId: request.streamId, userId: userIdOf(request) });
      const goes = index < 3;
      // Of ten requests, the first five count as processed; they are answered after the farewell.
      if (goes && held.length < 10) continue;
      if (goes) connection.writer.goaway(held[4]!.streamId, ErrorCode.NO_ERROR);
      for (const { streamId, userId } of held.splice(0, 5)) {
        answered.set(userId, (answered.get(userId) ?? 0) + 1);
        connection.answer(streamId);
      }
      await connection.flush();
      if (goes) break;
    }
    while (await connection.frame() !== null) { /* until the client closes */ }
  });
  try {
    await withWireGrpcClient(`127.0.0.1:${server.port}`, async (client) => {
      assert.deepEqual(tally(await sendAll(client, idsUpTo(200), 10)), { success: 200 });
    });
  } finally {
    await server.close();
  }
  assert.equal(server.accepted(), 4);
  assert.equal(answered.size, 200);
  assert([...answered.values()].every((times) => times === 1));
});

Deno.test("a server that goes away without ever answering ends in failures, not in a circle", async () => {
  const server = startPlainHttp2Server(async (connection) => {
    await connection.request();
    connection.writer.goaway(0, ErrorCode.NO_ERROR);
    await connection.flush();
    await connection.request();
  });
  try {
    await withWireGrpcClient(`127.0.0.1:${server.port}`, async (client) => {
      assert.deepEqual(tally(await sendAll(client, idsUpTo(6), 3)), { UNAVAILABLE: 6 });
    });
  } finally {
    await server.close();
  }
});

Deno.test("a connection whose stream identifiers run out is replaced", async () => {
  const server = startPlainHttp2Server((connection) => connection.answerAll());
  try {
    await withWireGrpcClient(`127.0.0.1:${server.port}`, async (client) => {
      assert.deepEqual(tally(await sendAll(client, idsUpTo(100), 7)), { success: 100 });
    }, { maxStreamId: 49 });
    assert.equal(server.accepted(), 4);
  } finally {
    await server.close();
  }
});

Deno.test("a connection cut in the middle of a run fails what was in flight, and the next one serves", async () => {
  const server = startPlainHttp2Server(async (connection, index) => {
    if (index > 0) return await connection.answerAll();
    for (let count = 0; count < 50; count++) {
      connection.answer((await connection.request())!.streamId);
      await connection.flush();
    }
  });
  try {
    await withWireGrpcClient(`127.0.0.1:${server.port}`, async (client) => {
      const counts = tally(await sendAll(client, idsUpTo(200), 10));
      assert.equal(counts["success"]! + counts["UNAVAILABLE"]!, 200);
      assert(counts["UNAVAILABLE"]! >= 1 && counts["UNAVAILABLE"]! <= 10);
    });
    assert.equal(server.accepted(), 2);
  } finally {
    await server.close();
  }
});

Deno.test("a fault of the server's is told to it, and fails what was in flight", async () => {
  const goaways: number[] = [];
  const server = startPlainHttp2Server(async (connection, index) => {
    if (index > 0) return await connection.answerAll();
    await connection.request();
    connection.writer.frame(FrameType.PING, 0, 0, new Uint8Array(7));
    await connection.flush();
    const goaway = await connection.frameOf(FrameType.GOAWAY);
    goaways.push(new DataView(goaway!.payload.buffer).getUint32(4));
  });
  try {
    await withWireGrpcClient(`127.0.0.1:${server.port}`, async (client) => {
      assert.equal(verdictOf(await sendOne(client, 1)), "UNAVAILABLE");
      assert.equal(verdictOf(await sendOne(client, 1)), "success");
    });
  } finally {
    await server.close();
  }
  assert.deepEqual(goaways, [ErrorCode.FRAME_SIZE_ERROR]);
});

Deno.test("a call that outlives its timeout is cancelled at the server, and its stream is free again", async () => {
  const cancelled: number[] = [];
  const server = startHttp2Server(async (connection) => {
    connection.writer.settings([[SettingId.MAX_CONCURRENT_STREAMS, 1]]);
    await connection.flush();
    await connection.request();
    const reset = await connection.frameOf(FrameType.RST_STREAM);
    cancelled.push(new DataView(reset!.payload.buffer).getUint32(0));
    // Comes too late, and must be neither an answer nor a fault.
    connection.answer(reset!.streamId);
    await connection.flush();
    await connection.answerAll();
  });
  try {
    await withWireGrpcClient(`127.0.0.1:${server.port}`, async (client) => {
      assert.equal(verdictOf(await sendOne(client, 1)), "DEADLINE_EXCEEDED");
      assert.equal(verdictOf(await sendOne(client, 1)), "success");
    }, { timeoutMs: SHORT_TIMEOUT_MS });
  } finally {
    await server.close();
  }
  assert.deepEqual(cancelled, [ErrorCode.CANCEL]);
});

Deno.test("a grpc-js server sees the cancellation", async () => {
  let cancelled = () => {};
  const sawCancel = new Promise<void>((resolve) => cancelled = resolve);
  const stub = await startGrpcStub((call) => call.on("cancelled", () => cancelled()));
  try {
    await withWireGrpcClient(`127.0.0.1:${stub.port}`, async (client) => {
      assert.equal(verdictOf(await sendOne(client, 1)), "DEADLINE_EXCEEDED");
      await sawCancel;
    }, { timeoutMs: SHORT_TIMEOUT_MS });
  } finally {
    stub.close();
  }
});

Deno.test("a server that says nothing at all ends in DEADLINE_EXCEEDED", async () => {
  const server = startRawServer(readUntilClosed);
  try {
    await withWireGrpcClient(`127.0.0.1:${server.port}`, async (client) => {
      assert.deepEqual(tally(await sendAll(client, idsUpTo(4), 2)), { DEADLINE_EXCEEDED: 4 });
    }, { timeoutMs: SHORT_TIMEOUT_MS });
  } finally {
    await server.close();
  }
});

Deno.test("a server of HTTP/1.1, a closed port and an unknown name end in UNAVAILABLE", async () => {
  const server = startRawServer(answering("HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n"));
  try {
    for (const address of [`127.0.0.1:${server.port}`, "127.0.0.1:1", "no-such-host.invalid:1"]) {
      await withWireGrpcClient(address, async (client) => {
        assert.deepEqual(tally(await sendAll(client, idsUpTo(6), 3)), { UNAVAILABLE: 6 });
      });
    }
  } finally {
    await server.close();
  }
});

Deno.test("closing the client ends what is in flight and what waits", async () => {
  const server = startHttp2Server(async (connection) => {
    connection.writer.settings([[SettingId.MAX_CONCURRENT_STREAMS, 1]]);
    await connection.flush();
    while (await connection.frame() !== null) { /* never answered */ }
  });
  try {
    await withWireGrpcClient(`127.0.0.1:${server.port}`, async (client) => {
      const samples = sendAll(client, idsUpTo(5), 5);
      await new Promise((resolve) => setTimeout(resolve, 20));
      await client.close();
      assert.deepEqual(tally(await samples), { CANCELLED: 5 });
      assert.equal(verdictOf(await sendOne(client, 1)), "CANCELLED");
    });
  } finally {
    await server.close();
  }
});

Deno.test("every gRPC status counts under its own name", async () => {
  const stub = await startGrpcStub((call, callback) => {
    // The stub reads the wanted status from the user id: field 1, varint.
    callback({ code: call.request[1]!, details: "as asked", metadata: new Metadata() });
  });
  try {
    await withWireGrpcClient(`127.0.0.1:${stub.port}`, async (client) => {
      for (const [name, code] of Object.entries(Status)) {
        if (typeof code !== "number" || code === Status.OK) continue;
        const sample = await sendOne(client, code);
        assert(sample.kind === "failure");
        assert.deepEqual([sample.errorType, sample.cause], [name, "as asked"]);
      }
    });
  } finally {
    stub.close();
  }
});

type Answer = (connection: ScriptedConnection, streamId: number) => void;

const HTML = TEXT.encode("<html>no gRPC here</html>");
const USER = GetUserResponse.encode({ user: userById(1)! }).finish();

/** What a server may answer, and what both clients must make of it. */
const ANSWERS: readonly (readonly [name: string, verdict: string, answer: Answer])[] = [
  ["a message and status 0", "success", (it, id) => it.answer(id, USER)],
  ["an empty message and status 0", "success", (it, id) => it.answer(id)],
  ["a message split into single bytes", "success", (it, id) => {
    it.head(id);
    for (const byte of frameMessage(USER)) it.data(id, Uint8Array.of(byte));
    it.trailers(id);
  }],
  ["a message that does not decode", "Malformed Protobuf", (it, id) => {
    it.answer(id, new Uint8Array([0x0a, 0x7f]));
  }],
  ["trailers only", "NOT_FOUND", (it, id) => {
    it.trailers(id, [...OK_HEAD, ...fields(["grpc-status", "5"], ["grpc-message", "no"])]);
  }],
  ["a message and yet a failure", "ABORTED", (it, id) => {
    it.head(id);
    it.data(id, frameMessage(USER));
    it.trailers(id, fields(["grpc-status", "10"]));
  }],
  ["status 0 without a message", "UNIMPLEMENTED", (it, id) => {
    it.head(id);
    it.trailers(id);
  }],
  ["trailers only with status 0", "UNIMPLEMENTED", (it, id) => {
    it.trailers(id, [...OK_HEAD, ...OK_TRAILERS]);
  }],
  ["half a message and status 0", "UNIMPLEMENTED", (it, id) => {
    it.head(id);
    it.data(id, frameMessage(USER).subarray(0, 20));
    it.trailers(id);
  }],
  ["half a prefix and status 0", "UNIMPLEMENTED", (it, id) => {
    it.head(id);
    it.data(id, new Uint8Array(3));
    it.trailers(id);
  }],
  ["trailers without a status", "UNKNOWN", (it, id) => {
    it.head(id);
    it.data(id, frameMessage(USER));
    it.trailers(id, fields(["x", "y"]));
  }],
  ["no trailers", "INTERNAL", (it, id) => {
    it.head(id);
    it.data(id, frameMessage(USER), true);
  }],
  ["a status that gRPC does not know", "UNKNOWN", (it, id) => {
    it.head(id);
    it.trailers(id, fields(["grpc-status", "99"]));
  }],
  ["status 00, which is 0", "success", (it, id) => {
    it.head(id);
    it.data(id, frameMessage(USER));
    it.trailers(id, fields(["grpc-status", "00"]));
  }],
  ["status 005, which is 5", "NOT_FOUND", (it, id) => {
    it.trailers(id, [...OK_HEAD, ...fields(["grpc-status", "005"])]);
  }],
  ["status 0, and another after it", "UNKNOWN", (it, id) => {
    it.head(id);
    it.data(id, frameMessage(USER));
    it.trailers(id, fields(["grpc-status", "0"], ["grpc-status", "13"]));
  }],
  ["a web server's page, with HTTP 200", "UNKNOWN", (it, id) => {
    it.head(id, fields([":status", "200"], ["content-type", "text/html"]));
    it.data(id, HTML, true);
  }],
  ["a status that is no number", "UNKNOWN", (it, id) => {
    it.head(id);
    it.trailers(id, fields(["grpc-status", "fine"]));
  }],
  ...([
    [200, "UNKNOWN"],
    [400, "INTERNAL"],
    [401, "UNAUTHENTICATED"],
    [403, "PERMISSION_DENIED"],
    [
      404,
      "UNIMPLEMENTED",
    ],
    [429, "UNAVAILABLE"],
    [500, "UNKNOWN"],
    [502, "UNAVAILABLE"],
    [503, "UNAVAILABLE"],
    [
      504,
      "UNAVAILABLE",
    ],
  ] as const).map(([status, verdict]): readonly [string, string, Answer] => [
    `HTTP ${status} and nothing else`,
    verdict,
    (it, id) => it.trailers(id, fields([":status", `${status}`])),
  ]),
  ["a page of HTML with HTTP 404 and trailers", "UNIMPLEMENTED", (it, id) => {
    it.head(id, fields([":status", "404"], ["content-type", "text/html"]));
    it.data(id, HTML);
    it.trailers(id, fields(["x", "y"]));
  }],
  ...Object.entries(ErrorCode).map(([name, code]): readonly [string, string, Answer] => [
    `RST_STREAM with ${name}`,
    {
      REFUSED_STREAM: "UNAVAILABLE",
      CANCEL: "CANCELLED",
      ENHANCE_YOUR_CALM: "RESOURCE_EXHAUSTED",
      INADEQUATE_SECURITY: "PERMISSION_DENIED",
    }[name] ?? "INTERNAL",
    (it, id) => it.writer.rstStream(id, code),
  ]),
  ["RST_STREAM in the middle of a message", "INTERNAL", (it, id) => {
    it.head(id);
    it.data(id, frameMessage(USER).subarray(0, 20));
    it.writer.rstStream(id, ErrorCode.INTERNAL_ERROR);
  }],
];

for (const [name, verdict, answer] of ANSWERS) {
  Deno.test(`an answer of ${name} counts as ${verdict} with both clients, and is as large`, async () => {
    const server = startPlainHttp2Server(async (connection) => {
      for (;;) {
        const request = await connection.request();
        if (request === null) return;
        answer(connection, request.streamId);
        await connection.flush();
      }
    });
    const address = `127.0.0.1:${server.port}`;
    try {
      const wire = await withWireGrpcClient(address, (client) => sendOne(client, 1));
      const native = await withGrpcClient(address, (client) => sendOne(client, 1));
      assert.deepEqual([verdictOf(wire), verdictOf(native)], [verdict, verdict]);
      assert.equal(sizeOf(wire), sizeOf(native));
    } finally {
      await server.close();
    }
  });
}

function sizeOf(sample: Sample): number | null {
  return sample.kind === "success" ? sample.payloadBytes : null;
}

const HOPELESS: readonly (readonly [name: string, verdict: string, body: Uint8Array])[] = [
  ["a compressed message", "INTERNAL", new Uint8Array([1, 0, 0, 0, 1, 0])],
  ["a second message", "UNIMPLEMENTED", new Uint8Array(10)],
  ["a message of 4 GB", "RESOURCE_EXHAUSTED", new Uint8Array([0, 255, 255, 255, 255, 0])],
];

for (const [name, verdict, body] of HOPELESS) {
  Deno.test(`${name} is cancelled at once and counts as ${verdict}`, async () => {
    const cancelled: number[] = [];
    const server = startPlainHttp2Server(async (connection) => {
      const { streamId } = (await connection.request())!;
      connection.head(streamId);
      connection.data(streamId, body);
      await connection.flush();
      cancelled.push((await connection.frameOf(FrameType.RST_STREAM))!.streamId);
      await connection.answerAll();
    });
    try {
      await withWireGrpcClient(`127.0.0.1:${server.port}`, async (client) => {
        assert.equal(verdictOf(await sendOne(client, 1)), verdict);
        assert.equal(verdictOf(await sendOne(client, 1)), "success");
      });
    } finally {
      await server.close();
    }
    assert.deepEqual(cancelled, [1]);
  });
}

Deno.test("a grpc-status is a number, and only 0 is OK", () => {
  fc.assert(fc.property(fc.nat({ max: 30 }), fc.nat({ max: 8 }), (code, zeros) => {
    const name = statusNameOf("0".repeat(zeros) + code);
    assert.equal(name, statusNameOf(String(code)));
    assert.equal(name === "OK", code === 0);
  }));
  for (const text of ["", "+0", "-0", " 0", "0 ", "0x0", "0.0", "0,0", "٠", "0".repeat(11)]) {
    assert.equal(statusNameOf(text), "UNKNOWN", text);
  }
});

for (
  const [name, fieldCount] of [["in few frames", 150], ["over many frames", 900]] as const
) {
  Deno.test(`more metadata than is taken, ${name}, is named as the limit that it is, and ends one call`, async () => {
    const server = startPlainHttp2Server(async (connection) => {
      const { streamId } = (await connection.request())!;
      const large = Array.from(
        { length: fieldCount },
        (_, index): readonly [string, string] => [`x-${index}`, "y".repeat(1000)],
      );
      connection.head(streamId, [...OK_HEAD, ...fields(...large)]);
      await connection.flush();
      await connection.answerAll();
    });
    try {
      await withWireGrpcClient(`127.0.0.1:${server.port}`, async (client) => {
        const sample = await sendOne(client, 1);
        assert(sample.kind === "failure");
        assert.deepEqual([sample.errorType, sample.reason.kind], [
          "RESOURCE_EXHAUSTED",
          "too-large",
        ]);
        assert.match(sample.cause, /more than 147456 bytes of metadata/);
        assert.equal(verdictOf(await sendOne(client, 1)), "success");
      });
      assert.equal(server.accepted(), 1);
    } finally {
      await server.close();
    }
  });
}

for (
  const [head, reason] of [
    [[["content-type", "text/html; charset=utf-8"]], "not-grpc"],
    [[["content-type", `x/${"y".repeat(500)}`]], "not-grpc"],
    [[["content-type", "application/grpc+proto"]], "success"],
    [[["content-type", "Application/gRPC"]], "success"],
  ] as const
) {
  Deno.test(`an answer of content type "${head[0][1].slice(0, 40)}" is seen for what it is: ${reason}`, async () => {
    const server = startPlainHttp2Server(async (connection) => {
      for (let request = await connection.request(); request !== null;) {
        connection.head(request.streamId, fields([":status", "200"], ...head));
        // As good as any but for its type.
        connection.data(request.streamId, frameMessage(new Uint8Array()));
        connection.trailers(request.streamId);
        await connection.flush();
        request = await connection.request();
      }
    });
    try {
      await withWireGrpcClient(`127.0.0.1:${server.port}`, async (client) => {
        for (let sent = 0; sent < 2; sent++) {
          const sample = await sendOne(client, 1);
          assert.equal(sample.kind === "failure" ? sample.reason.kind : "success", reason);
          if (sample.kind === "success") continue;
          assert(sample.reason.kind === "not-grpc");
          assert(sample.reason.contentType!.length <= 100);
        }
      });
    } finally {
      await server.close();
    }
  });
}

Deno.test("a grpc-message is decoded for the user", () => {
  for (
    const [encoded, decoded] of [
      ["plain", "plain"],
      ["a%20b%0Ac", "a b\nc"],
      ["%E2%82%AC%c3%bc", "€ü"],
      ["100%", "100%"],
      ["%zz%4", "%zz%4"],
      ["%ff", "\ufffd"],
    ] as const
  ) assert.equal(decodeGrpcMessage(encoded), decoded);
  fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => {
    assert.equal(decodeGrpcMessage(encodeURIComponent(text.toWellFormed())), text.toWellFormed());
  }));
});

Deno.test("a message is put together wherever its bytes are split", () => {
  const reader = new MessageReader(1000);
  const splits = fc.array(fc.nat(3000), { maxLength: 10 });
  fc.assert(fc.property(fc.uint8Array({ maxLength: 1000 }), splits, (message, cuts) => {
    const framed = frameMessage(message);
    const ends = [...cuts.map((cut) => cut % framed.length).toSorted((a, b) => a - b)];
    reader.reset();
    let start = 0;
    for (const end of [...ends, framed.length]) {
      if (start < framed.length) assert.equal(reader.message(), null);
      assert.equal(reader.add(framed, start, end), null);
      start = end;
    }
    assert.deepEqual(Buffer.from(reader.message()!), Buffer.from(message));
  }));
});

Deno.test("a timeout is written with at most eight digits", () => {
  assert.equal(grpcTimeout(10_000), "10000m");
  assert.equal(grpcTimeout(0.5), "1m");
  assert.equal(grpcTimeout(99_999_999), "99999999m");
  assert.equal(grpcTimeout(100_000_000), "100000S");
});
