import { drawUserIds } from "../../lib/ids.ts";
import type { Lens } from "../../lib/protocols/lens.ts";
import { LABELS, type ProtocolKey } from "../../lib/protocols/protocol.ts";
import type { ProtocolSummary } from "../../lib/stats/summary.ts";
import { delayByUserId, type DelayModel } from "./delay_model.ts";
import type { Part, Row } from "./part.ts";
import { CLIENT_CORE } from "./pinned.ts";
import { runProtoduel } from "./protoduel_process.ts";
import { nearestRank } from "./quantile.ts";
import { withDelayServers } from "./server_processes.ts";

const MODELS: readonly DelayModel[] = [
  { kind: "bimodal", usualMs: 2, rareMs: 20, rareShare: 0.2 },
  { kind: "lognormal", medianMs: 5, sigma: 0.5 },
  { kind: "pareto", leastMs: 2, shape: 1.5, mostMs: 200 },
];

const REQUESTS = { full: 5000, short: 1000 };
const PER_SECOND = 500;
const SEED = 11;
const ID_RANGE = { min: 1, max: 1_000_000 };

/** How far a reported percentile may lie from the truth: the larger of the two. */
const TOLERANCE: Readonly<Record<Lens, { readonly ms: number; readonly percent: number }>> = {
  wire: { ms: 0.5, percent: 3 },
  native: { ms: 1, percent: 5 },
};

const PERCENTILES = [
  ["p50", 0.5, "median_response_time"],
  ["p95", 0.95, "p95_response_time"],
  ["p99", 0.99, "p99_response_time"],
] as const satisfies readonly (readonly [string, number, keyof ProtocolSummary])[];

/** Reported percentiles beside those of the delays that the server held exactly these requests for. */
export function fidelityPart(lens: Lens): Part {
  return {
    name: `fidelity, ${lens}`,
    measure: async (effort) => {
      const rows: Row[] = [];
      for (const model of MODELS) rows.push(...await measureModel(model, lens, REQUESTS[effort]));
      return rows;
    },
  };
}

async function measureModel(model: DelayModel, lens: Lens, requests: number): Promise<Row[]> {
  const options = [
    ...[
      "--no-client-check",
      "-r",
      String(requests),
      "--rate",
      String(PER_SECOND),
      "--client",
      lens,
    ],
    ...["--user-id-range", `${ID_RANGE.min}-${ID_RANGE.max}`, "--seed", String(SEED)],
  ];
  const { result: report, lateness } = await withDelayServers(
    [{ model, seed: SEED, stall: null }],
    ([targets]) => runProtoduel(options, targets!, CLIENT_CORE),
  );
  const truth = sortedDelays(model, requests);
  return (["rest", "grpc"] as const).map((side) => {
    const differences = PERCENTILES.map(([name, share, key]) => ({
      name,
      trueMs: nearestRank(truth, share),
      reportedMs: report[side][key] ?? NaN,
    }));
    return rowFrom(model, lens, side, differences, lateness.p99);
  });
}

/** Both sides ask for the ids that the seed draws, in blocks that go on where the last one ended. */
function sortedDelays(model: DelayModel, requests: number): Float64Array {
  const delayOf = delayByUserId(model, SEED);
  const nextId = drawUserIds(ID_RANGE, requests, SEED);
  return Float64Array.from({ length: requests }, () => delayOf(nextId()!)).sort();
}

function rowFrom(
  model: DelayModel,
  lens: Lens,
  side: ProtocolKey,
  differences: readonly { name: string; trueMs: number; reportedMs: number }[],
  latenessP99Ms: number,
): Row {
  const { ms, percent } = TOLERANCE[lens];
  const texts = differences.map(({ name, trueMs, reportedMs }) =>
    `${name} ${reportedMs.toFixed(2)} of ${trueMs.toFixed(2)} ms`
  );
  return {
    measurement: `${model.kind}, ${LABELS[side]}, ${lens}, ${PER_SECOND}/s: percentiles`,
    promised: `within ${ms} ms or ${percent}%`,
    measured: `${texts.join(", ")} (server late by ${latenessP99Ms.toFixed(2)} ms at p99)`,
    kept: differences.every(({ trueMs, reportedMs }) =>
      Math.abs(reportedMs - trueMs) <= Math.max(ms, trueMs * percent / 100)
    ),
  };
}
