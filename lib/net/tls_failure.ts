import type { ConnectionFailure } from "./connection.ts";

/** Of a certificate that a client has shown (RFC 8446 section 6.2), or in TLS 1.2 has not. */
const REFUSALS =
  /BadCertificate|UnsupportedCertificate|CertificateRevoked|CertificateExpired|CertificateUnknown|UnknownCA|AccessDenied|DecryptError/i;

/**
 * What a TLS error says that the server has refused; `null` where it is no word of the server's. In TLS 1.3
 * a server refuses a client's certificate after the handshake, with the answer.
 *
 * @param detail The runtime's words: the alert's name in RFC 8446's order of words, or OpenSSL's.
 */
export function refusalIn(detail: string): ConnectionFailure | null {
  if (/alert: ?certificate_?required|alert certificate required/i.test(detail)) {
    return { kind: "certificate-required" };
  }
  if (/Tls12Or13|TlsVersionIsDisabled/.test(detail)) return { kind: "old-tls" };
  const alert = /\bfatal alert: ?(\w+)/.exec(detail)?.[1];
  if (alert === undefined) return null;
  if (/^Protocol_?Version$/i.test(alert)) return { kind: "old-tls" };
  if (REFUSALS.test(alert)) return { kind: "certificate-refused", alert };
  if (/^Handshake_?Failure$/i.test(alert)) return { kind: "handshake-refused" };
  return null;
}
