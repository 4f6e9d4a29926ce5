// deno-lint-ignore-file no-console -- a table on the terminal is all that this script makes
/**
 * protoduel's wire clients beside other load generators: requests per second and percentiles, client on
 * one core, server on another, alternating. Peers that are not installed are skipped by name.
 *
 *     deno task bench [rounds] [text that a row's name must hold, such as TLS]
 */
import { cpus } from "node:os";
import { type Contender, findPeer, protoduel, type Reading } from "./bench/contender.ts";
import { median } from "./bench/median.ts";
import {
  type BenchServer,
  startCppServer,
  startGrpcServer,
  startNghttpd,
  startNginx,
  startRestServer,
} from "./bench/servers.ts";

/** Per run of protoduel; a few seconds' worth. */
const REQUESTS = 200_000;
/** Per run of a peer. */
const SECONDS = 3;

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

const ROWS: readonly { readonly target: BenchTarget; readonly peer: string }[] = [
  { target: NGINX, peer: "wrk" },
  { target: NGHTTPD, peer: "h2load" },
  { target: CPP, peer: "ghz" },
  { target: NGINX, peer: "k6" },
  { target: NGINX, peer: "hey" },
  { target: NGINX, peer: "autocannon" },
  { target: NGINX_TLS, peer: "wrk" },
  { target: NGHTTPD_TLS, peer: "h2load" },
];

/** Runs both in turn, the first one changing, and keeps every reading. */
async function alternate(rounds: number, address: string, ours: Contender, peer: Contender) {
  const readings: { ours: Reading; peer: Reading }[] = [];
  for (let round = 0; round < rounds; round++) {
    const oursFirst = round % 2 === 0;
    const early = await (oursFirst ? ours : peer).run(address);
    const late = await (oursFirst ? peer : ours).run(address);
    readings.push(oursFirst ? { ours: early, peer: late } : { ours: late, peer: early });
  }
  return readings;
}

function ratioOf(
  readings: readonly { ours: Reading; peer: Reading }[],
  key: keyof Reading,
): string {
  const ratios = readings.map(({ ours, peer }) => (ours[key] ?? NaN) / (peer[key] ?? NaN));
  return ratios.some(Number.isNaN) ? "n/a" : `${median(ratios).toFixed(2)} ×`;
}

function line(cells: readonly string[]): string {
  return `| ${cells.join(" | ")} |`;
}

const rounds = Number(Deno.args[0] ?? 5);
const wanted = Deno.args[1] ?? "";
console.log(
  `deno ${Deno.version.deno}, ${Deno.build.target}, ${cpus()[0]?.model ?? "unknown processor"}, ` +
    `${cpus().length} cores; medians of ${rounds} alternating rounds\n`,
);
console.log(line(["wire client", "server", "peer", "req/s", "peer's", "ratio", "p50", "p99"]));
console.log(line(Array(8).fill("---")));
for (
  const { target, peer: peerName } of ROWS.filter(({ target }) => target.label.includes(wanted))
) {
  const peer = await findPeer(peerName, SECONDS);
  const server = peer === null ? null : await target.start();
  if (peer === null || server === null) {
    const missing = peer === null ? peerName : target.needs;
    console.log(line([target.label, peerName, `skipped: no ${missing} here`]));
    continue;
  }
  // A run of protoduel has two sides; the other one's figures are not read.
  const other = target.side === "rest" ? await startGrpcServer() : await startRestServer();
  try {
    const ours = protoduel(target.side, other.address, REQUESTS);
    const readings = await alternate(rounds, server.address, ours, peer);
    const rate = (who: "ours" | "peer") =>
      String(Math.round(median(readings.map((reading) => reading[who].requestsPerSecond))));
    console.log(
      line([
        ...[target.label, server.name, peer.name, rate("ours"), rate("peer")],
        ...[ratioOf(readings, "requestsPerSecond"), ratioOf(readings, "p50Ms")],
        ratioOf(readings, "p99Ms"),
      ]),
    );
  } finally {
    await server.stop();
    await other.stop();
  }
}
