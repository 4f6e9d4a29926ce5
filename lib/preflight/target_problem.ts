import type { Protocol } from "../protocols/protocol.ts";
import { authorityOf, type Target } from "../protocols/target.ts";
import type { ConnectionFailure } from "../net/connection.ts";
import { quoted } from "../terminal/quoted.ts";
import type { SpokenProtocol } from "./spoken_protocol.ts";

/** Why a target cannot be measured. */
export type TargetProblem =
  | { readonly kind: "no-connection"; readonly failure: ConnectionFailure }
  | { readonly kind: "no-answer"; readonly timeoutMs: number }
  | { readonly kind: "wrong-protocol"; readonly spoken: SpokenProtocol }
  | { readonly kind: "not-grpc"; readonly detail: string }
  | { readonly kind: "blocked-port" };

interface Remedy {
  readonly cause: string;
  readonly remedy: string;
}

const FLAG = { rest: "--rest-url", grpc: "--grpc-url" } as const;

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
export function describeProblem(
  protocol: Protocol,
  target: Target,
  problem: TargetProblem,
): string {
  const { cause, remedy } = explain(protocol, target, problem);
  return `Cannot measure the ${protocol.label} server ${
    quoted(target.display)
  }: ${cause}. ${remedy}`;
}

function explain(protocol: Protocol, target: Target, problem: TargetProblem): Remedy {
  const flag = FLAG[protocol.key];
  switch (problem.kind) {
    case "no-connection":
      return explainConnection(protocol, target, problem.failure);
    case "no-answer":
      return {
        cause: `it accepts connections but gave no answer within ${problem.timeoutMs} ms`,
        remedy: `Check that the server is healthy, or allow more time with --timeout.`,
      };
    case "wrong-protocol":
      return explainProtocol(protocol, target, problem.spoken);
    case "blocked-port":
      return {
        cause: `fetch refuses to use port ${target.port}, which browsers block`,
        remedy: `Let the server listen on another port, and give that with ${flag}.`,
      };
    case "not-grpc":
      return {
        cause: `it answers over HTTP/2, but not in gRPC (${problem.detail})`,
        remedy: `Give the gRPC server's own address with ${flag}.`,
      };
  }
}

function explainConnection(
  { key, label }: Protocol,
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
    case "certificate":
      return {
        cause: `its TLS certificate is not trusted (${failure.detail})`,
        remedy: "Trust its issuer with --ca ca.pem, or do not check it, with --insecure.",
      };
    case "certificate-required":
      return {
        cause: "it asks the client for a certificate",
        remedy: "Show it one with --cert and --key.",
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
  { key, label }: Protocol,
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
      return {
        cause: "it closes connections, or keeps silent, without an answer",
        remedy: `Check that the ${label} server is what listens on ${authority}.`,
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
