import assert from "node:assert/strict";
import { Socket } from "node:net";
import { monotonicClock } from "../../lib/clock.ts";
import { parseGrpcAddress } from "../../lib/net/address.ts";
import { openConnection } from "../../lib/net/connection.ts";
import { DEFAULT_TLS, type TlsSettings } from "../../lib/net/tls_settings.ts";
import { fixture } from "../support/fixture.ts";

/** How often Nagle's algorithm is turned off while `body` runs: no call that a test can make tells whether it is on. */
async function callsOfSetNoDelay(body: () => Promise<void>): Promise<number> {
  let calls = 0;
  const connect = Deno.connect;
  const { setNoDelay } = Socket.prototype;
  const watching = async (options: Deno.ConnectOptions) => {
    const connection = await connect(options);
    const original = connection.setNoDelay.bind(connection);
    connection.setNoDelay = () => {
      calls++;
      original();
    };
    return connection;
  };
  Deno.connect = watching as typeof Deno.connect;
  Socket.prototype.setNoDelay = function () {
    calls++;
    return setNoDelay.call(this);
  };
  try {
    await body();
  } finally {
    Deno.connect = connect;
    Socket.prototype.setNoDelay = setNoDelay;
  }
  return calls;
}

async function openAndClose(port: number, tls: TlsSettings | null): Promise<void> {
  const target = parseGrpcAddress(`${tls === null ? "" : "https://"}127.0.0.1:${port}`);
  const options = { tls, alpnProtocols: [], timeoutMs: 5000, clock: monotonicClock };
  const { connection } = await openConnection(target, options);
  connection.close();
}

const TRUSTING: TlsSettings = { ...DEFAULT_TLS, caCerts: [fixture("ca_cert.pem")] };
const IDENTITY = { cert: fixture("client_cert.pem"), key: fixture("client_key.pem") };
const CONNECTIONS: readonly (readonly [string, TlsSettings | null])[] = [
  ["plain", null],
  ["TLS", TRUSTING],
  ["mutual TLS", { ...TRUSTING, identity: IDENTITY }],
  ["unchecked TLS", { ...DEFAULT_TLS, verifyServer: false }],
];

// With Nagle's algorithm the p99 of gRPC read 31.8 ms where 20.9 ms were true, and a handshake 45 ms.
for (const [name, tls] of CONNECTIONS) {
  Deno.test(`a connection (${name}) holds no small write back until the last one is acknowledged`, async () => {
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
    assert.equal(await callsOfSetNoDelay(() => openAndClose(port, tls)), 1);
    await serving;
    listener.close();
  });
}
