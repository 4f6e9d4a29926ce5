import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { Agent, request } from "node:http";
import { type ClientHttp2Session, connect, type IncomingHttpHeaders } from "node:http2";
import { LENSES } from "../../lib/clients/lens.ts";
import { GetUserResponse } from "../../lib/requests/built_in/user_service.ts";
import { userById } from "../../lib/servers/users.ts";
import { sendAll, verdictOf, withGrpcClient, withRestClient } from "../support/clients.ts";
import { REQUEST } from "../support/grpc_bytes.ts";
import { withReferenceServers } from "../support/reference.ts";

const encode = (text: string) => new TextEncoder().encode(text);

/** More than Deno carries through in a turn: nobody is left behind. */
const MANY = 300;

for (const lens of LENSES) {
  Deno.test(`every ${lens} request to the reference servers succeeds at ${MANY} in flight`, async () => {
    const userIds = Array.from({ length: 3 * MANY }, (_, index) => 1 + index);
    await withReferenceServers(async ({ restUrl, grpcAddress }) => {
      const send = (client: Parameters<typeof sendAll>[0]) => sendAll(client, userIds, MANY);
      const rest = await withRestClient(restUrl, send, { lens });
      const grpc = await withGrpcClient(grpcAddress, send, { lens });
      for (const samples of [rest.flat(), grpc.flat()]) {
        assert.equal(samples.length, userIds.length);
        assert.deepEqual(new Set(samples.map(verdictOf)), new Set(["success"]));
      }
    });
  });
}

Deno.test("node:http asks with every method on one connection, content or not", async () => {
  await withReferenceServers(async ({ restUrl }) => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const ports = new Set<number | undefined>();
    const ask = (method: string, content: string) =>
      new Promise<[number | undefined, string]>((resolve, reject) => {
        const asked = request(`${restUrl}/api/users/3`, { method, agent }, (answer) => {
          ports.add(answer.socket.localPort);
          const parts: Buffer[] = [];
          answer.on("data", (part) => parts.push(part));
          answer.on("end", () => resolve([answer.statusCode, Buffer.concat(parts).toString()]));
        });
        asked.on("error", reject);
        // Without a length: it goes in chunks.
        if (content !== "") asked.write(content);
        asked.end();
      });
    try {
      const user = JSON.stringify(userById(3));
      assert.deepEqual(await ask("GET", ""), [200, user]);
      assert.deepEqual(await ask("HEAD", ""), [200, ""]);
      assert.equal((await ask("POST", "x".repeat(100_000)))[0], 405);
      assert.deepEqual(await ask("GET", ""), [200, user]);
      assert.equal(ports.size, 1);
    } finally {
      agent.destroy();
    }
  });
});

interface Http2Answer {
  readonly head: IncomingHttpHeaders;
  readonly trailers: IncomingHttpHeaders;
  readonly content: Buffer;
}

function askOverHttp2(
  session: ClientHttp2Session,
  head: Record<string, string>,
  content: Uint8Array,
): Promise<Http2Answer> {
  return new Promise((resolve, reject) => {
    const stream = session.request(head);
    let answered: IncomingHttpHeaders = {};
    let trailers: IncomingHttpHeaders = {};
    const parts: Buffer[] = [];
    stream.on("response", (fields) => answered = fields);
    stream.on("trailers", (fields) => trailers = fields);
    stream.on("data", (part: Buffer) => parts.push(part));
    stream.on("error", reject);
    stream.on("end", () => resolve({ head: answered, trailers, content: Buffer.concat(parts) }));
    stream.end(content);
  });
}

Deno.test("node:http2 gets a user in gRPC's framing, and is told where it speaks no gRPC", async () => {
  await withReferenceServers(async ({ grpcAddress }) => {
    const session = connect(`http://${grpcAddress}`);
    const head = {
      ":method": "POST",
      ":path": "/api.performance.UserService/GetUser",
      "content-type": "application/grpc+proto",
      "te": "trailers",
    };
    try {
      const call = await askOverHttp2(session, head, REQUEST);
      assert.equal(call.trailers["grpc-status"], "0");
      const { user } = GetUserResponse.toObject(GetUserResponse.decode(call.content.subarray(5)));
      assert.deepEqual({ ...user }, userById(42));
      const json = { ...head, "content-type": "application/json" };
      assert.equal((await askOverHttp2(session, json, encode("{}"))).head[":status"], 415);
      const missing = await askOverHttp2(session, { ...head, ":path": "/a.B/C" }, REQUEST);
      assert.deepEqual([missing.head["grpc-status"], missing.content.length], ["12", 0]);
    } finally {
      session.destroy();
    }
  });
});

/** Everything that the server says until it ends. */
async function readToEnd(socket: Deno.Conn): Promise<string> {
  let text = "";
  for await (const bytes of socket.readable) text += new TextDecoder().decode(bytes);
  return text;
}

Deno.test("a client that goes on sending what has been refused still reads why", async () => {
  await withReferenceServers(async ({ restUrl }) => {
    const socket = await Deno.connect({
      hostname: "127.0.0.1",
      port: Number(new URL(restUrl).port),
    });
    const writer = socket.writable.getWriter();
    const head = encode(
      `GET /api/users/1 HTTP/1.1\r\nHost: x\r\n${"Cookie: a\r\n".repeat(20_000)}`,
    );
    const written = writer.write(head).catch(() => {});
    assert.match(await readToEnd(socket), /^HTTP\/1\.1 431 /);
    await written;
  });
});

Deno.test("more than either side's buffers hold is answered, as fast as it is read", async () => {
  const count = 20_000;
  await withReferenceServers(async ({ restUrl }) => {
    const socket = await Deno.connect({
      hostname: "127.0.0.1",
      port: Number(new URL(restUrl).port),
    });
    const get = "GET /api/users/1 HTTP/1.1\r\nHost: x\r\n";
    const requests = encode(`${get}\r\n`.repeat(count - 1) + `${get}Connection: close\r\n\r\n`);
    const writer = socket.writable.getWriter();
    const written = writer.write(requests);
    // Nobody reads yet: the server waits, and so does the client.
    await new Promise((resolve) => setTimeout(resolve, 50));
    const text = await readToEnd(socket);
    await written;
    assert.equal(text.split("HTTP/1.1 200 OK\r\n").length, count + 1);
  });
});
