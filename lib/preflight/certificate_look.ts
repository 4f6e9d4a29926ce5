import { isIP } from "node:net";
import { checkServerIdentity, connect, type PeerCertificate } from "node:tls";
import type { Target } from "../net/target.ts";
import { cut } from "../terminal/cut.ts";
import type { Deadline } from "./deadline.ts";

/** Why a server's certificate is not accepted; `untrusted`: nobody that this client trusts has issued it. */
export type CertificateFault =
  | { readonly kind: "expired"; readonly on: string }
  | { readonly kind: "not-yet-valid"; readonly from: string }
  | { readonly kind: "other-name"; readonly names: readonly string[] }
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
  if (checkServerIdentity(hostname, certificate) !== undefined) {
    return { kind: "other-name", names: namesOf(certificate) };
  }
  return JSON.stringify(subject) === JSON.stringify(issuer)
    ? { kind: "self-signed" }
    : { kind: "untrusted" };
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
