import type { ConnectionFailure } from "../net/connection.ts";
import type { Protocol } from "../clients/protocol.ts";
import { authorityOf, type Target } from "../net/target.ts";
import type { FailureReason } from "../requests/sample.ts";
import { quoted } from "../terminal/quoted.ts";
import type { CertificateFault } from "./certificate_look.ts";
import { explainCertificate } from "./certificate_remedy.ts";
import { FLAG, type ProblemContext, type Remedy } from "./remedy.ts";
import { httpStatusWords } from "./request_words.ts";
import type { SpokenProtocol } from "./spoken_protocol.ts";

/** Why a target cannot be measured. */
export type TargetProblem =
  | { readonly kind: "no-connection"; readonly failure: ConnectionFailure }
  | { readonly kind: "no-answer"; readonly timeoutMs: number }
  | { readonly kind: "wrong-protocol"; readonly spoken: SpokenProtocol }
  | { readonly kind: "certificate"; readonly fault: CertificateFault; readonly detail: string }
  /** What answers there over HTTP/2 is no gRPC server. */
  | { readonly kind: "not-grpc"; readonly contentType: string | null }
  | { readonly kind: "http-status"; readonly status: number }
  /** `words` say of these what was asked and answered. */
  | { readonly kind: "not-json"; readonly words: string; readonly contentType: string }
  | { readonly kind: "drops"; readonly words: string }
  | { readonly kind: "unavailable"; readonly words: string; readonly reason: FailureReason }
  | {
    readonly kind: "refused-request";
    readonly words: string;
    readonly reason: FailureReason;
    /** Where a redirect leads to. */
    readonly location: string | null;
  };

const OWN_LIMIT_CAUSE = {
  ports: "has no free local port to connect from",
  files: "lets this process open no more files",
  buffers: "has no buffer space for another connection",
} as const;

const OWN_LIMIT_REMEDY = {
  ports: "Wait a minute, until it forgets the connections that have ended, or give it more ports " +
    "(on Linux net.ipv4.ip_local_port_range).",
  files: "Allow more, with ulimit -n, or keep fewer requests in flight, with -c.",
  buffers: "Keep fewer requests in flight, with -c, or give its network more memory.",
} as const;

/** One line: the target, the cause, and how to mend it. */
export function describeProblem(problem: TargetProblem, context: ProblemContext): string {
  const { side, protocol, plan } = context;
  const target = plan.targets[side];
  const { cause, remedy } = explain(problem, target, context);
  return `Cannot measure the ${protocol.label} server ${
    quoted(target.display)
  }: ${cause}. ${remedy}`;
}

function explain(problem: TargetProblem, target: Target, context: ProblemContext): Remedy {
  const { side, protocol, plan: { operation } } = context;
  const flag = FLAG[side];
  switch (problem.kind) {
    case "no-connection":
      return explainConnection(context, target, problem.failure);
    case "no-answer":
      return {
        cause: `it accepts connections but gave no answer within ${problem.timeoutMs} ms`,
        remedy: `Check that the server is healthy, or allow more time with --timeout.`,
      };
    case "wrong-protocol":
      return explainProtocol(context, target, problem.spoken);
    case "certificate":
      return explainCertificate(problem.fault, problem.detail, context);
    case "not-grpc":
    case "http-status": {
      const seen = problem.kind === "http-status"
        ? `HTTP status ${httpStatusWords(problem.status)}`
        : `content type ${problem.contentType ?? "none"}`;
      return {
        cause: `it answers over HTTP/2, but not in gRPC (${seen})`,
        remedy: `Give the gRPC server's own address with ${flag}.`,
      };
    }
    case "not-json":
      return {
        cause: `${problem.words}: it is of the content type ${problem.contentType}`,
        remedy: `Is it a web page? Give the REST server's own address with ${flag}.`,
      };
    case "drops":
      return {
        cause: `${problem.words}: it ended each without an answer`,
        remedy: `See the server's own log for why, or give another address with ${flag}.`,
      };
    case "unavailable":
      return explainUnavailable(problem.words, problem.reason, flag);
    case "refused-request": {
      const asked = protocol.key === "rest"
        ? `${operation.rest.method} ${operation.rest.path}`
        : operation.grpc.path;
      return { cause: problem.words, remedy: remedyOfRefusal(problem, asked, flag) };
    }
  }
}

/** 429, 502, 503 and 504, and UNAVAILABLE: that the server exists is known, and that it does not serve. */
function explainUnavailable(words: string, reason: FailureReason, flag: string): Remedy {
  const status = reason.kind === "http-status" ? reason.status : null;
  if (status === 429) {
    return {
      cause: `${words}: it limits the rate of this client`,
      remedy: "Lift its rate limit for this test, or wait until it serves this client again.",
    };
  }
  const who = status === 502 || status === 504 ? "a gateway" : "it, or a gateway before it,";
  return {
    cause: `${words}: ${who} says that the server behind it does not serve`,
    remedy: `Start the server behind it, or give that server's own address with ${flag}.`,
  };
}

function remedyOfRefusal(
  { reason, location }: Extract<TargetProblem, { readonly kind: "refused-request" }>,
  asked: string,
  flag: string,
): string {
  const status = reason.kind === "http-status" || reason.kind === "grpc-status"
    ? reason.status
    : null;
  switch (status) {
    case 301:
    case 302:
    case 303:
    case 307:
    case 308: {
      const where = location === null ? "" : `, ${quoted(location)},`;
      return `Redirects are not followed: give the address that it leads to${where} with ${flag}.`;
    }
    case 401:
    case 403:
    case 407:
    case "UNAUTHENTICATED":
    case "PERMISSION_DENIED":
      return "Give what it asks for with --header, such as 'authorization: Bearer {{env.PROTODUEL_TOKEN}}'.";
    case 404:
    case 410:
      return `Give the address under which it has ${asked} with ${flag}, or ids that exist with ` +
        "--user-id-range.";
    default:
      return `Check that it offers ${asked}, or give another address with ${flag}.`;
  }
}

const CERTIFICATE_WANTED: Remedy = {
  cause: "it asks the client for a certificate",
  remedy: "Show it one with --cert and --key.",
};

function explainConnection(
  { protocol: { key, label }, plan }: ProblemContext,
  target: Target,
  failure: ConnectionFailure,
): Remedy {
  const flag = FLAG[key];
  switch (failure.kind) {
    case "refused":
      return {
        cause: "the connection was refused: nothing listens there",
        remedy: `Start the server, or give another address with ${flag}; ` +
          `"protoduel demo" brings servers of its own.`,
      };
    case "unresolvable":
      return {
        cause: `the name "${target.hostname}" does not resolve`,
        remedy: `Check the spelling in ${flag} and the DNS of this machine.`,
      };
    case "timeout":
      return {
        cause: `no connection came about within ${failure.timeoutMs} ms`,
        remedy:
          `Check the address in ${flag} and any firewall between, or allow more time with --timeout.`,
      };
    case "blocked-port":
      return {
        cause: `fetch refuses to use port ${target.port}, which browsers block`,
        remedy: `Let the server listen on another port, and give that with ${flag}.`,
      };
    case "certificate":
      return {
        cause: `its TLS certificate is not accepted (${failure.detail})`,
        remedy: "Trust its issuer with --ca ca.pem.",
      };
    case "certificate-required":
      return CERTIFICATE_WANTED;
    case "certificate-refused":
      return plan.tls.identity === null ? CERTIFICATE_WANTED : {
        cause: `it does not accept the certificate that --cert shows it (alert ${failure.alert})`,
        remedy: "Show it one that is valid, and whose issuer it trusts, with --cert and --key.",
      };
    case "old-tls":
      return {
        cause: "it offers no TLS 1.2 or newer",
        remedy: "Enable TLS 1.2 or 1.3 there; this client speaks no older version.",
      };
    case "handshake-refused":
      return {
        cause: "it refused the TLS handshake (alert HandshakeFailure)",
        remedy: plan.tls.identity === null
          ? "It may ask for a certificate, to be shown with --cert and --key; or enable a cipher of " +
            "TLS 1.2 or 1.3 there that is in use."
          : "Show it a certificate that it accepts, with --cert and --key; or enable a cipher of TLS " +
            "1.2 or 1.3 there that is in use.",
      };
    case "not-tls":
      return {
        cause: "it does not speak TLS",
        remedy: `Give the plain address: ${flag} ${plainAddress(key, target)}`,
      };
    case "no-alpn-h2":
      if (key === "rest") {
        return {
          cause: "its TLS offers no HTTP version that this client speaks",
          remedy: `Is it the gRPC server? Give the REST server's own address with ${flag}.`,
        };
      }
      return {
        cause: 'its TLS does not offer HTTP/2 (ALPN "h2"), which gRPC needs',
        remedy: `Give the gRPC server's own address with ${flag}, or enable HTTP/2 there.`,
      };
    case "own-limit":
      return {
        cause: `this machine ${OWN_LIMIT_CAUSE[failure.limit]} (${failure.detail})`,
        remedy: OWN_LIMIT_REMEDY[failure.limit],
      };
    case "other":
      return {
        cause: failure.detail,
        remedy: `Check that the ${label} server is up and the address in ${flag} is right.`,
      };
  }
}

function explainProtocol(
  { protocol: { key, label }, plan }: ProblemContext,
  target: Target,
  spoken: SpokenProtocol,
): Remedy {
  const flag = FLAG[key];
  const authority = authorityOf(target);
  switch (spoken) {
    case "TLS":
      return {
        cause: "the port speaks TLS, and was spoken to in plain",
        remedy: `Ask for TLS: ${flag} https://${authority}`,
      };
    case "HTTP/1.1":
      return {
        cause: "an HTTP/1.1 server answers there, and gRPC needs HTTP/2",
        remedy: `Is it the REST server? Give the gRPC server's own port with ${flag}.`,
      };
    case "HTTP/2":
      return {
        cause: "the port speaks only HTTP/2 in plain, as a gRPC server does",
        remedy: `Is it the gRPC server? Give the REST server's own port with ${flag}.`,
      };
    case "silence":
      if (target.tls && plan.tls.identity !== null) {
        return {
          cause: "it ends the connection, or keeps silent, once --cert has been shown to it",
          remedy:
            "Show it a certificate that is valid, and whose issuer it trusts, or check that the " +
            `${label} server is what listens on ${authority}.`,
        };
      }
      return {
        cause: "it closes connections, or keeps silent, without an answer",
        remedy: `Check that the ${label} server is what listens on ${authority}` +
          (target.tls ? ", and whether it asks for a certificate (--cert and --key)." : "."),
      };
    case "something else":
      return {
        cause: "what answers there speaks neither HTTP nor TLS",
        remedy: `Check that the ${label} server is what listens on ${authority}.`,
      };
  }
}

function plainAddress(key: Protocol["key"], target: Target): string {
  return key === "rest" ? `http://${authorityOf(target)}${target.basePath}` : authorityOf(target);
}
