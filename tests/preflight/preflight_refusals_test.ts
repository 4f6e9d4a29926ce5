import assert from "node:assert/strict";
import { type Lens, LENSES } from "../../lib/clients/lens.ts";
import { startGrpcStub } from "../support/grpc_stub.ts";
import { inProcess } from "../support/in_process.ts";
import { startHttp2Server } from "../support/node_http2_server.ts";
import type { ProcessResult } from "../support/process.ts";
import {
  answering,
  httpAnswer,
  readRequestHead,
  startRawServer,
  writeText,
} from "../support/raw_server.ts";
import { withReferenceServers } from "../support/reference.ts";
import { validReport } from "../support/saved_document.ts";

const JSON_TYPE = "application/json";
const REQUESTS = 4;

function duel(lens: Lens, restUrl: string, grpcAddress: string): Promise<ProcessResult> {
  const load = ["-r", String(REQUESTS), "-c", "2", "--warmup", "off", "--no-client-check"];
  const targets = ["--rest-url", restUrl, "--grpc-url", grpcAddress];
  return inProcess([...load, "-o", "json", "--timeout", "5s", "--client", lens, ...targets]);
}

/** Against a REST server with one answer, and a healthy gRPC server. */
async function duelWithRest(lens: Lens, answer: string): Promise<ProcessResult> {
  const server = startRawServer(answering(answer));
  try {
    return await withReferenceServers(({ grpcAddress }) =>
      duel(lens, `http://127.0.0.1:${server.port}`, grpcAddress)
    );
  } finally {
    await server.close();
  }
}

/** Against a healthy REST server, and a gRPC server that ends every call so. */
async function duelWithGrpc(lens: Lens, code: number, details = ""): Promise<ProcessResult> {
  const stub = await startGrpcStub((_call, callback) => callback({ code, details }));
  try {
    return await withReferenceServers(({ restUrl }) =>
      duel(lens, restUrl, `127.0.0.1:${stub.port}`)
    );
  } finally {
    stub.close();
  }
}

/** Against a healthy REST server, and one whose every answer over HTTP/2 has this head and body. */
async function duelWithHttp2(
  lens: Lens,
  head: Record<string, string | number>,
  body: string | Uint8Array = "",
): Promise<ProcessResult> {
  const server = await startHttp2Server((stream) => {
    stream.resume();
    stream.respond(head);
    stream.end(body);
  });
  try {
    return await withReferenceServers(({ restUrl }) =>
      duel(lens, restUrl, `127.0.0.1:${server.port}`)
    );
  } finally {
    await server.close();
  }
}

const plain = (status: string, fields = "") =>
  httpAnswer(status, JSON_TYPE, "{}").replace("\r\n", `\r\n${fields}`);

/** What a REST server answers to everything, and what is said of it then. */
const REST_REFUSALS: readonly (readonly [answer: string, says: RegExp])[] = [
  [plain("404 Not Found"), /api\/users\/\d+ answered 404 Not Found, and 2 other.*--user-id-range/],
  [plain("405 Method Not Allowed"), /405 Method Not Allowed.*offers GET \/api\/users\/\{\{id\}\}/],
  [plain("401 Unauthorized"), /answered 401 Unauthorized.*--header/],
  [plain("403 Forbidden"), /answered 403 Forbidden.*--header/],
  [plain("410 Gone"), /answered 410 Gone/],
  [plain("501 Not Implemented"), /answered 501 Not Implemented/],
  [plain("301 Moved Permanently"), /301 Moved Permanently.*the address that it leads to with/],
  [
    plain("308 Permanent Redirect", "Location: https://u:SECRET@other.test/api\r\n"),
    /308 Permanent Redirect.*leads to, "https:\/\/\*\*\*@other\.test\/api", with --rest-url/,
  ],
  [plain("429 Too Many Requests"), /429 Too Many Requests, and 99 .*Lift its rate limit/],
  [plain("502 Bad Gateway"), /502 Bad Gateway.*a gateway says that the server behind it/],
  [plain("503 Service Unavailable"), /503 Service Unavailable.*Start the server behind it/],
  [plain("504 Gateway Timeout"), /504 Gateway Timeout.*Start the server behind it/],
  [httpAnswer("200 OK", "text/html; charset=x", "<html>"), /content type text\/html.*web page/],
  [httpAnswer("200 OK", "text/plain", "hello"), /content type text\/plain/],
];

const GRPC_REFUSALS: readonly (readonly [code: number, details: string, says: RegExp])[] = [
  [
    12,
    "no such method",
    /UserService\/GetUser answered UNIMPLEMENTED: no such method, and 2 other/,
  ],
  [16, "", /answered UNAUTHENTICATED.*--header/],
  [7, "not you", /answered PERMISSION_DENIED: not you.*--header/],
  [14, "", /answered UNAVAILABLE, and 99 other requests.*Start the server behind it/],
];

const HTTP2_REFUSALS: readonly (readonly [name: string, head: number, says: RegExp])[] = [
  ["is limited in its rate", 429, /429 Too Many Requests.*Lift its rate limit/],
  ["has lost its upstream", 502, /502 Bad Gateway.*a gateway says that the server behind it/],
  ["is down", 503, /503 Service Unavailable.*Start the server behind it/],
  ["waits for its upstream", 504, /504 Gateway Timeout.*Start the server behind it/],
  ["has no such path", 404, /over HTTP\/2, but not in gRPC \(HTTP status 404 Not Found\)/],
  ["asks for credentials", 401, /not in gRPC \(HTTP status 401 Unauthorized\)/],
];

function assertRefused({ stdout, stderr, code }: ProcessResult, says: RegExp): void {
  assert.deepEqual([stdout, code], ["", 3], stderr);
  assert.match(stderr, says);
  assert.match(stderr, /^error: Cannot measure the (REST|gRPC) server "[^\n]*\n$/);
  assert.doesNotMatch(stderr, /SECRET/);
}

for (const lens of LENSES) {
  for (const [answer, says] of REST_REFUSALS) {
    const [status = ""] = answer.split("\r\n");
    Deno.test(`${lens}: a load that could not but fail is not sent: REST ${status}, ${says.source}`, async () => {
      assertRefused(await duelWithRest(lens, answer), says);
    });
  }

  for (const [code, details, says] of GRPC_REFUSALS) {
    Deno.test(`${lens}: a load that could not but fail is not sent: gRPC ends with code ${code}`, async () => {
      assertRefused(await duelWithGrpc(lens, code, details), says);
    });
  }

  for (const [name, status, says] of HTTP2_REFUSALS) {
    Deno.test(`${lens}: a load that could not but fail is not sent: what is on the gRPC port ${name}`, async () => {
      assertRefused(await duelWithHttp2(lens, { ":status": status }), says);
    });
  }

  Deno.test(`${lens}: a web page on the gRPC port is seen by its content type`, async () => {
    const head = { ":status": 200, "content-type": "text/html" };
    const says = /over HTTP\/2, but not in gRPC \(content type text\/html\).*--grpc-url/;
    assertRefused(await duelWithHttp2(lens, head, "<!doctype html><html></html>"), says);
    assertRefused(await duelWithHttp2(lens, head), says);
  });

  Deno.test(`${lens}: a server that fails otherwise is measured, with a warning that says how`, async () => {
    const rest = await duelWithRest(lens, plain("500 Internal Server Error"));
    assert.equal(rest.code, 4);
    assert.match(
      rest.stderr,
      /REST: getUser\(\d+\) failed in the preflight: GET http:\S+\/api\/users\/\d+ answered 500 Internal/,
    );
    assert.deepEqual(validReport(rest.stdout).rest.errors, { "HTTP 500": REQUESTS });
    for (const [code, name] of [[5, "NOT_FOUND"], [13, "INTERNAL"]] as const) {
      const grpc = await duelWithGrpc(lens, code);
      assert.equal(grpc.code, 4);
      assert.match(grpc.stderr, new RegExp(`failed in the preflight: \\S+ answered ${name}`));
      assert.deepEqual(validReport(grpc.stdout).grpc.errors, { [name]: REQUESTS });
    }
  });

  Deno.test(`${lens}: an id that one server lacks is no reason to stop`, async () => {
    let asked = 0;
    const server = startRawServer(async (connection) => {
      while (await readRequestHead(connection)) {
        await writeText(connection, asked++ < 2 ? plain("404 Not Found") : plain("200 OK"));
      }
    });
    try {
      await withReferenceServers(async ({ grpcAddress }) => {
        const { stderr, stdout } = await duel(lens, `http://127.0.0.1:${server.port}`, grpcAddress);
        assert.match(stderr, /answered 404 Not Found, and 1 more requests failed there/);
        assert.equal(validReport(stdout).rest.successful_requests, REQUESTS);
      });
    } finally {
      await server.close();
    }
  });

  Deno.test(`${lens}: servers that fail at random are not taken for absent`, async () => {
    await withReferenceServers(async ({ restUrl, grpcAddress }) => {
      const { code } = await duel(lens, restUrl, grpcAddress);
      assert.notEqual(code, 3);
    }, { failureRate: 0.5 });
  });
}

Deno.test("both sides' problems are told at once, each with its own", async () => {
  const server = startRawServer(answering(plain("404 Not Found")));
  const stub = await startGrpcStub((_call, callback) => callback({ code: 12 }));
  try {
    const { stderr, code } = await duel(
      "wire",
      `http://127.0.0.1:${server.port}`,
      `127.0.0.1:${stub.port}`,
    );
    assert.equal(code, 3);
    assert.match(stderr, /REST server.*404 Not Found.*\n.*gRPC server.*UNIMPLEMENTED/);
  } finally {
    stub.close();
    await server.close();
  }
});
