// deno-lint-ignore-file no-console -- a table on the terminal is all that this script makes
/**
 * protoduel's wire clients beside other load generators: requests per second and percentiles, client on
 * one core, server on another, alternating. Peers that are not installed are skipped by name.
 *
 *     deno task bench [rounds]
 */
import { cpus } from "node:os";
import { type Contender, findPeer, protoduel, type Reading } from "./bench/contender.ts";
import { median } from "./bench/median.ts";
import { type Security, startNghttpd, startNginx, startReferenceServer } from "./bench/servers.ts";

/** Per run of protoduel; a few seconds' worth. */
const REQUESTS = 200_000;
/** Per run of a peer. */
const SECONDS = 3;

interface Row {
  readonly side: "rest" | "grpc";
  readonly security: Security;
  readonly peer: string;
}

const ROWS: readonly Row[] = [
  { side: "rest", security: "plain", peer: "wrk" },
  { side: "grpc", security: "plain", peer: "h2load" },
  { side: "grpc", security: "plain", peer: "ghz" },
  { side: "rest", security: "plain", peer: "k6" },
  { side: "rest", security: "plain", peer: "hey" },
  { side: "rest", security: "plain", peer: "autocannon" },
  { side: "rest", security: "tls", peer: "wrk" },
  { side: "grpc", security: "tls", peer: "h2load" },
];

const SERVERS = {
  rest: { program: "nginx", start: startNginx },
  grpc: { program: "nghttpd", start: startNghttpd },
} as const;

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

const [rounds = 5] = Deno.args.map(Number);
console.log(
  `deno ${Deno.version.deno}, ${Deno.build.target}, ${cpus()[0]?.model ?? "unknown processor"}, ` +
    `${cpus().length} cores; medians of ${rounds} alternating rounds\n`,
);
console.log(line(["wire client", "server", "peer", "req/s", "peer's", "ratio", "p50", "p99"]));
console.log(line(Array(8).fill("---")));
for (const { side, security, peer: peerName } of ROWS) {
  const name = `${side === "rest" ? "REST" : "gRPC"}${security === "tls" ? ", TLS" : ""}`;
  const otherSide = side === "rest" ? "grpc" : "rest";
  const peer = await findPeer(peerName, SECONDS);
  const server = await SERVERS[side].start(security);
  // A run of protoduel has two sides; the other one's figures are not read.
  const other = await SERVERS[otherSide].start("plain") ?? await startReferenceServer(otherSide);
  try {
    if (peer === null || server === null) {
      const missing = peer === null ? peerName : SERVERS[side].program;
      console.log(line([name, SERVERS[side].program, peerName, `skipped: no ${missing} here`]));
      continue;
    }
    const ours = protoduel(side, other.address, REQUESTS);
    const readings = await alternate(rounds, server.address, ours, peer);
    const rate = (who: "ours" | "peer") =>
      String(Math.round(median(readings.map((reading) => reading[who].requestsPerSecond))));
    console.log(
      line([
        ...[name, server.name, peer.name, rate("ours"), rate("peer")],
        ...[ratioOf(readings, "requestsPerSecond"), ratioOf(readings, "p50Ms")],
        ratioOf(readings, "p99Ms"),
      ]),
    );
  } finally {
    await server?.stop();
    await other.stop();
  }
}
