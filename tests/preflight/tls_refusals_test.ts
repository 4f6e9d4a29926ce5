import assert from "node:assert/strict";
import { createServer } from "node:tls";
import { fixture } from "../support/fixture.ts";
import { inProcess } from "../support/in_process.ts";
import { startRawServer } from "../support/raw_server.ts";
import { withReferenceServers } from "../support/reference.ts";

const CA = fixture("ca_cert.pem");
const SERVER = { cert: fixture("server_cert.pem"), key: fixture("server_key.pem") };
const FILES: Readonly<Record<string, string>> = {
  "ca.pem": CA,
  "self.pem": fixture("localhost_cert.pem"),
  "self.key": fixture("localhost_key.pem"),
};
const SHOWS_UNKNOWN = ["--cert", "self.pem", "--key", "self.key"];

/** What is said of each side, with each client, where a server on that port is the target. */
async function refusals(port: number, options: readonly string[]): Promise<string[]> {
  const told: string[] = [];
  await withReferenceServers(async ({ restUrl, grpcAddress }) => {
    const address = `https://127.0.0.1:${port}`;
    for (const client of ["native", "wire"]) {
      for (
        const targets of [
          ["--rest-url", address, "--grpc-url", grpcAddress],
          ["--rest-url", restUrl, "--grpc-url", address],
        ]
      ) {
        const { stdout, stderr, code } = await inProcess(
          ["-r", "2", "--client", client, "--ca", "ca.pem", ...targets, ...options],
          { readFile: (path) => Promise.resolve(FILES[path]!) },
        );
        assert.deepEqual([stdout, code], ["", 3], stderr);
        told.push(stderr);
      }
    }
  });
  return told;
}

Deno.test("a server that asks for a certificate is told so on both sides with every client", async () => {
  const options = {
    ...{ ...SERVER, ca: [CA], requestCert: true, rejectUnauthorized: true },
    ALPNProtocols: ["h2", "http/1.1"],
  };
  const server = createServer(options, (socket) => void socket.on("error", () => {}));
  server.on("tlsClientError", () => {});
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  try {
    for (const told of await refusals(port, [])) {
      assert.match(
        told,
        /it asks the client for a certificate\. Show it one with --cert and --key/,
      );
    }
    for (const told of await refusals(port, SHOWS_UNKNOWN)) {
      assert.match(
        told,
        /does not accept the certificate that --cert shows|once --cert has been shown/,
      );
      assert.match(told, /valid, and whose issuer it trusts/);
    }
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
});

/** Alerts in the handshake (RFC 8446 section 6), and what is said of each. */
const ALERTS: readonly (readonly [string, number, readonly string[], RegExp])[] = [
  ["protocol_version", 70, [], /it offers no TLS 1\.2 or newer\. Enable TLS 1\.2/],
  ["handshake_failure", 40, [], /refused the TLS handshake.* It may ask for a certificate/],
  ["bad_certificate", 42, [], /it asks the client for a certificate/],
  ["unknown_ca", 48, SHOWS_UNKNOWN, /does not accept the certificate that --cert shows it/],
];

for (const [name, code, options, expected] of ALERTS) {
  Deno.test(`a TLS handshake that ends with the alert ${name} is told with what would help`, async () => {
    const server = startRawServer(async (connection) => {
      await connection.read(new Uint8Array(4096));
      await connection.write(Uint8Array.of(0x15, 3, 3, 0, 2, 2, code));
      await connection.read(new Uint8Array(4096));
    });
    try {
      for (const told of await refusals(server.port, options)) assert.match(told, expected);
    } finally {
      await server.close();
    }
  });
}
