// deno-lint-ignore-file no-console -- tables on the terminal are all that this script makes
/**
 * protoduel's wire clients beside other load generators, and what they cost: client on one core, server
 * on another, alternating. What is not installed is skipped by name. Three rounds take twenty minutes.
 *
 *     deno task bench [rounds] [text that a row's name must hold, such as TLS]
 */
import { cpus } from "node:os";
import { printCostTable } from "./bench/cost_table.ts";
import { printInFlightTable } from "./bench/in_flight_table.ts";
import { interrupt, stopOnSignal } from "./bench/interrupt.ts";
import { printPeerTable } from "./bench/peer_table.ts";

const rounds = Number(Deno.args[0] ?? 3);
const wanted = Deno.args[1] ?? "";
console.log(
  `deno ${Deno.version.deno}, ${Deno.build.target}, ${cpus()[0]?.model ?? "unknown processor"}, ` +
    `${cpus().length} cores; medians of ${rounds} alternating rounds, with their spread\n`,
);
stopOnSignal();
try {
  await printPeerTable(rounds, wanted);
  console.log();
  await printInFlightTable(rounds, wanted);
  console.log();
  await printCostTable(rounds, wanted);
} catch (error) {
  if (!interrupt.aborted) throw error;
  console.error("Interrupted: the servers are stopped, and what was measured is above.");
  Deno.exit(130);
}
