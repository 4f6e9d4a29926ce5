import { drawUserIds } from "../../lib/ids.ts";
import type { Lens } from "../../lib/clients/lens.ts";
import { LABELS, type ProtocolKey } from "../../lib/clients/protocol.ts";
import type { SideRecord } from "../../lib/report/side_record.ts";
import { delayByUserId, type DelayModel } from "./delay_model.ts";
import type { Held } from "./delayed_answers.ts";
import type { Part, Row } from "./part.ts";
import { ALL_CORES } from "./pinned.ts";
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
] as const satisfies readonly (readonly [string, number, keyof SideRecord])[];

/**
 * Reported percentiles beside those of the times that the server held exactly these requests for, by its
 * own clock.
 * Neither process has a core of its own: this load leaves both mostly idle, and V8's helpers, which would
 * hold a single core for 4 ms at a time, find room.
 */
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
  const { result: report, records } = await withDelayServers(
    [{ model, seed: SEED, stalls: null, service: "at-once" }],
    ALL_CORES,
    ([targets]) => runProtoduel(options, targets!, ALL_CORES),
  );
  const { rest, grpc } = records[0]!;
  const asked = measuredIds(requests);
  const drawn = sortedDelays(model, asked);
  return [
    rowFrom(model, lens, "rest", report.rest, sortedHeld(rest, asked), drawn),
    rowFrom(model, lens, "grpc", report.grpc, sortedHeld(grpc, asked), drawn),
  ];
}

/** Both sides ask for the ids that the seed draws, each in an order of its own. */
function measuredIds(requests: number): readonly number[] {
  const nextId = drawUserIds(ID_RANGE, requests, SEED);
  return Array.from({ length: requests }, () => nextId()!);
}

function sortedDelays(model: DelayModel, userIds: readonly number[]): Float64Array {
  return Float64Array.from(userIds, delayByUserId(model, SEED)).sort();
}

/** The warm-up asks for others. */
function sortedHeld(held: readonly Held[], userIds: readonly number[]): Float64Array {
  const measured = new Set(userIds);
  return Float64Array.from(
    held.filter(([userId]) => measured.has(userId)).map(([, heldMs]) => heldMs),
  ).sort();
}

function rowFrom(
  model: DelayModel,
  lens: Lens,
  side: ProtocolKey,
  summary: SideRecord,
  held: Float64Array,
  drawn: Float64Array,
): Row {
  const { ms, percent } = TOLERANCE[lens];
  const differences = PERCENTILES.map(([name, share, key]) => ({
    name,
    drawnMs: nearestRank(drawn, share),
    trueMs: nearestRank(held, share),
    reportedMs: summary[key] ?? NaN,
  }));
  const texts = differences.map(({ name, drawnMs, trueMs, reportedMs }) =>
    `${name} ${reportedMs.toFixed(2)} of ${trueMs.toFixed(2)} ms (drawn: ${drawnMs.toFixed(2)})`
  );
  return {
    measurement: `${model.kind}, ${LABELS[side]}, ${lens}, ${PER_SECOND}/s: percentiles`,
    promised: `within ${ms} ms or ${percent}%`,
    measured: texts.join(", "),
    kept: differences.every(({ trueMs, reportedMs }) =>
      Math.abs(reportedMs - trueMs) <= Math.max(ms, trueMs * percent / 100)
    ),
  };
}
