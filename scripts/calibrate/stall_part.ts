import type { Lens } from "../../lib/clients/lens.ts";
import { LABELS, type ProtocolKey } from "../../lib/clients/protocol.ts";
import type { Report } from "../../lib/report/report.ts";
import { userIdsOf } from "../../lib/ids.ts";
import { requestsInOrder } from "../../lib/runners/request_order.ts";
import type { Part, Row } from "./part.ts";
import { ALL_CORES } from "./pinned.ts";
import { runProtoduel } from "./protoduel_process.ts";
import { nearestRank } from "./quantile.ts";
import { type StalledLoad, trueResponseTimes } from "./stalled_load.ts";
import { withDelayServers } from "./server_processes.ts";

/** So few that a stall's requests are more than one in twenty: it shows in the p95 as well. */
const REQUESTS = 2500;
const PER_SECOND = 500;
/** So few that nearly all of a stall's requests wait in the client, where a closed loop would hide them. */
const CONCURRENCY = 20;
const DELAY_MS = 2;
const STALL_MS = 500;
/** The request that the stall begins with: early in one of the blocks of a second that the load is cut into. */
const STALLED_INDEX = 1050;
const SEED = 11;
const ID_RANGE = { min: 1, max: 1_000_000 };
const TOLERANCE_PERCENT = 5;

const LOAD: StalledLoad = {
  requests: REQUESTS,
  intervalMs: 1000 / PER_SECOND,
  concurrency: CONCURRENCY,
  delayMs: DELAY_MS,
  stalledIndex: STALLED_INDEX,
  stallMs: STALL_MS,
};

/** One stall of the server under an open load: it must be in the response times of all that it delayed. */
export function stallPart(lens: Lens): Part {
  return {
    name: `stall, ${lens}`,
    measure: async () => {
      const stallOf = (side: ProtocolKey) => ({
        userId: idAt(STALLED_INDEX, side),
        durationMs: STALL_MS,
      });
      const stalls = { rest: stallOf("rest"), grpc: stallOf("grpc") };
      const options = [
        ...[
          "--no-client-check",
          "-r",
          String(REQUESTS),
          "--rate",
          String(PER_SECOND),
          "-c",
          String(CONCURRENCY),
        ],
        ...["--user-id-range", `${ID_RANGE.min}-${ID_RANGE.max}`, "--seed", String(SEED)],
        ...["--client", lens],
      ];
      const { result: report } = await withDelayServers(
        [{ model: { kind: "constant", ms: DELAY_MS }, seed: 1, stalls, service: "at-once" }],
        ALL_CORES,
        ([targets]) => runProtoduel(options, targets!, ALL_CORES),
      );
      return (["rest", "grpc"] as const).map((side) => rowFrom(report, lens, side));
    },
  };
}

/** @throws {Error} where the id comes more than once: the server would stall twice. */
function idAt(index: number, side: ProtocolKey): number {
  const extent = { kind: "requests", requests: REQUESTS } as const;
  const plan = { extent, sampling: { kind: "fixed" }, seed: SEED } as const;
  const ids = Array.from({ length: REQUESTS }, (_, position) => position)
    .map(requestsInOrder(plan, side)).map(userIdsOf(ID_RANGE, SEED));
  const userId = ids[index]!;
  if (ids.filter((id) => id === userId).length > 1) {
    throw new Error(`The id ${userId} comes twice.`);
  }
  return userId;
}

function rowFrom(report: Report, lens: Lens, side: ProtocolKey): Row {
  const summary = report[side];
  const truth = trueResponseTimes(LOAD).sort();
  const p99Ms = nearestRank(truth, 0.99);
  const reportedP99Ms = summary.p99_response_time ?? NaN;
  // Not judged: it rests on how fast a real client and server get through what has piled up.
  const p95Ms = nearestRank(truth, 0.95);
  const reportedP95Ms = summary.p95_response_time ?? NaN;
  const serviceMs = summary.open_load?.service_time?.p99 ?? NaN;
  const waited = summary.open_load?.queue_wait?.samples ?? 0;
  return {
    measurement: `a stall of ${STALL_MS} ms, ${LABELS[side]}, ${lens}, ${PER_SECOND}/s: p99`,
    promised: `within ${TOLERANCE_PERCENT}%; not in the service time`,
    measured: `${reportedP99Ms.toFixed(1)} of ${p99Ms.toFixed(1)} ms; p99 of the service time ` +
      `${serviceMs.toFixed(1)} ms, ${waited} requests waited ` +
      `(p95 ${reportedP95Ms.toFixed(1)} of ${p95Ms.toFixed(1)} ms)`,
    kept: Math.abs(reportedP99Ms - p99Ms) <= p99Ms * TOLERANCE_PERCENT / 100 &&
      serviceMs < STALL_MS / 10,
  };
}
