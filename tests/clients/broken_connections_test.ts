import assert from "node:assert/strict";
import fc from "fast-check";
import type { Connection as Socket } from "../../lib/net/connection.ts";
import { DEFAULT_TLS } from "../../lib/net/tls_settings.ts";
import { Connection } from "../../lib/clients/wire/http2/connection.ts";
import { Session } from "../../lib/clients/wire/http2/session.ts";
import { bytesOf, RecordingExchange } from "../support/http2_session.ts";
import { sendAll, verdictOf, withWireGrpcClient } from "../support/clients.ts";
import { fixture } from "../support/fixture.ts";
import { startPlainHttp2Server } from "../support/http2_server.ts";

const SERVER_TLS = {
  cert: fixture("localhost_cert.pem"),
  key: fixture("localhost_key.pem"),
  alpnProtocols: ["h2"],
};
const TLS_SETTINGS = [
  ["TLS that Deno ends", { ...DEFAULT_TLS, caCerts: [SERVER_TLS.cert] }],
  ["TLS that node:tls ends", { ...DEFAULT_TLS, verifyServer: false }],
] as const;
const ANSWERS_PER_CONNECTION = 20;
const REQUESTS = 400;
const CONCURRENCY = 50;

for (const [name, tls] of TLS_SETTINGS) {
  Deno.test(`what a server resets over ${name} is a failure like any other, and ends no run`, async () => {
    const server = startPlainHttp2Server(async (connection) => {
      for (let answers = 0; answers < ANSWERS_PER_CONNECTION; answers++) {
        const request = await connection.request();
        if (request === null) return;
        connection.answer(request.streamId);
        await connection.flush();
      }
      // Closed with requests unread, which resets the connection.
    }, SERVER_TLS);
    try {
      await withWireGrpcClient(`https://127.0.0.1:${server.port}`, async (client) => {
        const userIds = Array.from({ length: REQUESTS }, (_, index) => index);
        const samples = await sendAll(client, userIds, CONCURRENCY);
        assert(samples.every(({ length }) => length === 1), "each request ends once");
        for (const verdict of samples.flat().map(verdictOf)) {
          assert(verdict === "success" || verdict === "UNAVAILABLE", verdict);
        }
      }, { tls });
    } finally {
      await server.close();
    }
  });
}

/** A socket that gives SETTINGS, and then fails with `error`: the write first, or the read. */
function failingSocket(error: unknown, first: "read" | "write"): Socket {
  const settings = bytesOf((server) => server.settings([]));
  const closed = Promise.withResolvers<number>();
  let reads = 0;
  let writes = 0;
  return {
    read(buffer) {
      if (reads++ === 0) {
        buffer.set(settings);
        return Promise.resolve(settings.length);
      }
      return first === "read" ? Promise.reject(error) : closed.promise;
    },
    write(bytes) {
      if (first === "read" || writes++ === 0) return Promise.resolve(bytes.length);
      closed.resolve(0);
      return Promise.reject(error);
    },
    close() {
      closed.resolve(0);
    },
  };
}

Deno.test("whatever a socket throws is a socket's, in whichever words: the calls end, and nothing goes unheard", async () => {
  const errors = fc.oneof(
    fc.string().map((message) => new Error(message)),
    fc.string().map((message) => new TypeError(message)),
    fc.string(),
    fc.constant(undefined),
  );
  await fc.assert(fc.asyncProperty(
    errors,
    fc.constantFrom("read", "write"),
    async (error, first) => {
      const session = new Session({
        maxBodyBytes: 65_536,
        maxStreamId: 2 ** 31 - 1,
        onUnprocessed: () => {},
      });
      const exchange = new RecordingExchange();
      const causes: string[] = [];
      const connection = new Connection(failingSocket(error, first), session, () => 0, {
        onBatch: () => {
          session.open(exchange);
          connection.flushSoon();
        },
        onClosed: (cause) => causes.push(cause),
      });
      await connection.run();
      assert.equal(exchange.ends, 1);
      assert.equal(causes.length, 1);
    },
  ));
});
