import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import type { ServerHttp2Stream } from "node:http2";
import { MAX_ANSWER_BYTES } from "../../lib/clients/answer_bounds.ts";
import { ErrorCode } from "../../lib/clients/wire/http2/error_code.ts";
import { SettingId } from "../../lib/clients/wire/http2/settings.ts";
import type { Failure } from "../../lib/requests/sample.ts";
import { sendAll, sendOne, verdictOf, withGrpcClient } from "../support/clients.ts";
import {
  fields,
  OK_HEAD,
  OK_TRAILERS,
  type ScriptedConnection,
  startHttp2Server,
  startPlainHttp2Server,
} from "../support/http2_server.ts";
import { startHttp2Server as startNodeHttp2Server } from "../support/node_http2_server.ts";

/** How the calls end that are sent all at once to a server whose connections `handle` serves. */
async function verdictsOf(
  userIds: readonly number[],
  handle: (connection: ScriptedConnection, index: number) => Promise<void>,
  start = startPlainHttp2Server,
): Promise<string[]> {
  const server = start(handle);
  try {
    return await withGrpcClient(`127.0.0.1:${server.port}`, async (client) => {
      const samples = await sendAll(client, userIds, userIds.length);
      return samples.map(([sample]) => verdictOf(sample!));
    });
  } finally {
    await server.close();
  }
}

Deno.test("calls that a server going away has not processed are sent again, as grpc-js does", async () => {
  const verdicts = await verdictsOf([1, 2, 3], async (connection, index) => {
    if (index > 0) return await connection.answerAll();
    const requests = [];
    while (requests.length < 3) requests.push((await connection.request())!);
    const first = requests[0]!.streamId;
    connection.writer.goaway(first, ErrorCode.NO_ERROR);
    connection.answer(first);
    await connection.flush();
    await connection.request();
  });
  assert.deepEqual(verdicts, ["success", "success", "success"]);
});

type Conduct = (connection: ScriptedConnection) => Promise<void>;

/** Ways in which a server ends each connection, and what the calls' cause is to say of it. */
const ENDS_EACH: readonly (readonly [string, RegExp, Conduct])[] = [
  ...([["all", ErrorCode.ENHANCE_YOUR_CALM], ["none", ErrorCode.NO_ERROR]] as const).map(
    ([name, code]): readonly [string, RegExp, Conduct] => [
      `that goes away in its first packet, and answers ${name} all the same`,
      new RegExp(`GOAWAY \\(${code === 0 ? "NO_ERROR" : "ENHANCE_YOUR_CALM"}\\)`),
      async (connection) => {
        connection.writer.settings([]);
        connection.writer.goaway(0, code, "\x1b[31m");
        await connection.flush();
        if (name === "all") await connection.answerAll();
        else await connection.request();
      },
    ],
  ),
  ["that goes away when it is asked", /GOAWAY \(NO_ERROR\)/, async (connection) => {
    connection.writer.settings([]);
    await connection.flush();
    await connection.request();
    connection.writer.goaway(0, ErrorCode.NO_ERROR);
    await connection.flush();
    await connection.request();
  }],
  ["that closes after its settings", /connection|Connection/, async (connection) => {
    connection.writer.settings([]);
    await connection.flush();
  }],
  ["that closes before its settings", /connection|connect$/, () => Promise.resolve()],
];

for (const [name, cause, conduct] of ENDS_EACH) {
  Deno.test(`a server ${name}: every call fails soon, over few connections, and says so`, async () => {
    const server = startHttp2Server(conduct);
    try {
      for (const lens of ["native", "wire"] as const) {
        const before = server.accepted();
        await withGrpcClient(`127.0.0.1:${server.port}`, async (client) => {
          for (const [sample] of await sendAll(client, [1, 2, 3, 4, 5, 6, 7, 8], 4)) {
            assert(sample?.kind === "failure");
            assert.equal(sample.errorType, "UNAVAILABLE", sample.cause);
            assert.match(sample.cause, cause);
            assert.doesNotMatch(sample.cause, /note|Bad resource|\d{4}-\d\d-\d\d|[.:] *$/);
          }
        }, { lens });
        assert(server.accepted() - before <= 40, `${server.accepted()} connections, ${lens}`);
      }
    } finally {
      await server.close();
    }
  });
}

/** Answers that are wrong in one way, and the status that both clients give to them. */
const ONE_NAME:
  readonly (readonly [string, string, (connection: ScriptedConnection, id: number) => void])[] = [
    ["a compressed message without an encoding", "INTERNAL", (connection, id) => {
      connection.head(id);
      connection.data(id, Uint8Array.of(1, 0, 0, 0, 2, 10, 0));
      connection.trailers(id);
    }],
    ["HTTP/1.1 amid HTTP/2", "UNAVAILABLE", (connection) => {
      connection.writer.raw(new TextEncoder().encode("HTTP/1.1 400 Bad Request\r\n\r\n"));
    }],
    ["70 KB of metadata", "success", (connection, id) => {
      const large = Array.from({ length: 70 }, (_, at) => [`x-${at}`, "y".repeat(1000)] as const);
      connection.head(id, [...OK_HEAD, ...fields(...large)]);
      connection.data(id, new Uint8Array(5));
      connection.trailers(id);
    }],
  ];

for (const [name, expected, answer] of ONE_NAME) {
  Deno.test(`${name} has one name with both clients`, async () => {
    const server = startPlainHttp2Server(async (connection) => {
      answer(connection, (await connection.request())!.streamId);
      await connection.flush();
      await connection.request();
    });
    try {
      for (const lens of ["native", "wire"] as const) {
        const verdict = await withGrpcClient(
          `127.0.0.1:${server.port}`,
          async (client) => verdictOf(await sendOne(client, 1)),
          { lens },
        );
        assert.equal(verdict, expected, lens);
      }
    } finally {
      await server.close();
    }
  });
}

Deno.test("a server that goes away in its first packet once is asked again", async () => {
  const verdicts = await verdictsOf([1, 2, 3], async (connection, index) => {
    connection.writer.settings([]);
    if (index === 0) connection.writer.goaway(0, ErrorCode.NO_ERROR);
    await connection.flush();
    await connection.answerAll();
  }, startHttp2Server);
  assert.deepEqual(verdicts, ["success", "success", "success"]);
});

Deno.test("a call whose stream is refused is sent again, as grpc-js does", async () => {
  const verdicts = await verdictsOf([1], async (connection) => {
    const refused = (await connection.request())!;
    connection.writer.rstStream(refused.streamId, ErrorCode.REFUSED_STREAM);
    await connection.flush();
    await connection.answerAll();
  });
  assert.deepEqual(verdicts, ["success"]);
});

Deno.test("calls beyond a server's limit on streams wait, and none fails", async () => {
  const verdicts = await verdictsOf([1, 2, 3, 4, 5], async (connection) => {
    connection.writer.settings([[SettingId.MAX_CONCURRENT_STREAMS, 2]]);
    await connection.flush();
    await connection.answerAll();
  }, startHttp2Server);
  assert.deepEqual(new Set(verdicts), new Set(["success"]));
});

/** What one call counts as where each stream is answered by hand. */
async function failureWith(answer: (stream: ServerHttp2Stream) => void): Promise<Failure> {
  const server = await startNodeHttp2Server(answer);
  try {
    const sample = await withGrpcClient(`127.0.0.1:${server.port}`, (it) => sendOne(it, 1));
    assert(sample.kind === "failure");
    return sample;
  } finally {
    await server.close();
  }
}

const HEAD = { ":status": 200, "content-type": "application/grpc" };

Deno.test("two messages for a unary call are a failure at once, not when the time is over", async () => {
  const { errorType, cause, reason } = await failureWith((stream) => {
    stream.respond(HEAD, { waitForTrailers: true });
    stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
    stream.end(Buffer.alloc(10));
  });
  assert.deepEqual(
    [errorType, cause, reason.kind],
    ["UNIMPLEMENTED", "Too many responses received", "malformed"],
  );
});

Deno.test("a message that says it is larger than is taken fails at once", async () => {
  const prefix = Buffer.alloc(5);
  prefix.writeUInt32BE(MAX_ANSWER_BYTES + 1, 1);
  const { errorType, reason } = await failureWith((stream) => {
    stream.respond(HEAD);
    stream.write(prefix);
  });
  assert.deepEqual([errorType, reason.kind], ["RESOURCE_EXHAUSTED", "too-large"]);
});

Deno.test("more metadata than grpc-js takes is a limit, and no internal error of the server's", async () => {
  const large = Array.from(
    { length: 300 },
    (_, index): readonly [string, string] => [`x-${index}`, "y".repeat(1000)],
  );
  const server = startPlainHttp2Server(async (connection) => {
    const { streamId } = (await connection.request())!;
    connection.head(streamId);
    connection.trailers(streamId, [...OK_TRAILERS, ...fields(...large)]);
    await connection.flush();
    while (await connection.frame() !== null) { /* until the client closes */ }
  });
  try {
    const sample = await withGrpcClient(`127.0.0.1:${server.port}`, (it) => sendOne(it, 1));
    assert(sample.kind === "failure");
    assert.deepEqual([sample.errorType, sample.reason.kind], ["RESOURCE_EXHAUSTED", "too-large"]);
  } finally {
    await server.close();
  }
});

Deno.test("a gateway's page is told by its HTTP status, a web server's by its content type", async () => {
  const page = (status: number) => (stream: ServerHttp2Stream) => {
    stream.respond({ ":status": status, "content-type": "text/html" });
    stream.end("<html>no gRPC here</html>");
  };
  const gateway = await failureWith(page(503));
  assert.deepEqual(
    [gateway.errorType, gateway.reason],
    ["UNAVAILABLE", { kind: "http-status", status: 503 }],
  );
  const web = await failureWith(page(200));
  assert.deepEqual(
    [web.errorType, web.reason],
    ["UNKNOWN", { kind: "not-grpc", contentType: "text/html" }],
  );
});

Deno.test("what a server says of its own limits is not taken for this machine's", async () => {
  const words = "dial tcp: too many open files";
  const { errorType, cause, reason } = await failureWith((stream) => {
    const status = { "grpc-status": "14", "grpc-message": words };
    stream.respond({ ...HEAD, ...status }, { endStream: true });
  });
  assert.deepEqual(
    [errorType, cause, reason],
    ["UNAVAILABLE", words, { kind: "grpc-status", status: "UNAVAILABLE" }],
  );
});

Deno.test("an encoding that grpc-js does not know is a failure with a cause", async () => {
  const { errorType, cause, reason } = await failureWith((stream) => {
    stream.respond({ ...HEAD, "grpc-encoding": "zstd" }, { waitForTrailers: true });
    stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
    stream.end(Buffer.from([1, 0, 0, 0, 1, 0]));
  });
  assert.deepEqual([errorType, reason.kind], ["INTERNAL", "malformed"]);
  assert.notEqual(cause, "");
});
