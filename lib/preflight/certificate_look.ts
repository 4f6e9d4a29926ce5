import { isIP } from "node:net";
import { checkServerIdentity, connect, type PeerCertificate } from "node:tls";
import type { Target } from "../net/target.ts";
import { cut } from "../terminal/cut.ts";
import type { Deadline } from "./deadline.ts";

/** Why a server's certificate is not accepted; `untrusted`: nobody that this client trusts has issued it. */
export type CertificateFault =
  | { readonly kind: "expired"; readonly on: string }
  | { readonly kind: "not-yet-valid"; readonly from: string }
  /** It names no host, other than as its subject, which nobody looks at (RFC 9110 section 4.3.4). */
  | { readonly kind: "no-name" }
  | { readonly kind: "other-name"; readonly names: readonly string[] }
  | { readonly kind: "not-for-servers" }
  | { readonly kind: "self-signed" }
  | { readonly kind: "untrusted" };

const MOST_NAMES = 3;
const MOST_CHARACTERS = 60;

/**
 * Looks at the certificate itself, over a connection that does not check it: what the libraries say of a
 * refused one differs from one to the next, and some say the same of all.
 *
 * @param now The time by which a certificate is valid or not.
 */
export async function lookAtCertificate(
  target: Target,
  now: Date,
  deadline: Deadline,
): Promise<CertificateFault> {
  const certificate = await peerCertificate(target, deadline);
  return certificate === null ? { kind: "untrusted" } : faultOf(certificate, target, now);
}

function faultOf(
  certificate: PeerCertificate,
  { hostname }: Target,
  now: Date,
): CertificateFault {
  const { valid_from: from, valid_to: to, subject, issuer } = certificate;
  if (Date.parse(to) < now.getTime()) return { kind: "expired", on: cut(to, MOST_CHARACTERS) };
  if (Date.parse(from) > now.getTime()) {
    return { kind: "not-yet-valid", from: cut(from, MOST_CHARACTERS) };
  }
  if (!certificate.subjectaltname) return { kind: "no-name" };
  if (checkServerIdentity(hostname, certificate) !== undefined) {
    return { kind: "other-name", names: namesOf(certificate) };
  }
  if (isForOthersThanServers(certificate.raw)) return { kind: "not-for-servers" };
  return JSON.stringify(subject) === JSON.stringify(issuer)
    ? { kind: "self-signed" }
    : { kind: "untrusted" };
}

/** In DER, where its length follows: RFC 5280 section 4.2.1.12. */
const EXTENDED_KEY_USAGE = "06 03 55 1d 25";
const SERVER_AUTHENTICATION = "06 08 2b 06 01 05 05 07 03 01";

/** Whether a certificate lists what it may be used for, and servers are not in the list. */
function isForOthersThanServers(der: Uint8Array): boolean {
  const octets = Array.from(der, (octet) => octet.toString(16).padStart(2, "0"));
  const [, usages] = octets.join(" ").split(EXTENDED_KEY_USAGE, 2);
  if (usages === undefined) return false;
  // OCTET STRING, behind whether the extension is critical; a list is shorter than 128 bytes, or unheard of.
  const list = /^ (?:01 01 .. )?04 (..)/.exec(usages);
  if (list === null) return false;
  const end = list[0].length + 3 * parseInt(list[1]!, 16);
  return !usages.slice(0, end).includes(SERVER_AUTHENTICATION);
}

/** `DNS:a.test, IP Address:127.0.0.1` becomes `a.test`, `127.0.0.1`. */
function namesOf({ subjectaltname = "" }: PeerCertificate): string[] {
  return subjectaltname.split(", ")
    .map((entry) => entry.replace(/^[^:]*:/, ""))
    .filter((name) => /^[\w.*:-]+$/.test(name))
    .slice(0, MOST_NAMES)
    .map((name) => cut(name, MOST_CHARACTERS));
}

/** `null` where none is shown in time. */
function peerCertificate(
  { hostname, port }: Target,
  deadline: Deadline,
): Promise<PeerCertificate | null> {
  return new Promise((resolve) => {
    const servername = isIP(hostname) === 0 ? hostname : "";
    const socket = connect({ host: hostname, port, servername, rejectUnauthorized: false });
    const end = (certificate: PeerCertificate | null) => {
      deadline.signal.removeEventListener("abort", giveUp);
      socket.destroy();
      resolve(certificate);
    };
    const giveUp = () => end(null);
    deadline.signal.addEventListener("abort", giveUp);
    socket.once("secureConnect", () => {
      const certificate = socket.getPeerCertificate();
      end("subject" in certificate ? certificate : null);
    });
    socket.on("error", () => end(null));
    socket.once("close", () => end(null));
  });
}
