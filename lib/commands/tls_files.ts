import { createPrivateKey, X509Certificate } from "node:crypto";
import { ProtoduelError, UsageError } from "../errors.ts";
import type { IdentityFiles, TlsFiles } from "../command_line/tls_files.ts";
import type { ClientIdentity, TlsSettings } from "../net/tls_settings.ts";
import { quoted } from "../terminal/quoted.ts";
import { fileFault } from "./file_fault.ts";
import type { Host } from "./host.ts";

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** @throws {UsageError} where a file cannot be read, or does not hold what it is to hold. */
export async function readTlsSettings(
  { ca, identity, verifyServer }: TlsFiles,
  host: Host,
): Promise<TlsSettings> {
  return {
    caCerts: ca === null ? [] : [await readCertificates("--ca", ca, host)],
    identity: identity === null ? null : await readIdentity(identity, host),
    verifyServer,
  };
}

async function readIdentity(files: IdentityFiles, host: Host): Promise<ClientIdentity> {
  const cert = await readCertificates("--cert", files.cert, host);
  const key = await readPem("--key", files.key, host);
  let matches: boolean;
  try {
    matches = new X509Certificate(cert).checkPrivateKey(createPrivateKey(key));
  } catch {
    throw wrongContent("--key", files.key, "a private key in PEM, without a passphrase");
  }
  if (!matches) {
    throw wrongContent("--key", files.key, `the private key of the certificate in --cert`);
  }
  return { cert, key };
}

async function readCertificates(flag: string, path: string, host: Host): Promise<string> {
  const text = await readPem(flag, path, host);
  const certificates = text.match(CERTIFICATE) ?? [];
  if (certificates.length === 0 || !certificates.every(isCertificate)) {
    throw wrongContent(flag, path, "certificates in PEM (-----BEGIN CERTIFICATE-----)");
  }
  return certificates.join("\n");
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).subject !== null;
  } catch {
    return false;
  }
}

async function readPem(flag: string, path: string, host: Host): Promise<string> {
  try {
    return await host.readFile(path);
  } catch (error) {
    if (error instanceof ProtoduelError) throw error;
    throw new UsageError(
      `Cannot read ${flag} ${quoted(path)}: ${
        fileFault(error)
      }. Expected a PEM file; check the path.`,
    );
  }
}

function wrongContent(flag: string, path: string, expected: string): UsageError {
  return new UsageError(`Cannot use ${flag} ${quoted(path)}: expected ${expected}.`);
}
