// deno-lint-ignore-file no-console -- a table on the terminal is all that this script makes
import { findPeer, protoduel } from "./contender.ts";
import { alternate, figuresOf } from "./rounds.ts";
import { startGrpcServer, startNginx } from "./servers.ts";
import { tableLine } from "./table_line.ts";

const PEER = "wrk";
/** That a load generator runs for: several hundred rounds of all places in flight. */
const SECONDS = 3;
/** The last is near what the server takes. */
const IN_FLIGHT = [100, 150, 400, 1000, 3000];

/**
 * REST beside wrk with ever more requests in flight, each on a connection of its own.
 *
 * @param wanted A row is left out where its name does not hold this.
 */
export async function printInFlightTable(rounds: number, wanted: string): Promise<void> {
  const rows = IN_FLIGHT
    .map((concurrency) => ({ concurrency, name: `REST, ${concurrency} in flight` }))
    .filter(({ name }) => name.includes(wanted));
  if (rows.length === 0) return;
  console.log(tableLine(["wire client", "peer", "req/s", "peer's", "ratio", "p50", "p99"]));
  console.log(tableLine(Array(7).fill("---")));
  const server = await startNginx("plain");
  // A run of protoduel has two sides; the other one's figures are not read.
  const other = await startGrpcServer();
  try {
    for (const { concurrency, name } of rows) {
      const load = { seconds: SECONDS, concurrency };
      const peer = await findPeer(PEER, load);
      if (server === null || peer === null) {
        console.log(tableLine([name, `skipped: no nginx or no ${PEER} here`]));
        continue;
      }
      const ours = protoduel("rest", other.address, load);
      const readings = await alternate(rounds, server.address, ours, peer);
      console.log(tableLine([name, peer.name, ...figuresOf(readings)]));
    }
  } finally {
    await server?.stop();
    await other.stop();
  }
}
