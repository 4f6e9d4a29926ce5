import assert from "node:assert/strict";
import { parseGrpcAddress, parseRestUrl } from "../../lib/net/address.ts";
import { monotonicClock } from "../../lib/clock.ts";
import { TargetUnavailableError } from "../../lib/errors.ts";
import { DEFAULT_TLS } from "../../lib/net/tls_settings.ts";
import { preflight, type PreflightResult } from "../../lib/preflight/preflight.ts";
import { type Lens, LENSES } from "../../lib/clients/lens.ts";
import { createLog } from "../../lib/terminal/log.ts";
import type { TestPlan } from "../../lib/plan/test_plan.ts";
import { fixture } from "../support/fixture.ts";
import { startPlainHttp2Server } from "../support/http2_server.ts";
import {
  answering,
  httpAnswer,
  type RawServer,
  readRequestHead,
  readUntilClosed,
  startRawServer,
  writeText,
} from "../support/raw_server.ts";
import { withReferenceServers } from "../support/reference.ts";
import { SEED_PLAN } from "../support/seed_sample.ts";
import { freePort } from "../support/free_port.ts";
import { startTiringProxy } from "../support/tiring_proxy.ts";

const log = createLog({ writeLine: () => {}, verbose: false, colour: false });

function probe(
  restUrl: string,
  grpcAddress: string,
  timeoutMs = 3000,
  serversFail = false,
  lens: Lens = SEED_PLAN.lens,
): Promise<PreflightResult> {
  const targets = { rest: parseRestUrl(restUrl), grpc: parseGrpcAddress(grpcAddress) };
  const plan: TestPlan = { ...SEED_PLAN, lens, targets, timeoutMs, concurrency: 3 };
  const interrupt = new AbortController().signal;
  return preflight(plan, { clock: monotonicClock, interrupt, log }, serversFail);
}

/** The lines of the error that the preflight ends in. */
async function problems(
  restUrl: string,
  grpcAddress: string,
  timeoutMs?: number,
  lens?: Lens,
) {
  try {
    await probe(restUrl, grpcAddress, timeoutMs, false, lens);
  } catch (error) {
    assert(error instanceof TargetUnavailableError, String(error));
    return error.message.split("\n");
  }
  return assert.fail("the preflight found no problem");
}

async function withRawServer<T>(
  handle: Parameters<typeof startRawServer>[0],
  body: (server: RawServer) => Promise<T>,
): Promise<T> {
  const server = startRawServer(handle);
  try {
    return await body(server);
  } finally {
    await server.close();
  }
}

Deno.test("two healthy targets pass without a warning, with their connections timed", async () => {
  await withReferenceServers(async ({ restUrl, grpcAddress }) => {
    const { warnings, connectionTimes } = await probe(restUrl, grpcAddress);
    assert.deepEqual(warnings, []);
    assert.equal(connectionTimes.rest.total.count, 3);
    assert.equal(connectionTimes.grpc.total.count, 3);
  });
});

Deno.test("refused targets are both named, with the flag to mend each", async () => {
  const [rest, grpc] = await problems(`http://127.0.0.1:${freePort()}`, `127.0.0.1:${freePort()}`);
  assert.match(rest!, /^Cannot measure the REST server "http:.*refused.*--rest-url/);
  assert.match(grpc!, /^Cannot measure the gRPC server "127.*refused.*--grpc-url/);
});

Deno.test("a name that does not resolve is named", async () => {
  const [rest, grpc] = await problems("http://no-such-host.invalid", "no-such-host.invalid:9090");
  assert.match(rest!, /"no-such-host.invalid" does not resolve/);
  assert.match(grpc!, /"no-such-host.invalid" does not resolve/);
});

Deno.test("swapped targets are told apart: each is asked whether it is the other", async () => {
  await withReferenceServers(async ({ restUrl, grpcAddress }) => {
    const [rest, grpc] = await problems(`http://${grpcAddress}`, restUrl.replace("http://", ""));
    assert.match(rest!, /speaks only HTTP\/2.*Is it the gRPC server\?/);
    assert.match(grpc!, /an HTTP\/1.1 server answers there.*Is it the REST server\?/);
  });
});

Deno.test("a server on the gRPC port that speaks HTTP/2 without gRPC is named as such", async () => {
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    () => Response.json({}),
  );
  try {
    await withReferenceServers(async ({ restUrl }) => {
      const [grpc] = await problems(restUrl, `127.0.0.1:${server.addr.port}`);
      assert.match(grpc!, /answers over HTTP\/2, but not in gRPC/);
    });
  } finally {
    await server.shutdown();
  }
});

Deno.test("an HTTP/1.1 server on the gRPC port is named as such", async () => {
  const onlyHttp1 = answering(httpAnswer("400 Bad Request", "text/plain", "what?"));
  await withReferenceServers(({ restUrl }) =>
    withRawServer(onlyHttp1, async ({ port }) => {
      const [grpc] = await problems(restUrl, `127.0.0.1:${port}`);
      assert.match(grpc!, /an HTTP\/1.1 server answers there.*Is it the REST server\?/);
    })
  );
});

Deno.test("a target that accepts and then keeps silent is reported after the timeout", async () => {
  await withRawServer(readUntilClosed, async ({ port }) => {
    const [rest, grpc] = await problems(`http://127.0.0.1:${port}`, `127.0.0.1:${port}`, 150);
    assert.match(rest!, /no answer within 150 ms.*--timeout/);
    assert.match(grpc!, /no answer within 150 ms.*--timeout/);
  });
});

Deno.test("a target that closes every connection at once is reported", async () => {
  await withRawServer(async () => {}, async ({ port }) => {
    const [rest, grpc] = await problems(`http://127.0.0.1:${port}`, `127.0.0.1:${port}`);
    assert.match(rest!, /closes connections/);
    assert.match(grpc!, /closes connections/);
  });
});

/** A server for both protocols, which ends each connection as it is asked for a user, until `served`. */
function dropping(served: (index: number) => boolean) {
  const rest = startRawServer(async (connection, index) => {
    const head = new Uint8Array(4096);
    const count = await connection.read(head) ?? 0;
    const isUser = new TextDecoder().decode(head.subarray(0, count)).startsWith("GET /api");
    if (isUser && !served(index)) return;
    await writeText(connection, httpAnswer("200 OK", "application/json", "{}"));
    await answering(httpAnswer("200 OK", "application/json", "{}"))(connection, index);
  });
  const grpc = startPlainHttp2Server(async (connection, index) => {
    if (served(index)) await connection.answerAll();
    else await connection.request();
  });
  return { rest, grpc, close: () => Promise.all([rest.close(), grpc.close()]) };
}

for (const lens of LENSES) {
  Deno.test(`${lens}: a hundred requests whose connection is ended end the run, REST and gRPC alike`, async () => {
    const { rest, grpc, close } = dropping(() => false);
    try {
      const addresses = [`http://127.0.0.1:${rest.port}`, `127.0.0.1:${grpc.port}`] as const;
      for (const told of await problems(...addresses, 20_000, lens)) {
        assert.match(
          told,
          /99 other requests ended alike: it ended each without an answer\. See the/,
        );
      }
    } finally {
      await close();
    }
  });

  Deno.test(`${lens}: servers that end a score of connections and serve the next are measured`, async () => {
    const { rest, grpc, close } = dropping((index) => index > 25);
    try {
      const addresses = [`http://127.0.0.1:${rest.port}`, `127.0.0.1:${grpc.port}`] as const;
      const { warnings } = await probe(...addresses, 20_000, false, lens);
      assert.match(warnings.join("\n"), /REST: .*more requests failed there/);
      assert.match(warnings.join("\n"), /gRPC: .*more requests failed there/);
    } finally {
      await close();
    }
  });
}

Deno.test("a target that speaks neither HTTP nor TLS is reported", async () => {
  const banner = async (connection: Deno.TcpConn) => {
    await writeText(
      connection,
      "220 mail.example.com ESMTP ready when you are, so they say, sir\r\n",
    );
    await readUntilClosed(connection);
  };
  await withRawServer(banner, async ({ port }) => {
    const [rest, grpc] = await problems(`http://127.0.0.1:${port}`, `127.0.0.1:${port}`);
    assert.match(rest!, /neither HTTP nor TLS/);
    assert.match(grpc!, /neither HTTP nor TLS/);
  });
});

Deno.test("a target that says a few bytes and ends is told by what it said", async () => {
  const shortBanner = (connection: Deno.TcpConn) => writeText(connection, "220 mail\r\n");
  await withRawServer(shortBanner, async ({ port }) => {
    const [rest, grpc] = await problems(`http://127.0.0.1:${port}`, `127.0.0.1:${port}`);
    assert.match(rest!, /neither HTTP nor TLS/);
    assert.match(grpc!, /neither HTTP nor TLS/);
  });
});

function startTlsServer(): Deno.HttpServer<Deno.NetAddr> {
  return Deno.serve({
    hostname: "127.0.0.1",
    port: 0,
    cert: fixture("localhost_cert.pem"),
    key: fixture("localhost_key.pem"),
    onListen() {},
  }, () => Response.json({}));
}

Deno.test("a TLS port spoken to in plain is named, with the address to give", async () => {
  const server = startTlsServer();
  const { port } = server.addr;
  try {
    const [rest, grpc] = await problems(`http://127.0.0.1:${port}`, `127.0.0.1:${port}`);
    assert.match(rest!, new RegExp(`speaks TLS.*--rest-url https://127.0.0.1:${port}$`));
    assert.match(grpc!, new RegExp(`speaks TLS.*--grpc-url https://127.0.0.1:${port}$`));
  } finally {
    await server.shutdown();
  }
});

Deno.test("a certificate that nobody vouches for is named", async () => {
  const server = startTlsServer();
  const { port } = server.addr;
  try {
    const [rest, grpc] = await problems(`https://127.0.0.1:${port}`, `https://127.0.0.1:${port}`);
    assert.match(rest!, /certificate is self-signed/);
    assert.match(grpc!, /certificate is self-signed/);
  } finally {
    await server.shutdown();
  }
});

Deno.test("a plain port asked for TLS is named, with the address to give", async () => {
  await withReferenceServers(async ({ restUrl, grpcAddress }) => {
    const [rest, grpc] = await problems(
      restUrl.replace("http:", "https:"),
      `https://${grpcAddress}`,
    );
    assert.match(rest!, /does not speak TLS.*--rest-url http:\/\/127/);
    assert.match(grpc!, /does not speak TLS.*--grpc-url 127/);
  });
});

Deno.test("servers that are told to fail are measured, with a warning for each", async () => {
  await withReferenceServers(async ({ restUrl, grpcAddress }) => {
    const { warnings } = await probe(restUrl, grpcAddress, 3000, true);
    assert.equal(warnings.length, 2);
    assert.match(
      warnings[0]!,
      /^REST: getUser\(\d+\) failed in the preflight: GET http:.* answered 503 Service Unavailable$/,
    );
    assert.match(
      warnings[1]!,
      /^gRPC: getUser\(\d+\) failed in the preflight: \S+ answered UNAVAILABLE: injected failure$/,
    );
  }, { failureRate: 1 });
});

Deno.test("two servers that answer with different users earn a warning that names the fields", async () => {
  const user = JSON.stringify({ id: 1, username: "someone.else", full_name: "Nobody" });
  await withReferenceServers(({ grpcAddress }) =>
    withRawServer(
      async (connection) => {
        while (await readRequestHead(connection)) {
          await writeText(connection, httpAnswer("200 OK", "application/json", user));
        }
      },
      async ({ port }) => {
        const { warnings } = await probe(`http://127.0.0.1:${port}`, grpcAddress);
        assert.equal(warnings.length, 1);
        assert.match(warnings[0]!, /differently \(.*"email".*\)/);
      },
    )
  );
});

Deno.test("connections that do not come about end with the time of the preflight, not one after the other", async () => {
  const tlsServer = startTlsServer();
  // The look whether anybody listens, and the request: what follows gets no handshake.
  const proxy = startTiringProxy(tlsServer.addr.port, 2);
  try {
    await withReferenceServers(async ({ grpcAddress }) => {
      const targets = {
        rest: parseRestUrl(`https://127.0.0.1:${proxy.port}`),
        grpc: parseGrpcAddress(grpcAddress),
      };
      const tls = { ...DEFAULT_TLS, verifyServer: false };
      const plan = { ...SEED_PLAN, targets, tls, timeoutMs: 3000, concurrency: 100 };
      const wire: TestPlan = { ...plan, lens: "wire" };
      const interrupt = new AbortController().signal;
      const result = await preflight(wire, { clock: monotonicClock, interrupt, log });
      assert.equal(result.connectionTimes.rest.total.count, 0);
      assert.match(result.warnings.join("\n"), /REST: only 0 of 100 fresh connections came about/);
      assert(proxy.accepted() <= 2 + 10, `${proxy.accepted()} connections, ten at a time`);
    });
  } finally {
    await proxy.close();
    await tlsServer.shutdown();
  }
});
