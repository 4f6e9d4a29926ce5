import { Metadata, status as Status } from "@grpc/grpc-js";
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { compileComparison } from "../../lib/requests/compile.ts";
import { getUser } from "../../lib/requests/built_in/get_user.ts";
import { GetUserResponse } from "../../lib/requests/built_in/user_service.ts";
import { mapSights, seen } from "../../lib/requests/sight.ts";
import { userById } from "../../lib/servers/users.ts";
import { sendOne, verdictOf, withGrpcClient, withRestClient } from "../support/clients.ts";
import { startGrpcStub } from "../support/grpc_stub.ts";
import {
  answering,
  httpAnswer,
  readRequestHead,
  readUntilClosed,
  startRawServer,
  writeText,
} from "../support/raw_server.ts";
import { JSON_TYPE, WHOLE_ANSWERS } from "../support/rest_answers.ts";
import { withReferenceServers } from "../support/reference.ts";
import { freePort } from "../support/free_port.ts";

const SHORT_TIMEOUT_MS = 100;

/** What one REST request counts as, against a server whose connections `handle` answers. */
async function restVerdict(
  handle: Parameters<typeof startRawServer>[0],
  timeoutMs?: number,
): Promise<string> {
  const server = startRawServer(handle);
  try {
    return await withRestClient(
      `http://127.0.0.1:${server.port}`,
      async (client) => verdictOf(await sendOne(client, 1)),
      timeoutMs === undefined ? {} : { timeoutMs },
    );
  } finally {
    await server.close();
  }
}

Deno.test("both clients measure the reference servers, and count payload bytes as received", async () => {
  await withReferenceServers(async ({ restUrl, grpcAddress }) => {
    const user = userById(42)!;
    const rest = await withRestClient(restUrl, (client) => sendOne(client, 42));
    const grpc = await withGrpcClient(grpcAddress, (client) => sendOne(client, 42));
    assert(rest.kind === "success" && grpc.kind === "success");
    assert.equal(rest.payloadBytes, new TextEncoder().encode(JSON.stringify(user)).length);
    assert.equal(grpc.payloadBytes, GetUserResponse.encode({ user }).finish().length);
    for (const { responseTimeMs, phases: { firstByteMs, downloadMs } } of [rest, grpc]) {
      assert(firstByteMs! > 0 && downloadMs! >= 0);
      assert(Math.abs(firstByteMs! + downloadMs! - responseTimeMs) < 1e-6);
    }
  });
});

Deno.test("the reference servers answer alike: found, not found, invalid", async () => {
  await withReferenceServers(async ({ restUrl, grpcAddress }) => {
    const verdicts = async (id: number) => [
      await withRestClient(restUrl, async (client) => verdictOf(await sendOne(client, id))),
      await withGrpcClient(grpcAddress, async (client) => verdictOf(await sendOne(client, id))),
    ];
    assert.deepEqual(await verdicts(1), ["success", "success"]);
    assert.deepEqual(await verdicts(10_000), ["success", "success"]);
    assert.deepEqual(await verdicts(10_001), ["HTTP 404", "NOT_FOUND"]);
    assert.deepEqual(await verdicts(0), ["HTTP 400", "INVALID_ARGUMENT"]);
    assert.deepEqual(await verdicts(-5), ["HTTP 400", "INVALID_ARGUMENT"]);
  });
});

Deno.test("the reference servers' answers mean the same over both protocols", async () => {
  await withReferenceServers(async ({ restUrl, grpcAddress }) => {
    const rest = await withRestClient(restUrl, (client) => client.ask(7));
    const grpc = await withGrpcClient(grpcAddress, (client) => client.ask(7));
    assert.deepEqual(mapSights(rest.content, grpc.content, compileComparison(getUser)), seen([]));
  });
});

Deno.test("fetch asks for no compression and follows no redirect", async () => {
  let head = "";
  const verdict = await restVerdict(async (connection) => {
    const buffer = new Uint8Array(4096);
    const count = await connection.read(buffer);
    head = new TextDecoder().decode(buffer.subarray(0, count ?? 0));
    await writeText(connection, "HTTP/1.1 302 Found\r\nlocation: /\r\ncontent-length: 0\r\n\r\n");
    await readUntilClosed(connection);
  });
  assert.match(head, /^accept-encoding: identity\r$/im);
  assert.equal(verdict, "HTTP 302");
});

for (const [name, answer, verdict] of WHOLE_ANSWERS) {
  Deno.test(`a REST answer of ${name} counts as ${verdict}`, async () => {
    assert.equal(await restVerdict(answering(answer)), verdict);
  });
}

Deno.test("JSON that is not UTF-8 counts as Malformed JSON", async () => {
  const verdict = await restVerdict(async (connection) => {
    await readRequestHead(connection);
    await writeText(connection, "HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\n");
    await connection.write(new Uint8Array([0x22, 0xc3, 0x28, 0x22]));
    await readUntilClosed(connection);
  });
  assert.equal(verdict, "Malformed JSON");
});

Deno.test("a connection closed in the middle of the body counts as Connection Reset", async () => {
  const verdict = await restVerdict(async (connection) => {
    await readRequestHead(connection);
    await writeText(connection, "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{");
  });
  assert.equal(verdict, "Connection Reset");
});

Deno.test("a connection closed before any answer counts as Connection Reset", async () => {
  assert.equal(await restVerdict(async (c) => void await readRequestHead(c)), "Connection Reset");
});

Deno.test("an answer that is no HTTP counts as Malformed HTTP", async () => {
  assert.equal(await restVerdict(answering("SSH-2.0-OpenSSH\r\n\r\n")), "Malformed HTTP");
});

Deno.test("nobody listening counts as Connection Refused, and as UNAVAILABLE in gRPC", async () => {
  const port = freePort();
  const rest = await withRestClient(`http://127.0.0.1:${port}`, (client) => sendOne(client, 1));
  const grpc = await withGrpcClient(`127.0.0.1:${port}`, (client) => sendOne(client, 1));
  assert.deepEqual([verdictOf(rest), verdictOf(grpc)], ["Connection Refused", "UNAVAILABLE"]);
});

Deno.test("a name that does not resolve counts as DNS Failure, and as UNAVAILABLE in gRPC", async () => {
  const rest = await withRestClient("http://no-such-host.invalid", (client) => sendOne(client, 1));
  const grpc = await withGrpcClient("no-such-host.invalid:1", (client) => sendOne(client, 1));
  assert.deepEqual([verdictOf(rest), verdictOf(grpc)], ["DNS Failure", "UNAVAILABLE"]);
});

Deno.test("TLS spoken to a plain port counts as TLS Failure, and as UNAVAILABLE in gRPC", async () => {
  await withReferenceServers(async ({ restUrl, grpcAddress }) => {
    const rest = await withRestClient(restUrl.replace("http:", "https:"), (c) => sendOne(c, 1));
    const grpc = await withGrpcClient(`https://${grpcAddress}`, (client) => sendOne(client, 1));
    assert.deepEqual([verdictOf(rest), verdictOf(grpc)], ["TLS Failure", "UNAVAILABLE"]);
  });
});

Deno.test("a REST server that never answers is aborted after the timeout, connection and all", async () => {
  let sawClose = () => {};
  const clientClosed = new Promise<void>((resolve) => sawClose = resolve);
  const server = startRawServer(async (connection) => {
    await readUntilClosed(connection);
    sawClose();
  });
  try {
    await withRestClient(`http://127.0.0.1:${server.port}`, async (client) => {
      assert.equal(verdictOf(await sendOne(client, 1)), "Connection Timeout");
      // Ends only if the request was aborted: the client itself is still open.
      await clientClosed;
    }, { timeoutMs: SHORT_TIMEOUT_MS });
  } finally {
    await server.close();
  }
});

Deno.test("a REST body that never ends is aborted after the timeout", async () => {
  const verdict = await restVerdict(async (connection) => {
    await readRequestHead(connection);
    await writeText(connection, "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{");
    await readUntilClosed(connection);
  }, SHORT_TIMEOUT_MS);
  assert.equal(verdict, "Connection Timeout");
});

Deno.test("a gRPC server that never answers is cancelled after the timeout", async () => {
  let cancelled = () => {};
  const sawCancel = new Promise<void>((resolve) => cancelled = resolve);
  const stub = await startGrpcStub((call) => call.on("cancelled", () => cancelled()));
  try {
    const sample = await withGrpcClient(
      `127.0.0.1:${stub.port}`,
      (client) => sendOne(client, 1),
      { timeoutMs: SHORT_TIMEOUT_MS },
    );
    assert.equal(verdictOf(sample), "DEADLINE_EXCEEDED");
    await sawCancel;
  } finally {
    stub.close();
  }
});

Deno.test("every gRPC status counts under its own name", async () => {
  const stub = await startGrpcStub((call, callback) => {
    // The stub reads the wanted status from the user id: field 1, varint.
    callback({ code: call.request[1]!, details: "as asked", metadata: new Metadata() });
  });
  try {
    await withGrpcClient(`127.0.0.1:${stub.port}`, async (client) => {
      for (const [name, code] of Object.entries(Status)) {
        if (typeof code !== "number" || code === Status.OK) continue;
        assert.equal(verdictOf(await sendOne(client, code)), name);
      }
    });
  } finally {
    stub.close();
  }
});

Deno.test("a gRPC message that does not decode counts as Malformed Protobuf", async () => {
  const stub = await startGrpcStub((_call, callback) => callback(null, Buffer.from([0x0a, 0x7f])));
  try {
    const sample = await withGrpcClient(`127.0.0.1:${stub.port}`, (client) => sendOne(client, 1));
    assert.equal(verdictOf(sample), "Malformed Protobuf");
  } finally {
    stub.close();
  }
});

Deno.test("closing a client ends what is in flight", async () => {
  const server = startRawServer(readUntilClosed);
  const stub = await startGrpcStub(() => {});
  try {
    for (
      const send of [
        (body: Parameters<typeof withRestClient>[1]) =>
          withRestClient(`http://127.0.0.1:${server.port}`, body),
        (body: Parameters<typeof withGrpcClient>[1]) =>
          withGrpcClient(`127.0.0.1:${stub.port}`, body),
      ]
    ) {
      await send(async (client) => {
        const sample = sendOne(client, 1);
        await new Promise((resolve) => setTimeout(resolve, 20));
        await client.close();
        assert.equal((await sample).kind, "failure");
      });
    }
  } finally {
    stub.close();
    await server.close();
  }
});

Deno.test("connections are reused: a hundred requests one by one need one connection", async () => {
  const server = startRawServer(answering(httpAnswer("200 OK", JSON_TYPE, "{}")));
  try {
    await withRestClient(`http://127.0.0.1:${server.port}`, async (client) => {
      for (let sent = 0; sent < 100; sent++) {
        assert.equal(verdictOf(await sendOne(client, sent + 1)), "success");
      }
    });
    assert.equal(server.accepted(), 1);
  } finally {
    await server.close();
  }
});
