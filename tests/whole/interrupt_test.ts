import assert from "node:assert/strict";
import { LENSES } from "../../lib/clients/lens.ts";
import { fixture } from "../support/fixture.ts";
import { inProcess } from "../support/in_process.ts";
import {
  answerAtOnce,
  hangAfter,
  type ObservingServers,
  PLAIN_LOAD,
  PLAIN_LOAD_WARNING,
  withObservingServers,
} from "../support/observing_servers.ts";
import { fromFileUrl } from "../support/paths.ts";
import { readUntilClosed, startRawServer } from "../support/raw_server.ts";
import { type RunningProcess, withProtoduel } from "../support/running_process.ts";
import { validReport } from "../support/saved_document.ts";
import { startTiringProxy } from "../support/tiring_proxy.ts";

const ANSWERED = 20;
const CONCURRENCY = 4;
/** The preflight's, those that were answered, and those that wait: all that came is recorded by then. */
const ARRIVED = 1 + ANSWERED + CONCURRENCY;
const LOAD = ["-r", "1000", "-c", String(CONCURRENCY), "--timeout", "60s"];
const REST_HANGS = { rest: hangAfter(ANSWERED), grpc: answerAtOnce };
const GRPC_HANGS = { rest: answerAtOnce, grpc: hangAfter(ANSWERED) };

/** Runs against a REST server that hangs, and interrupts once everything is stuck. */
function interruptRest<T>(
  args: readonly string[],
  body: (running: RunningProcess, servers: ObservingServers) => Promise<T>,
): Promise<T> {
  return withObservingServers(
    (servers) =>
      withProtoduel([...LOAD, ...args, ...servers.targets], async (running) => {
        await servers.rest.arrivalOf(ARRIVED);
        return await body(running, servers);
      }),
    REST_HANGS,
  );
}

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  Deno.test(`${signal} ends the run, and what was measured is printed`, async () => {
    await interruptRest(["-o", "json"], async ({ child, finished }, { grpc }) => {
      child.kill(signal);
      const { stdout, stderr, code } = await finished();
      assert.match(stderr, PLAIN_LOAD_WARNING);
      assert.equal(code, 130);
      const report = validReport(stdout);
      assert.equal(report.test_metadata.interrupted, true);
      assert.equal(report.test_metadata.requests_per_protocol, 1000);
      assert.deepEqual([report.rest.total_requests, report.rest.failed_requests], [ANSWERED, 0]);
      assert.deepEqual([report.grpc.total_requests, report.grpc.success_rate], [0, null]);
      assert.equal(grpc.userIds.length, 1, "nothing is sent after the interrupt");
    });
  });
}

Deno.test("an interrupt while gRPC is measured keeps all of REST and that part of gRPC", async () => {
  await withObservingServers(async ({ targets, grpc }) => {
    const args = ["-r", "100", "-c", String(CONCURRENCY), "--timeout", "60s", "-o", "json"];
    await withProtoduel([...args, ...targets], async ({ child, finished }) => {
      await grpc.arrivalOf(ARRIVED);
      child.kill("SIGINT");
      const { stdout, stderr, code } = await finished();
      assert.match(stderr, PLAIN_LOAD_WARNING);
      assert.equal(code, 130);
      const report = validReport(stdout);
      assert.equal(report.test_metadata.interrupted, true);
      assert.equal(report.rest.total_requests, 100);
      assert.deepEqual(
        [report.grpc.total_requests, report.grpc.failed_requests],
        [ANSWERED, 0],
      );
    });
  }, GRPC_HANGS);
});

Deno.test("an interrupted result says so on the console", async () => {
  await interruptRest([], async ({ child, finished }) => {
    child.kill("SIGINT");
    const { stdout, code } = await finished();
    assert.equal(code, 130);
    assert.match(stdout, /^ {2}- Interrupted: this is what was measured until then$/m);
    assert.match(stdout, /^Success Rate: +n\/a \(0\/0 requests\)$/m);
  });
});

Deno.test("an interrupt in the preflight ends it at once: exit 130, and no result", async () => {
  const server = startRawServer(readUntilClosed);
  try {
    const address = `127.0.0.1:${server.port}`;
    const controller = new AbortController();
    const ended = inProcess(
      [...LOAD, "--rest-url", `http://${address}`, "--grpc-url", address],
      { interrupt: controller.signal },
    );
    // The first connection is the preflight's look whether anybody listens, the second its request.
    while (server.accepted() < 2) await new Promise((resolve) => setTimeout(resolve, 5));
    controller.abort();
    const { stdout, stderr, code } = await ended;
    assert.deepEqual([stdout, code], ["", 130]);
    assert.equal(stderr, "error: Cannot show a result: stopped before anything was measured.\n");
  } finally {
    await server.close();
  }
});

Deno.test("an interrupt before the load leaves nothing to wait for, and no handle behind", async () => {
  await withObservingServers(async ({ targets, rest, grpc }) => {
    const { stdout, code } = await inProcess([...LOAD, "-o", "json", ...targets], {
      interrupt: AbortSignal.abort(),
    });
    assert.deepEqual([stdout, code], ["", 130]);
    assert.deepEqual([rest.userIds, grpc.userIds], [[], []]);
  });
});

/** Takes connections and reads, and never answers. */
async function withSilentServer<T>(body: (port: number) => Promise<T>): Promise<T> {
  const server = startRawServer(readUntilClosed);
  try {
    return await body(server.port);
  } finally {
    await server.close();
  }
}

const SILENT_TARGETS: readonly (readonly [name: string, restUrl: string, grpcAddress: string])[] = [
  ["requests", "http://127.0.0.1:", "127.0.0.1:"],
  ["TLS handshakes", "https://127.0.0.1:", "https://127.0.0.1:"],
];

for (const [what, restUrl, grpcAddress] of SILENT_TARGETS) {
  Deno.test(`an interrupt ends a preflight whose ${what} are never answered: exit 130`, async () => {
    await withSilentServer(async (port) => {
      const targets = ["--rest-url", `${restUrl}${port}`, "--grpc-url", `${grpcAddress}${port}`];
      await withProtoduel(["-v", ...LOAD, ...targets], async ({ child, finished, stderrMatch }) => {
        await stderrMatch(/targets:/);
        child.kill("SIGINT");
        const { stdout, stderr, code } = await finished();
        assert.deepEqual([stdout, code], ["", 130]);
        assert.match(stderr, /stopped before anything was measured/);
      });
    });
  });
}

for (const lens of LENSES) {
  Deno.test(`${lens}: an interrupt does not wait for TLS handshakes that the load began`, async () => {
    const server = Deno.serve({
      ...{ hostname: "127.0.0.1", port: 0, onListen() {} },
      ...{ cert: fixture("server_cert.pem"), key: fixture("server_key.pem") },
    }, () => Response.json({}));
    // The look whether anybody listens, the request, and the timed connections.
    const before = 2 + CONCURRENCY;
    const proxy = startTiringProxy(server.addr.port, before);
    try {
      await withObservingServers(async ({ grpcAddress }) => {
        const targets = [
          "--rest-url",
          `https://127.0.0.1:${proxy.port}`,
          "--grpc-url",
          grpcAddress,
        ];
        const trust = ["--ca", fromFileUrl("../fixtures/ca_cert.pem"), "--client", lens];
        const args = [...LOAD, ...trust, ...PLAIN_LOAD, "-o", "json", ...targets];
        await withProtoduel(args, async ({ child, finished }) => {
          while (proxy.accepted() < before + CONCURRENCY) {
            await new Promise((resolve) => setTimeout(resolve, 5));
          }
          child.kill("SIGINT");
          const { stdout, code } = await finished();
          assert.equal(code, 130);
          assert.equal(validReport(stdout).rest.total_requests, 0);
        });
      });
    } finally {
      await proxy.close();
      await server.shutdown();
    }
  });
}
