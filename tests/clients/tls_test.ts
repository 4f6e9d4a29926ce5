import { ServerCredentials } from "@grpc/grpc-js";
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { createServer } from "node:tls";
import type { ConnectionTiming } from "../../lib/net/connection.ts";
import { DEFAULT_TLS, type TlsSettings } from "../../lib/net/tls_settings.ts";
import { LENSES } from "../../lib/clients/lens.ts";
import { GetUserResponse } from "../../lib/requests/built_in/user_service.ts";
import { sendOne, verdictOf, withGrpcClient, withRestClient } from "../support/clients.ts";
import { fixture } from "../support/fixture.ts";
import { startGrpcStub } from "../support/grpc_stub.ts";
import { inProcess } from "../support/in_process.ts";
import { readUntilClosed, startRawServer } from "../support/raw_server.ts";

/** A certificate for localhost and 127.0.0.1, and who issued it. */
const CA = fixture("ca_cert.pem");
const SERVER = { cert: fixture("server_cert.pem"), key: fixture("server_key.pem") };
const CLIENT = { cert: fixture("client_cert.pem"), key: fixture("client_key.pem") };
/** A certificate that nobody issued. */
const SELF_SIGNED = { cert: fixture("localhost_cert.pem"), key: fixture("localhost_key.pem") };

const TRUSTING: TlsSettings = { ...DEFAULT_TLS, caCerts: [CA] };
const SHOWING_ITSELF: TlsSettings = { ...TRUSTING, identity: CLIENT };
const SHOWING_ITSELF_TRUSTING_NOBODY: TlsSettings = { ...DEFAULT_TLS, identity: CLIENT };
const UNCHECKED: TlsSettings = { ...DEFAULT_TLS, verifyServer: false };

async function withRestServer<T>(
  certificate: { cert: string; key: string },
  body: (url: string) => Promise<T>,
): Promise<T> {
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, ...certificate, onListen() {} },
    () => Response.json({}),
  );
  try {
    return await body(`https://127.0.0.1:${server.addr.port}`);
  } finally {
    await server.shutdown();
  }
}

async function withGrpcServer<T>(
  asksForCertificate: boolean,
  body: (address: string) => Promise<T>,
): Promise<T> {
  const message = Buffer.from(GetUserResponse.encode({ user: { id: 1 } }).finish());
  const serverCredentials = ServerCredentials.createSsl(
    Buffer.from(CA),
    [{ cert_chain: Buffer.from(SERVER.cert), private_key: Buffer.from(SERVER.key) }],
    asksForCertificate,
  );
  const stub = await startGrpcStub((_call, callback) => callback(null, message), serverCredentials);
  try {
    return await body(`https://127.0.0.1:${stub.port}`);
  } finally {
    stub.close();
  }
}

/** An HTTP/1.1 server that talks to nobody without a certificate. */
async function withMutualRestServer<T>(body: (url: string) => Promise<T>): Promise<T> {
  const options = { ...SERVER, ca: [CA], requestCert: true, rejectUnauthorized: true };
  const server = createServer(options, (socket) => {
    socket.on("data", () => socket.write("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}"));
    socket.on("error", () => {});
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    const { port } = server.address() as { port: number };
    return await body(`https://127.0.0.1:${port}`);
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
}

for (const lens of LENSES) {
  const restVerdict = (url: string, tls: TlsSettings) =>
    withRestClient(url, async (client) => verdictOf(await sendOne(client, 1)), { lens, tls });
  const grpcVerdict = (address: string, tls: TlsSettings) =>
    withGrpcClient(address, async (client) => verdictOf(await sendOne(client, 1)), { lens, tls });

  Deno.test(`the ${lens} clients trust a server whose issuer they are given, and no other`, async () => {
    await withRestServer(SERVER, async (url) => {
      assert.equal(await restVerdict(url, TRUSTING), "success");
      assert.equal(await restVerdict(url, DEFAULT_TLS), "TLS Failure");
    });
    await withGrpcServer(false, async (address) => {
      assert.equal(await grpcVerdict(address, TRUSTING), "success");
      assert.equal(await grpcVerdict(address, DEFAULT_TLS), "UNAVAILABLE");
    });
  });

  Deno.test(`the ${lens} clients show their certificate to a server that asks, and still trust no other`, async () => {
    await withMutualRestServer(async (url) => {
      assert.equal(await restVerdict(url, SHOWING_ITSELF), "success");
      assert.equal(await restVerdict(url, TRUSTING), "TLS Failure");
      assert.equal(await restVerdict(url, SHOWING_ITSELF_TRUSTING_NOBODY), "TLS Failure");
    });
    await withGrpcServer(true, async (address) => {
      assert.equal(await grpcVerdict(address, SHOWING_ITSELF), "success");
      assert.equal(await grpcVerdict(address, TRUSTING), "UNAVAILABLE");
      assert.equal(await grpcVerdict(address, SHOWING_ITSELF_TRUSTING_NOBODY), "UNAVAILABLE");
    });
  });

  Deno.test(`the ${lens} gRPC client checks no certificate where it is told not to`, async () => {
    await withGrpcServer(false, async (address) => {
      assert.equal(await grpcVerdict(address, UNCHECKED), "success");
    });
  });
}

Deno.test("the wire REST client checks no certificate where it is told not to, and tells TCP from TLS", async () => {
  const timings: ConnectionTiming[] = [];
  const options = {
    lens: "wire",
    onConnection: (timing: ConnectionTiming) => timings.push(timing),
  } as const;
  await withRestServer(SELF_SIGNED, async (url) => {
    await withRestClient(url, async (client) => {
      for (let sent = 0; sent < 3; sent++) {
        assert.equal(verdictOf(await sendOne(client, 1)), "success");
      }
    }, { ...options, tls: UNCHECKED });
  });
  await withRestServer(SERVER, async (url) => {
    await withRestClient(url, (client) => sendOne(client, 1), { ...options, tls: TRUSTING });
  });
  assert.equal(timings.length, 2);
  for (const { tcpMs, tlsMs } of timings) assert(tcpMs > 0 && tlsMs! > 0);
});

Deno.test("an unchecked TLS handshake that is never answered is left after the timeout", async () => {
  let sawClose = () => {};
  const clientClosed = new Promise<void>((resolve) => sawClose = resolve);
  const server = startRawServer(async (connection) => {
    await readUntilClosed(connection);
    sawClose();
  });
  const url = `https://127.0.0.1:${server.port}`;
  const options = { lens: "wire", tls: UNCHECKED, timeoutMs: 100 } as const;
  try {
    const sample = await withRestClient(url, (client) => sendOne(client, 1), options);
    assert.equal(verdictOf(sample), "Connection Timeout");
    await clientClosed;
  } finally {
    await server.close();
  }
});

Deno.test("a server that keeps silent over unchecked TLS is left after the timeout", async () => {
  const listener = Deno.listenTls({ hostname: "127.0.0.1", port: 0, ...SELF_SIGNED });
  const accepting = listener.accept();
  const url = `https://127.0.0.1:${listener.addr.port}`;
  const options = { lens: "wire", tls: UNCHECKED, timeoutMs: 100 } as const;
  try {
    const sample = await withRestClient(url, (client) => sendOne(client, 1), options);
    assert.equal(verdictOf(sample), "Connection Timeout");
  } finally {
    (await accepting).close();
    listener.close();
  }
});

const FILES: Readonly<Record<string, string>> = {
  "ca.pem": CA,
  "cert.pem": CLIENT.cert,
  "key.pem": CLIENT.key,
  "other-key.pem": SERVER.key,
  "text.pem": "no certificate",
  "broken.pem": "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
};

/** Runs with these files only, against targets that are not there. */
function runWithFiles(line: string) {
  const targets = ["--rest-url", "https://127.0.0.1:2", "--grpc-url", "https://127.0.0.1:2"];
  return inProcess(["-r", "1", ...targets, ...line.split(" ")], {
    readFile: (path) =>
      FILES[path] === undefined
        ? Promise.reject(new Error("No such file"))
        : Promise.resolve(FILES[path]),
  });
}

const BAD_TLS: readonly (readonly [line: string, says: RegExp])[] = [
  ["--ca missing.pem", /Cannot read --ca "missing.pem": No such file.* Expected a PEM file/],
  ["--ca text.pem", /--ca "text.pem": expected certificates in PEM/],
  ["--ca broken.pem", /--ca "broken.pem": expected certificates in PEM/],
  ["--ca key.pem", /--ca "key.pem": expected certificates in PEM/],
  ["--cert cert.pem", /--cert "cert.pem" alone: expected --key with it/],
  ["--key key.pem", /--key "key.pem" alone: expected --cert with it/],
  ["--cert missing.pem --key key.pem", /Cannot read --cert "missing.pem"/],
  ["--cert cert.pem --key missing.pem", /Cannot read --key "missing.pem"/],
  ["--cert key.pem --key key.pem", /--cert "key.pem": expected certificates in PEM/],
  ["--cert cert.pem --key cert.pem", /--key "cert.pem": expected a private key in PEM/],
  ["--cert cert.pem --key other-key.pem", /--key "other-key.pem": expected the private key of/],
  ["--insecure", /--insecure with --rest-url "https:.*--ca .*--client wire/],
  ["--client fast", /--client "fast": expected one of native, wire/],
];

for (const [line, says] of BAD_TLS) {
  Deno.test(`bad TLS input is explained in one line: protoduel ${line}`, async () => {
    const { stdout, stderr, code } = await runWithFiles(line);
    const [first = ""] = stderr.split("\n");
    assert.equal(code, 2, stderr);
    assert.match(first, /^error: Cannot /);
    assert.match(first, says);
    assert.equal(stdout, "");
  });
}

Deno.test("good TLS files lead to the run itself, and --insecure to a warning besides", async () => {
  const trusted = await runWithFiles("--ca ca.pem --cert cert.pem --key key.pem");
  assert.equal(trusted.code, 3);
  assert.doesNotMatch(trusted.stderr, /warning/);
  const unchecked = await runWithFiles("--insecure --client wire");
  assert.equal(unchecked.code, 3);
  assert.match(unchecked.stderr, /^warning: .*not checked \(--insecure\)/);
});

Deno.test("a target that asks for a certificate is named, with the options to give it one", async () => {
  await withMutualRestServer((restUrl) =>
    withGrpcServer(true, async (grpcAddress) => {
      for (const lens of LENSES) {
        const { stderr, code } = await inProcess(
          [
            "-r",
            "1",
            "--rest-url",
            restUrl,
            "--grpc-url",
            grpcAddress,
            "--ca",
            "ca.pem",
            "--client",
            lens,
          ],
          { readFile: () => Promise.resolve(CA) },
        );
        assert.equal(code, 3);
        const [rest = "", grpc = ""] = stderr.split("\n");
        assert.match(rest, /REST server .* asks the client for a certificate\. .*--cert and --key/);
        assert.match(grpc, /gRPC server .* asks the client for a certificate\. .*--cert and --key/);
      }
    })
  );
});

Deno.test("a REST target whose TLS offers HTTP/2 alone is named to the wire client, which speaks none", async () => {
  const options = { hostname: "127.0.0.1", port: 0, ...SERVER, alpnProtocols: ["h2"] };
  const listener = Deno.listenTls(options);
  const accepting = listener.accept();
  try {
    await withGrpcServer(false, async (grpcAddress) => {
      const restUrl = `https://127.0.0.1:${listener.addr.port}`;
      const { stderr, code } = await inProcess(
        `-r 1 --client wire --ca ca.pem --rest-url ${restUrl} --grpc-url ${grpcAddress}`.split(" "),
        { readFile: () => Promise.resolve(CA) },
      );
      assert.equal(code, 3);
      assert.match(
        stderr,
        /REST server .* offers no HTTP version that this client speaks\. .*--rest/,
      );
    });
  } finally {
    (await accepting).close();
    listener.close();
  }
});

Deno.test("a run over TLS measures both protocols, and tells how long TCP and TLS took", async () => {
  await withRestServer(SERVER, (restUrl) =>
    withGrpcServer(false, async (grpcAddress) => {
      const targets = ["--rest-url", restUrl, "--grpc-url", grpcAddress];
      const { stdout, stderr, code } = await inProcess(
        ["-r", "20", "-c", "2", "--client", "wire", "--ca", "ca.pem", "-o", "json", ...targets],
        { readFile: () => Promise.resolve(CA) },
      );
      assert.equal(code, 0, stderr);
      const { rest, test_metadata: { client } } = JSON.parse(stdout);
      const { connection_time: whole, tcp_time: tcp, tls_time: tls } = rest.timing_breakdown;
      assert.equal(client, "wire");
      assert(Math.abs(tcp.mean + tls.mean - whole.mean) < 1e-6);
      assert.equal(whole.samples, 2);
      assert(rest.wire_bytes_sent > 0 && rest.wire_bytes_received > rest.total_bytes_transferred);
    }));
});
