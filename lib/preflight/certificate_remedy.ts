import { isIP } from "node:net";
import type { CertificateFault } from "./certificate_look.ts";
import { FLAG, type ProblemContext, type Remedy } from "./remedy.ts";

/** What is wrong with a server's certificate, and what helps with the client in use. */
export function explainCertificate(
  fault: CertificateFault,
  detail: string,
  context: ProblemContext,
): Remedy {
  const { side, plan: { targets, tls } } = context;
  const { hostname, port } = targets[side];
  const unchecked = `do not check it, with ${uncheckedWith(context)}`;
  switch (fault.kind) {
    case "expired":
      return {
        cause: `its TLS certificate expired on ${fault.on}`,
        remedy: `Renew it, or ${unchecked}.`,
      };
    case "not-yet-valid":
      return {
        cause: `its TLS certificate is not valid before ${fault.from}`,
        remedy: `Check the clock of this machine, or ${unchecked}.`,
      };
    case "no-name":
      return {
        cause: "its TLS certificate names no host (it has no subjectAltName)",
        remedy: `Let it be issued again with the name "${hostname}", or ${unchecked}.`,
      };
    case "not-for-servers":
      return {
        cause: "its TLS certificate is not for servers (its extended key usage lacks serverAuth)",
        remedy: `Let it be issued again for servers, or ${unchecked}.`,
      };
    case "other-name": {
      const [name] = fault.names.filter((it) => !it.includes("*"));
      const address = name === undefined
        ? `an address with such a name with ${FLAG[side]}`
        : `the address with its name: ${FLAG[side]} https://${hostText(name)}:${port}`;
      return {
        cause: `its TLS certificate is for ${namesText(fault.names)}, and not for "${hostname}"`,
        remedy: `Give ${address}; or ${unchecked}.`,
      };
    }
    case "self-signed":
      return {
        cause: "its TLS certificate is self-signed, which nobody vouches for",
        remedy: tls.caCerts.length === 0
          ? `Trust it with --ca its.pem, or ${unchecked}.`
          : `Trust that very certificate with --ca, which holds another one or one that is marked as an ` +
            `issuer's (CA:TRUE), or ${unchecked}.`,
      };
    case "untrusted":
      return {
        cause: `its TLS certificate is not trusted (${detail})`,
        remedy: tls.caCerts.length === 0
          ? `Trust its issuer with --ca ca.pem, or ${unchecked}.`
          : `What --ca holds has not issued it: give its issuer's certificate there, or ${unchecked}.`,
      };
  }
}

/** fetch always checks, and the options are for both sides. */
function uncheckedWith({ plan: { lens, targets } }: ProblemContext): string {
  return lens === "native" && targets.rest.tls ? "--insecure and --client wire" : "--insecure";
}

function namesText(names: readonly string[]): string {
  return names.length === 0 ? "no name" : names.map((name) => `"${name}"`).join(", ");
}

function hostText(name: string): string {
  return isIP(name) === 6 ? `[${name}]` : name;
}
