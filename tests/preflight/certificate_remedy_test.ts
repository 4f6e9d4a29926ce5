import assert from "node:assert/strict";
import { createSecureServer } from "node:http2";
import type { AddressInfo } from "node:net";
import { fixture } from "../support/fixture.ts";
import { inProcess } from "../support/in_process.ts";
import { withReferenceServers } from "../support/reference.ts";

const KEY = fixture("refused_key.pem");
/** Has issued the certificates of this file, but for the self-signed one. */
const ISSUER = fixture("refused_issuer_cert.pem");
const EXPIRED = { cert: fixture("expired_cert.pem"), key: KEY };
const FUTURE = { cert: fixture("future_cert.pem"), key: KEY };
const OTHER_NAME = { cert: fixture("other_name_cert.pem"), key: KEY };
/** Has issued the next two. */
const UNUSABLE_ISSUER = fixture("unusable_issuer_cert.pem");
const NAMELESS = { cert: fixture("nameless_cert.pem"), key: KEY };
const CLIENT_ONLY = { cert: fixture("client_only_cert.pem"), key: KEY };
const GOOD = { cert: fixture("server_cert.pem"), key: fixture("server_key.pem") };
const SELF_SIGNED = { cert: fixture("localhost_cert.pem"), key: fixture("localhost_key.pem") };

async function withTlsServer<T>(
  certificate: { readonly cert: string; readonly key: string },
  body: (port: number) => Promise<T>,
): Promise<T> {
  const server = createSecureServer({ ...certificate, allowHTTP1: true }, (_request, response) => {
    response.setHeader("content-type", "application/json");
    response.end("{}");
  });
  server.on("sessionError", () => {});
  server.on("tlsClientError", () => {});
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    return await body((server.address() as AddressInfo).port);
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
}

interface Try {
  readonly certificate: { readonly cert: string; readonly key: string };
  /** What `--ca` holds; `null` where it is not given. */
  readonly ca: string | null;
  readonly side: "rest" | "grpc";
  readonly client: "native" | "wire";
}

/** What is said of a target with that certificate, where the other one is healthy and in plain. */
function refusal({ certificate, ca, side, client }: Try): Promise<string> {
  return withTlsServer(
    certificate,
    (port) =>
      withReferenceServers(async ({ restUrl, grpcAddress }) => {
        const address = `https://127.0.0.1:${port}`;
        const targets = side === "rest"
          ? ["--rest-url", address, "--grpc-url", grpcAddress]
          : ["--rest-url", restUrl, "--grpc-url", address];
        const trust = ca === null ? [] : ["--ca", "ca.pem"];
        const { stdout, stderr, code } = await inProcess(
          ["-r", "2", "--client", client, ...targets, ...trust],
          { readFile: () => Promise.resolve(ca!) },
        );
        assert.deepEqual([stdout, code], ["", 3], stderr);
        return stderr;
      }),
  );
}

for (const client of ["native", "wire"] as const) {
  for (const side of ["rest", "grpc"] as const) {
    /** What leaves a certificate unchecked with this client and on this side. */
    const unchecked = side === "rest" && client === "native"
      ? /do not check it, with --insecure and --client wire\.\n$/
      : /do not check it, with --insecure\.\n$/;

    Deno.test(`${client}, ${side}: an expired certificate is to be renewed, its issuer trusted or not`, async () => {
      for (const ca of [ISSUER, null]) {
        const told = await refusal({ certificate: EXPIRED, ca, side, client });
        assert.match(told, /its TLS certificate expired on Jan +1 .*2021.*\. Renew it, or/);
        assert.match(told, unchecked);
        assert.doesNotMatch(told, /Trust its issuer/);
      }
    });

    Deno.test(`${client}, ${side}: a certificate that is not yet valid asks for a look at the clock`, async () => {
      const told = await refusal({ certificate: FUTURE, ca: ISSUER, side, client });
      assert.match(told, /not valid before Jan +1 .*2055.*\. Check the clock of this machine, or/);
      assert.match(told, unchecked);
    });

    Deno.test(`${client}, ${side}: a certificate for another name has the address with that name`, async () => {
      const told = await refusal({ certificate: OTHER_NAME, ca: ISSUER, side, client });
      assert.match(told, /is for "other\.test", "\*\.other\.test", and not for "127\.0\.0\.1"/);
      assert.match(told, new RegExp(`Give .*: --${side}-url https://other\\.test:\\d+; or`));
      assert.match(told, unchecked);
    });

    Deno.test(`${client}, ${side}: a certificate that no server can use is to be issued again, trusted or not`, async () => {
      for (const ca of [UNUSABLE_ISSUER, null]) {
        const nameless = await refusal({ certificate: NAMELESS, ca, side, client });
        assert.match(
          nameless,
          /names no host .*\. Let it be issued again with the name "127\.0\.0\.1"/,
        );
        const clientOnly = await refusal({ certificate: CLIENT_ONLY, ca, side, client });
        assert.match(clientOnly, /is not for servers .*\. Let it be issued again for servers, or/);
        for (const told of [nameless, clientOnly]) {
          assert.match(told, unchecked);
          assert.doesNotMatch(told, /--ca/);
        }
      }
    });

    Deno.test(`${client}, ${side}: a self-signed certificate is named so`, async () => {
      const told = await refusal({ certificate: SELF_SIGNED, ca: null, side, client });
      assert.match(told, /is self-signed.*\. Trust it with --ca/);
      assert.match(told, unchecked);
    });

    Deno.test(`${client}, ${side}: an issuer whom nobody trusts is told from one that --ca does not hold`, async () => {
      const untrusted = await refusal({ certificate: GOOD, ca: null, side, client });
      assert.match(untrusted, /is not trusted .*\. Trust its issuer with --ca/);
      const other = await refusal({ certificate: GOOD, ca: ISSUER, side, client });
      assert.match(other, /What --ca holds has not issued it/);
      for (const told of [untrusted, other]) assert.match(told, unchecked);
    });
  }
}

Deno.test("what is advised works: --insecure and --client wire measure a server whose certificate expired", async () => {
  await withTlsServer(EXPIRED, (port) =>
    withReferenceServers(async ({ grpcAddress }) => {
      const targets = ["--rest-url", `https://127.0.0.1:${port}`, "--grpc-url", grpcAddress];
      const { code } = await inProcess([
        ...["-r", "2", "--insecure", "--client", "wire", "--no-client-check", ...targets],
      ]);
      assert.equal(code, 0);
    }));
});
