// deno-lint-ignore-file no-console -- a table on the terminal is all that this script makes
import { type Contender, findPeer, protoduel } from "./contender.ts";
import { alternate, figuresOf } from "./rounds.ts";
import {
  type BenchServer,
  startCppServer,
  startGrpcServer,
  startNghttpd,
  startNginx,
  startRestServer,
  startTonicServer,
} from "./servers.ts";
import { tableLine } from "./table_line.ts";

/** Of every load generator. */
const LOAD = { seconds: 5, concurrency: 100 };

interface BenchTarget {
  readonly side: "rest" | "grpc";
  readonly label: string;
  /** What is missing where it cannot be started. */
  readonly needs: string;
  start(): Promise<BenchServer | null>;
}

const NGINX: BenchTarget = {
  side: "rest",
  label: "REST",
  needs: "nginx",
  start: () => startNginx("plain"),
};
const NGINX_TLS: BenchTarget = { ...NGINX, label: "REST, TLS", start: () => startNginx("tls") };
const NGHTTPD: BenchTarget = {
  side: "grpc",
  label: "gRPC",
  needs: "nghttpd",
  start: () => startNghttpd("plain"),
};
const NGHTTPD_TLS: BenchTarget = {
  ...NGHTTPD,
  label: "gRPC, TLS",
  start: () => startNghttpd("tls"),
};
const CPP: BenchTarget = {
  side: "grpc",
  label: "gRPC",
  needs: "g++, protoc and libgrpc++",
  start: startCppServer,
};

const TONIC: BenchTarget = {
  side: "grpc",
  label: "gRPC",
  needs: "cargo, protoc and the crates",
  start: startTonicServer,
};

const COMPARISONS: readonly { readonly target: BenchTarget; readonly peers: readonly string[] }[] =
  [
    { target: NGINX, peers: ["wrk", "oha", "k6", "hey", "autocannon"] },
    { target: NGHTTPD, peers: ["h2load"] },
    { target: TONIC, peers: ["ghz", "h2load"] },
    // This server takes longer over a request than h2load and protoduel do: what h2load makes of it is what
    // there is to be had, and how far ahead of ghz a client can be there.
    { target: CPP, peers: ["ghz", "h2load"] },
    { target: NGINX_TLS, peers: ["wrk"] },
    { target: NGHTTPD_TLS, peers: ["h2load"] },
  ];

/**
 * The wire clients beside other load generators, each row measured in alternating rounds.
 *
 * @param wanted A row is left out where its name does not hold this.
 */
export async function printPeerTable(rounds: number, wanted: string): Promise<void> {
  const comparisons = COMPARISONS
    .map(({ target, peers }) => ({
      target,
      peers: peers.filter((peer) => `${target.label} ${peer}`.includes(wanted)),
    }))
    .filter(({ peers }) => peers.length > 0);
  if (comparisons.length === 0) return;
  console.log(
    tableLine(["wire client", "server", "peer", "req/s", "peer's", "ratio", "p50", "p99"]),
  );
  console.log(tableLine(Array(8).fill("---")));
  for (const { target, peers } of comparisons) await printRows(target, peers, rounds);
}

/** The rows of one target, which is started once: some are built first. */
async function printRows(
  target: BenchTarget,
  peerNames: readonly string[],
  rounds: number,
): Promise<void> {
  const peers: Contender[] = [];
  for (const name of peerNames) {
    const peer = await findPeer(name, LOAD);
    if (peer === null) printSkipped(target, name, name);
    else peers.push(peer);
  }
  if (peers.length === 0) return;
  const server = await target.start();
  if (server === null) {
    for (const { name } of peers) printSkipped(target, name, target.needs);
    return;
  }
  // A run of protoduel has two sides; the other one's figures are not read.
  const other = target.side === "rest" ? await startGrpcServer() : await startRestServer();
  try {
    const ours = protoduel(target.side, other.address, LOAD);
    for (const peer of peers) {
      const readings = await alternate(rounds, server.address, ours, peer);
      console.log(tableLine([target.label, server.name, peer.name, ...figuresOf(readings)]));
    }
  } finally {
    await server.stop();
    await other.stop();
  }
}

function printSkipped({ label }: BenchTarget, peer: string, missing: string): void {
  console.log(tableLine([label, peer, `skipped: no ${missing} here`]));
}
