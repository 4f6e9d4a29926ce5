import { ServerCredentials } from "@grpc/grpc-js";
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { gzipSync } from "node:zlib";
import { GetUserResponse } from "../../lib/requests/built_in/user_service.ts";
import { DEFAULT_TLS } from "../../lib/net/tls_settings.ts";
import { LENSES } from "../../lib/clients/lens.ts";
import { seen } from "../../lib/requests/sight.ts";
import { auditedRun, findingOn } from "../support/audited_run.ts";
import { fixture } from "../support/fixture.ts";
import { startGrpcStub } from "../support/grpc_stub.ts";
import {
  fields,
  OK_HEAD,
  startHttp2Server,
  startPlainHttp2Server,
} from "../support/http2_server.ts";
import { failAtOnce, withObservingServers } from "../support/observing_servers.ts";
import {
  answering,
  httpAnswer,
  type RawServer,
  readRequestHead,
  startRawServer,
  writeText,
} from "../support/raw_server.ts";
import { withReferenceServers } from "../support/reference.ts";

const CA = fixture("ca_cert.pem");
const SERVER = { cert: fixture("server_cert.pem"), key: fixture("server_key.pem") };
const TRUSTING = { ...DEFAULT_TLS, caCerts: [CA] };

const USER = { id: 1, username: "ada" };
const USER_JSON = JSON.stringify(USER);
const USER_MESSAGE = GetUserResponse.encode({ user: USER }).finish();
const JSON_ANSWER = httpAnswer("200 OK", "application/json", USER_JSON);

async function withServer<T>(server: RawServer, body: (address: string) => Promise<T>) {
  try {
    return await body(`127.0.0.1:${server.port}`);
  } finally {
    await server.close();
  }
}

/** A REST server that gives this answer to all that it is asked. */
function withRest<T>(answer: string, body: (url: string) => Promise<T>) {
  return withServer(startRawServer(answering(answer)), (address) => body(`http://${address}`));
}

/** A gRPC server that answers with the user, over TLS where it is given credentials. */
async function withGrpc<T>(
  body: (address: string) => Promise<T>,
  credentials = ServerCredentials.createInsecure(),
) {
  const stub = await startGrpcStub(
    (_call, callback) => callback(null, Buffer.from(USER_MESSAGE)),
    credentials,
  );
  try {
    return await body(`127.0.0.1:${stub.port}`);
  } finally {
    stub.close();
  }
}

for (const lens of LENSES) {
  Deno.test(`${lens}: two like servers differ in nothing that the protocols do not bring`, async () => {
    await withReferenceServers(async ({ restUrl, grpcAddress }) => {
      const { findings } = await auditedRun(lens, restUrl, grpcAddress);
      const notable = findings.filter(({ severity }) => severity === "notable");
      const named = notable.map(({ aspect }) => aspect).filter((it) => it !== "Median response");
      assert.deepEqual(named, lens === "native" ? ["Client"] : []);
    });
  });

  Deno.test(`${lens}: the audit sends nothing: a server sees the preflight's request and the run's`, async () => {
    await withObservingServers(async ({ restUrl, grpcAddress, rest, grpc }) => {
      await auditedRun(lens, restUrl, grpcAddress, { requests: 20 });
      assert.equal(rest.userIds.length, 21);
      assert.equal(grpc.userIds.length, 21);
    });
  });

  Deno.test(`${lens}: TLS on the gRPC side alone is notable`, async () => {
    const credentials = ServerCredentials.createSsl(Buffer.from(CA), [
      { cert_chain: Buffer.from(SERVER.cert), private_key: Buffer.from(SERVER.key) },
    ]);
    await withRest(JSON_ANSWER, (restUrl) =>
      withGrpc(async (address) => {
        const audited = await auditedRun(lens, restUrl, `https://${address}`, { tls: TRUSTING });
        const { rest, grpc, effect, severity } = findingOn(audited, "TLS")!;
        assert.deepEqual([rest, grpc, severity], ["in the clear", "TLS", "notable"]);
        assert.match(effect, /^May favour REST: /);
      }, credentials));
  });

  Deno.test(`${lens}: a REST server that compresses unasked is notable`, async () => {
    const body = gzipSync(USER_JSON);
    const head = `HTTP/1.1 200 OK\r\nContent-Encoding: GZIP\r\ncontent-length: ${body.length}\r\n`;
    const server = startRawServer(async (connection) => {
      while (await readRequestHead(connection)) {
        await writeText(connection, `${head}\r\n`);
        await connection.write(body);
      }
    });
    await withServer(server, (restAddress) =>
      withGrpc(async (grpcAddress) => {
        const audited = await auditedRun(lens, `http://${restAddress}`, grpcAddress);
        const { rest, grpc, effect, severity } = findingOn(audited, "Compression")!;
        assert.deepEqual([rest, severity], ["gzip", "notable"]);
        assert.equal(grpc, lens === "wire" ? "none" : "unknown (hidden by grpc-js)");
        assert.match(effect, /^May favour gRPC: .*counts as a failure/);
      }));
  });

  Deno.test(`${lens}: a REST server that closes after every answer is notable`, async () => {
    const answer = JSON_ANSWER.replace("\r\n", "\r\nConnection: foo, Close\r\n");
    const server = startRawServer(async (connection) => {
      if (await readRequestHead(connection)) await writeText(connection, answer);
    });
    await withServer(server, (restAddress) =>
      withGrpc(async (grpcAddress) => {
        const audited = await auditedRun(lens, `http://${restAddress}`, grpcAddress);
        const { rest, effect, severity } = findingOn(audited, "Keep-alive")!;
        assert.match(rest, /^closed after (every|an) answer/);
        assert.equal(severity, "notable");
        assert.match(effect, /^May favour gRPC: /);
      }));
  });

  Deno.test(`${lens}: the answers' content is told apart, field by field`, async () => {
    const answer = httpAnswer("200 OK", "application/json", '{"id":2,"bio":"long"}');
    await withRest(answer, (restUrl) =>
      withGrpc(async (address) => {
        const { rest, grpc, severity } = findingOn(
          await auditedRun(lens, restUrl, address),
          "Content",
        )!;
        assert.equal(rest, '"bio" only here, another value in "id"');
        assert.equal(grpc, '"username" only here, another value in "id"');
        assert.equal(severity, "notable");
      }));
  });

  Deno.test(`${lens}: servers that name different software are told apart`, async () => {
    const grpcServer = startPlainHttp2Server(async (connection) => {
      for (let call = await connection.request(); call; call = await connection.request()) {
        connection.head(call.streamId, [...OK_HEAD, ...fields(["server", "other/2"])]);
        connection.data(call.streamId, new Uint8Array(5));
        connection.trailers(call.streamId);
        await connection.flush();
      }
    });
    const answer = JSON_ANSWER.replace("\r\n", `\r\nServer: one/1${"x".repeat(1000)}\r\n`);
    await withRest(answer, (restUrl) =>
      withServer(grpcServer, async (address) => {
        const { rest, grpc, severity } = findingOn(
          await auditedRun(lens, restUrl, address),
          "Server",
        )!;
        assert.equal(rest, `one/1${"x".repeat(55)}`);
        assert.deepEqual([grpc, severity], ["other/2", "notable"]);
      }));
  });

  Deno.test(`${lens}: a server that only fails is no difference in what cannot be seen then`, async () => {
    await withObservingServers(async ({ restUrl, grpcAddress }) => {
      const audited = await auditedRun(lens, restUrl, grpcAddress);
      assert.match(findingOn(audited, "Not visible")!.rest, /compression \(no good answer came\)/);
      assert.equal(findingOn(audited, "Compression"), undefined);
    }, { rest: failAtOnce, grpc: failAtOnce });
  });
}

/** A TLS server that speaks HTTP/1.1 and HTTP/2, as its client prefers. */
async function withTlsRest<T>(body: (url: string) => Promise<T>) {
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, ...SERVER, onListen() {} },
    () => new Response(USER_JSON),
  );
  try {
    return await body(`https://127.0.0.1:${server.addr.port}`);
  } finally {
    await server.shutdown();
  }
}

Deno.test("fetch over TLS is known to speak HTTP/2 where the server offers it; the wire client does not", async () => {
  await withTlsRest((restUrl) =>
    withGrpc(async (address) => {
      const native = await auditedRun("native", restUrl, address, { tls: TRUSTING });
      const version = findingOn(native, "HTTP version")!;
      assert.deepEqual([version.rest, version.grpc], ["HTTP/2", "HTTP/2"]);
      assert.equal(version.severity, "notable");
      assert.match(findingOn(native, "TLS")!.effect, /^May favour gRPC: /);
      const wire = await auditedRun("wire", restUrl, address, { tls: TRUSTING });
      assert.equal(findingOn(wire, "HTTP version")!.rest, "HTTP/1.1");
      assert.equal(findingOn(wire, "TLS")!.rest, "TLS");
    })
  );
});

const CALLS_AT_ONCE = 10;

/** A gRPC server that allows so many streams at once, and answers all that it is asked. */
function startLimitedServer(streams: number): RawServer {
  const maxConcurrentStreams = 0x3;
  return startHttp2Server(async (connection) => {
    connection.writer.settings([[maxConcurrentStreams, streams]]);
    await connection.flush();
    await connection.answerAll();
  });
}

Deno.test("wire: a stream limit that holds calls back is notable, with the wait that it caused", async () => {
  const load = { requests: 100, concurrency: 3 * CALLS_AT_ONCE };
  await withRest(
    JSON_ANSWER,
    (restUrl) =>
      withServer(startLimitedServer(CALLS_AT_ONCE), async (address) => {
        const audited = await auditedRun("wire", restUrl, address, load);
        const { rest, grpc, severity } = findingOn(audited, "Stream limit")!;
        assert.deepEqual([rest, severity], ["none in HTTP/1", "notable"]);
        assert.match(grpc, /^10 to a connection, \d+\.\d\d ms of waiting on average$/);
      }),
  );
});

Deno.test("wire: a stream limit that holds nothing back is seen, and is no difference", async () => {
  await withRest(
    JSON_ANSWER,
    (restUrl) =>
      withServer(startLimitedServer(CALLS_AT_ONCE), async (address) => {
        const audited = await auditedRun("wire", restUrl, address, { concurrency: 2 });
        const limit = seen({ kind: "limited", streams: CALLS_AT_ONCE });
        assert.deepEqual(audited.observations.grpc.streamLimit, limit);
        assert.equal(findingOn(audited, "Stream limit"), undefined);
      }),
  );
});

Deno.test("native: a stream limit is said to be out of sight", async () => {
  await withRest(
    JSON_ANSWER,
    (restUrl) =>
      withServer(startLimitedServer(CALLS_AT_ONCE), async (address) => {
        const { grpc, severity } = findingOn(
          await auditedRun("native", restUrl, address, { concurrency: 3 * CALLS_AT_ONCE }),
          "Not visible",
        )!;
        assert.match(grpc, /stream limit.*\(hidden by grpc-js\)/);
        assert.equal(severity, "unseen");
      }),
  );
});

Deno.test("wire: connections are counted as the server counts them", async () => {
  const restServer = startRawServer(answering(JSON_ANSWER));
  await withServer(restServer, (restAddress) =>
    withGrpc(async (address) => {
      const audited = await auditedRun("wire", `http://${restAddress}`, address, {
        concurrency: 5,
      });
      // The preflight's own: the probe, the request, and five that were timed.
      assert.equal(restServer.accepted(), 7 + 5);
      assert.deepEqual(audited.observations.rest.connectionsOpened, seen(5));
      assert.deepEqual(audited.observations.rest.keepAlive, seen({ kind: "counted", ended: 0 }));
      const { rest, grpc, severity } = findingOn(audited, "Connections")!;
      assert.equal(rest, "5, one request at a time on each");
      assert.equal(grpc, "1, shared by the requests in flight");
      assert.equal(severity, "inherent");
    }));
});

Deno.test("wire: gRPC connections that the server ends after every call are counted", async () => {
  const server = startPlainHttp2Server(async (connection) => {
    const call = await connection.request();
    if (call === null) return;
    connection.answer(call.streamId);
    connection.writer.goaway(call.streamId, 0, "");
    await connection.flush();
  });
  await withRest(JSON_ANSWER, (restUrl) =>
    withServer(server, async (address) => {
      const audited = await auditedRun("wire", restUrl, address, { requests: 10, concurrency: 1 });
      assert.deepEqual(audited.observations.grpc.connectionsOpened, seen(10));
      const { rest, grpc, effect } = findingOn(audited, "Keep-alive")!;
      assert.equal(rest, "kept");
      assert.match(grpc, /^closed after every answer$|^the server ended 9 connections in 10/);
      assert.match(effect, /^May favour REST: /);
    }));
});

Deno.test("wire: a server of HTTP/1.0 is notable, and so is what it does to connections", async () => {
  const server = startRawServer(async (connection) => {
    if (!await readRequestHead(connection)) return;
    await writeText(connection, `HTTP/1.0 200 OK\r\n\r\n${USER_JSON}`);
  });
  await withServer(server, (restAddress) =>
    withGrpc(async (address) => {
      const audited = await auditedRun("wire", `http://${restAddress}`, address);
      const { rest, severity } = findingOn(audited, "HTTP version")!;
      assert.deepEqual([rest, severity], ["HTTP/1.0", "notable"]);
      assert.equal(findingOn(audited, "Keep-alive")!.rest, "closed after every answer");
    }));
});

Deno.test("wire: a coding that the gRPC server names is seen, even after a call that failed", async () => {
  const server = startPlainHttp2Server(async (connection) => {
    const failing = await connection.request();
    if (failing === null) return;
    connection.head(failing.streamId, [...OK_HEAD, ...fields(["grpc-status", "14"])], true);
    await connection.flush();
    for (let call = await connection.request(); call; call = await connection.request()) {
      connection.head(call.streamId, [...OK_HEAD, ...fields(["grpc-encoding", "deflate"])]);
      connection.data(call.streamId, new Uint8Array(5));
      connection.trailers(call.streamId);
      await connection.flush();
    }
  });
  await withRest(JSON_ANSWER, (restUrl) =>
    withServer(server, async (address) => {
      const { rest, grpc } = findingOn(await auditedRun("wire", restUrl, address), "Compression")!;
      assert.deepEqual([rest, grpc], ["none", "deflate"]);
    }));
});

Deno.test("wire: a first answer that fails does not hide what the next one says", async () => {
  const gzip = JSON_ANSWER.replace("\r\n", "\r\ncontent-encoding: br\r\n");
  const server = startRawServer(async (connection) => {
    for (let sent = 0; await readRequestHead(connection); sent++) {
      const busy = httpAnswer("503 Busy", "text/plain", "").replace(
        "\r\n",
        "\r\nserver: proxy\r\n",
      );
      await writeText(connection, sent === 0 ? busy : gzip);
    }
  });
  await withServer(server, (restAddress) =>
    withGrpc(async (address) => {
      const audited = await auditedRun("wire", `http://${restAddress}`, address);
      assert.equal(findingOn(audited, "Compression")!.rest, "br");
      assert.deepEqual(audited.observations.rest.serverNames, seen([]));
    }));
});
