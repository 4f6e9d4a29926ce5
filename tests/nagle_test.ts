import assert from "node:assert/strict";
import { monotonicClock } from "../lib/clock.ts";
import { parseGrpcAddress } from "../lib/command_line/values.ts";
import { openConnection } from "../lib/net/connection.ts";
import { DEFAULT_TLS, type TlsSettings } from "../lib/net/tls_settings.ts";
import { fromFileUrl } from "./support/paths.ts";

function fixture(name: string): string {
  return Deno.readTextFileSync(fromFileUrl(`../fixtures/${name}`));
}

/** What is done to the TCP connections that `body` opens: no system call that a test can make tells it. */
async function callsOfSetNoDelay(body: () => Promise<void>): Promise<(boolean | undefined)[]> {
  const calls: (boolean | undefined)[] = [];
  const connect = Deno.connect;
  const watching = async (options: Deno.ConnectOptions) => {
    const connection = await connect(options);
    const setNoDelay = connection.setNoDelay.bind(connection);
    connection.setNoDelay = (noDelay?: boolean) => {
      calls.push(noDelay);
      setNoDelay(noDelay);
    };
    return connection;
  };
  Deno.connect = watching as typeof Deno.connect;
  try {
    await body();
  } finally {
    Deno.connect = connect;
  }
  return calls;
}

async function openAndClose(port: number, tls: TlsSettings | null): Promise<void> {
  const target = parseGrpcAddress(`${tls === null ? "" : "https://"}127.0.0.1:${port}`);
  const options = { tls, alpnProtocols: [], timeoutMs: 5000, clock: monotonicClock };
  const { connection } = await openConnection(target, options);
  connection.close();
}

// With Nagle's algorithm the p99 of gRPC read 31.8 ms where 20.9 ms were true.
for (const [name, tls] of [["plain", null], ["TLS", DEFAULT_TLS]] as const) {
  Deno.test(`a wire client's ${name} connection holds no small write back until the last one is acknowledged`, async () => {
    const address = { hostname: "127.0.0.1", port: 0 };
    const listener = tls === null ? Deno.listen(address) : Deno.listenTls({
      ...address,
      cert: fixture("server_cert.pem"),
      key: fixture("server_key.pem"),
    });
    const serving = (async () => {
      const connection = await listener.accept();
      await connection.read(new Uint8Array(1)).catch(() => null);
      connection.close();
    })();
    const { port } = listener.addr as Deno.NetAddr;
    const calls = await callsOfSetNoDelay(() =>
      openAndClose(port, tls === null ? null : { ...tls, caCerts: [fixture("ca_cert.pem")] })
    );
    await serving;
    listener.close();
    assert.deepEqual(calls, [undefined]);
  });
}
