import type { Report } from "../../lib/report/report.ts";
import { ALL_CORES, SERVER_CORE } from "./pinned.ts";
import type { Part, Row } from "./part.ts";
import { runProtoduel } from "./protoduel_process.ts";
import { type Targets, withDelayServers, withNullServers } from "./server_processes.ts";

const RUNS = { full: 20, short: 3 };
const SLOW_SERVER_MS = 20;
/** Enough for the client's share to settle. */
const BUSY_LOAD = ["-r", "5000", "-c", "500"];
const IDLE_LOAD = ["-r", "200", "-c", "5"];

/** Whether the client blames itself where it is to blame, and only there. */
export const CLIENT_BOUND_PART: Part = {
  name: "client-bound",
  measure: async (effort) => {
    const runs = RUNS[effort];
    const busy = await withNullServers((targets) => flagged(BUSY_LOAD, targets, runs));
    const { result: idle } = await withDelayServers(
      [{
        model: { kind: "constant", ms: SLOW_SERVER_MS },
        seed: 1,
        stalls: null,
        service: "at-once",
      }],
      SERVER_CORE,
      ([targets]) => flagged(IDLE_LOAD, targets!, runs),
    );
    return [
      rowFrom("native, 500 in flight, servers that do nothing", busy, runs, runs),
      rowFrom(`native, 5 in flight, servers with a delay of ${SLOW_SERVER_MS} ms`, idle, 0, runs),
    ];
  },
};

/** How often each side was called client-bound. */
interface Flagged {
  readonly rest: number;
  readonly grpc: number;
}

async function flagged(
  load: readonly string[],
  targets: Targets,
  runs: number,
): Promise<Flagged> {
  const reports: Report[] = [];
  for (let seed = 1; seed <= runs; seed++) {
    const options = [...load, "--client", "native", "--seed", String(seed)];
    // As its users run it, on every core: it starts servers of its own to know what it costs.
    reports.push(await runProtoduel(options, targets, ALL_CORES));
  }
  const count = (side: "rest" | "grpc") =>
    reports.filter(({ client_check: check }) => check?.[side].verdict === "client-bound").length;
  return { rest: count("rest"), grpc: count("grpc") };
}

function rowFrom(what: string, { rest, grpc }: Flagged, promised: number, runs: number): Row {
  return {
    measurement: `${what}: called client-bound`,
    promised: `${promised} of ${runs}`,
    measured: `REST ${rest}, gRPC ${grpc} of ${runs}`,
    kept: rest === promised && grpc === promised,
  };
}
