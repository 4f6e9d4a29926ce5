import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import { connect } from "node:net";
import fc from "fast-check";
import { ByteBuffer } from "../../lib/requests/byte_template.ts";
import type { HttpDefinition } from "../../lib/requests/definition.ts";
import { HttpRequest } from "../../lib/requests/http_request.ts";
import type { Value } from "../../lib/requests/template.ts";

const FIXED = [["Host", "host.test"], ["Accept", "*/*"], ["User-Agent", "protoduel/0"]] as const;
const GET: HttpDefinition = {
  kind: "http",
  method: "GET",
  path: "/users/{{id}}",
  headers: [],
  body: null,
  answer: "json",
};

function message(definition: HttpDefinition, values: Record<string, Value>): string {
  const names = Object.keys(values);
  const request = new HttpRequest(definition, "/base", FIXED, (name) => names.indexOf(name));
  const buffer = new ByteBuffer();
  return new TextDecoder().decode(buffer.upTo(request.writeTo(buffer, Object.values(values))));
}

Deno.test("a GET is its line, what the client says, and nothing more", () => {
  assert.equal(
    message(GET, { id: 7 }),
    "GET /base/users/7 HTTP/1.1\r\nHost: host.test\r\nAccept: */*\r\nUser-Agent: protoduel/0\r\n\r\n",
  );
});

Deno.test("what the user says takes the place of what the client would have said", () => {
  const text = message({
    ...GET,
    headers: [["user-agent", "mine"], ["Authorization", "Bearer {{token}}"]],
  }, { id: 7, token: "t" });
  assert.match(text, /\r\nuser-agent: mine\r\nAuthorization: Bearer t\r\n/);
  assert.doesNotMatch(text, /protoduel/);
});

Deno.test("a body is JSON and says so, unless the user says what else it is", () => {
  const post = { ...GET, method: "POST", body: '{"id":"{{id}}","name":"{{name}}"}' };
  assert.match(
    message(post, { id: 7, name: 'a"b' }),
    /Content-Type: application\/json\r\nContent-Length: +22\r\n\r\n\{"id":7,"name":"a\\"b"\}$/,
  );
  const form = {
    ...post,
    headers: [["content-type", "application/x-www-form-urlencoded"]] as const,
    body: "name={{name}}",
  };
  assert.match(message(form, { id: 7, name: "a&b" }), /\r\n\r\nname=a%26b$/);
  const text = { ...form, headers: [["content-type", "text/plain"]] as const, body: "{{name}}" };
  assert.match(message(text, { id: 7, name: "a&b" }), /\r\n\r\na&b$/);
});

Deno.test("another implementation reads every request as it was meant", async () => {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  const ask = async (text: string) => {
    const socket = connect(port, "127.0.0.1");
    const [request, body] = await Promise.all([
      once(server, "request").then(async ([heard, answer]: IncomingMessage[]) => {
        const chunks: Uint8Array[] = [];
        for await (const chunk of heard!) chunks.push(chunk);
        (answer as unknown as { end(): void }).end();
        return [
          heard!,
          new TextDecoder().decode(await new Blob(chunks as BlobPart[]).bytes()),
        ] as const;
      }),
      new Promise<void>((resolve) => socket.write(text, () => resolve())),
    ]).then(([both]) => both);
    socket.destroy();
    return { method: request.method, url: request.url, headers: request.headers, body };
  };
  try {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom("POST", "PUT", "PATCH", "DELETE"),
        fc.string({ unit: "grapheme" }),
        fc.string({ unit: "grapheme-ascii" }),
        async (method, value, token) => {
          const definition = {
            ...GET,
            method,
            path: "/a/{{value}}",
            headers: [["x-token", "t {{token}} t"]] as const,
            body: '{"value":"{{value}}"}',
          };
          const heard = await ask(message(definition, { value, token }));
          assert.equal(heard.method, method);
          assert.equal(heard.url, `/base/a/${encodeURIComponent(value)}`);
          assert.equal(heard.headers["x-token"], `t ${token} t`);
          assert.deepEqual(JSON.parse(heard.body), { value });
        },
      ),
      { numRuns: 40 },
    );
  } finally {
    server.closeAllConnections();
    server.close();
  }
});
