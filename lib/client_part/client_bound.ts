import type { Floor } from "./client_floor.ts";
import type { LoadWatchSummary } from "../runners/load_watch.ts";
import type { Lens } from "../clients/lens.ts";
import type { ByContender } from "../plan/contender.ts";
import { REST_BY_GRPC, sidesOf } from "../plan/pairing.ts";
import type { Summary } from "../stats/judge/summary.ts";
import { type BySide, eachSide } from "../stats/record/side.ts";

/** What a check knows of one contender. */
export interface ContenderUnderCheck {
  readonly floor: Floor;
  readonly measured: Pick<Summary, "median_response_time" | "throughput">;
  readonly watch: LoadWatchSummary;
}

/** How the load was generated, and what else this machine could do. */
export interface LoadSetting {
  readonly lens: Lens;
  readonly concurrency: number;
  /** A client that waits for set times does so busily: its CPU share tells nothing then. */
  readonly load: "closed" | "open";
  /** Threads that generated the load. */
  readonly workers: number;
  /** Threads that could: the cores, less one where the servers share them. */
  readonly usableCores: number;
  /** A difference between the medians up to this many percent needs no explanation. */
  readonly marginPercent: number;
}

/** What was seen of the client; `null` where it was not. Times in milliseconds, shares from 0, 1 being all. */
export interface ClientEvidence {
  /** Of the measured median, what the client itself takes: its floor at the run's own load. */
  readonly floorMedianMs: number | null;
  /** At all places in flight, whatever the run asked for: only where the client was as busy in it. */
  readonly floorP99Ms: number | null;
  readonly measuredMedianMs: number | null;
  /** The former over the measured median, at most 1. */
  readonly floorShare: number | null;
  /** The measured throughput over the floor's: how much of what it can do the client was asked for. */
  readonly utilisation: number | null;
  /** CPU time over wall time, per thread that generated load; above 1 where the runtime's helpers worked too. */
  readonly cpuShare: number | null;
  readonly lagMedianMs: number | null;
  readonly lagP99Ms: number | null;
}

/** What would let the servers be seen. */
export type Advice =
  | { readonly kind: "use-wire-client" }
  | { readonly kind: "fewer-in-flight" }
  | { readonly kind: "set-rate"; readonly requestsPerSecond: number }
  | { readonly kind: "more-workers"; readonly workers: number };

/**
 * Whether the client explains what was measured of one contender:
 * - `client-bound`: by its floor, by its CPU, or by both
 * - `not-client-bound`: the servers take most of the time
 * - `unknown`: there is no floor, or nothing to compare it with, or it lies above what was measured
 */
export type ClientVerdict =
  | {
    readonly kind: "client-bound";
    readonly grounds: readonly ("floor" | "cpu")[];
    readonly seen: ClientEvidence;
    readonly advice: readonly Advice[];
  }
  | { readonly kind: "not-client-bound"; readonly seen: ClientEvidence }
  | { readonly kind: "unknown"; readonly reason: string; readonly seen: ClientEvidence };

/** Whether the clients explain how the medians of two sides differ; subject − baseline, in milliseconds. */
export type DifferenceVerdict =
  | {
    readonly kind: "explained-by-clients";
    readonly measuredMs: number;
    readonly clientsMs: number;
  }
  | { readonly kind: "not-explained" }
  | { readonly kind: "unknown" };

export interface ClientCheck extends ByContender<ClientVerdict> {
  readonly difference: DifferenceVerdict;
}

/** The client explains a time, or a difference, of which it accounts for at least this share. */
const EXPLAINING_SHARE = 0.5;
/** From here on a client is busy: what it is asked for waits for what it is at. */
const BUSY_UTILISATION = 0.5;
/** A thread that works this much of the time has work waiting nearly always. */
const SATURATED_CPU_SHARE = 0.9;
/**
 * What the client itself takes of a median response time:
 * - `known`: in milliseconds, at most the median
 * - `unknown`: why it is not known
 */
type ClientTime =
  | { readonly kind: "known"; readonly ms: number; readonly busy: boolean }
  | { readonly kind: "unknown"; readonly reason: string };

const SLOWER_WITHOUT_SERVER = "against servers that only answer it was slower than in this run, " +
  "so the machine was not the same in both";

/** Low enough that a client at this rate is not busy, whatever the floor's own error. */
const ADVISED_UTILISATION = 0.4;

/**
 * Judges whether the client explains a run's medians and their difference.
 *
 * A time is the client's where at least half of it is: then it says more of the client than of the
 * server. What of a time is the client's cannot be had by subtracting the floor alone. The floor is
 * measured with all places in flight waiting for the client; against a slow server most of them wait
 * there, and the client costs each request little more than its own work. Which of the two it was shows
 * by the utilisation: the throughput as a share of what the client reaches against a server that does
 * nothing. Where the client is busy, the floor counts; where it is not, the work per request does,
 * lengthened as in a queue of that utilisation. In a closed loop both shares are the same by Little's
 * law, so that a busy client is one whose floor is at least half of what was measured; under a set
 * rate they differ, and the floor of a client that idles is not held against it.
 *
 * A floor is what no server can go below. Where it lies above what was measured, and the lowest of its own
 * stretches too, client or machine were not the same in both, and nothing is known; where its scatter reaches
 * down to the median, all of the median is the client's.
 *
 * A client whose threads have no CPU time left is the bottleneck by the same law, floor or no floor:
 * that catches what the floor leaves out, TLS above all.
 */
export function checkClient(
  contenders: ByContender<ContenderUnderCheck>,
  setting: LoadSetting,
): ClientCheck {
  return {
    rest: verdictOn(contenders.rest, setting),
    grpc: verdictOn(contenders.grpc, setting),
    difference: explainDifference(sidesOf(REST_BY_GRPC, contenders), setting),
  };
}

/**
 * Whether a run's times and rates say more of the clients than of the servers: where the clients explain
 * the difference, or where the slower side is client-bound, whose server might be the faster one. That the
 * faster side is client-bound takes nothing from its lead: its server is faster still.
 */
export function explainsResult(
  check: ClientCheck,
  medians: ByContender<number | null>,
): boolean {
  if (check.difference.kind === "explained-by-clients") return true;
  const { subject, baseline } = sidesOf(REST_BY_GRPC, medians);
  const slower = (subject ?? Infinity) > (baseline ?? Infinity) ? "subject" : "baseline";
  return check[REST_BY_GRPC[slower]].kind === "client-bound";
}

function verdictOn(contender: ContenderUnderCheck, setting: LoadSetting): ClientVerdict {
  const own = clientTime(contender, setting);
  const seen = evidenceOf(contender, own, setting);
  const { floor, measured: { median_response_time: medianMs } } = contender;
  if (medianMs === null) return { kind: "unknown", reason: "nothing succeeded", seen };
  const byFloor = own.kind === "known" && own.ms >= EXPLAINING_SHARE * medianMs;
  const byCpu = setting.load === "closed" && seen.cpuShare !== null &&
    seen.cpuShare >= SATURATED_CPU_SHARE;
  if (byFloor || byCpu) {
    const grounds = [...(byFloor ? ["floor" as const] : []), ...(byCpu ? ["cpu" as const] : [])];
    return { kind: "client-bound", grounds, seen, advice: adviceFor(floor, setting) };
  }
  if (own.kind === "known") return { kind: "not-client-bound", seen };
  return { kind: "unknown", reason: own.reason, seen };
}

function evidenceOf(
  { floor, measured, watch }: ContenderUnderCheck,
  own: ClientTime,
  { workers }: LoadSetting,
): ClientEvidence {
  const known = floor.kind === "measured" ? floor : null;
  const { median_response_time: medianMs, throughput } = measured;
  const floorMedianMs = own.kind === "known" ? own.ms : null;
  return {
    floorMedianMs,
    floorP99Ms: own.kind === "known" && own.busy ? known?.p99Ms ?? null : null,
    measuredMedianMs: medianMs,
    floorShare: ratio(floorMedianMs, medianMs),
    utilisation: ratio(throughput, known?.throughput ?? null),
    cpuShare: ratio(watch.cpuMs, watch.watchedMs * workers),
    lagMedianMs: watch.lag?.p50 ?? null,
    lagP99Ms: watch.lag?.p99 ?? null,
  };
}

function clientTime(
  { floor, measured: { median_response_time: medianMs, throughput } }: ContenderUnderCheck,
  { workers }: LoadSetting,
): ClientTime {
  if (floor.kind === "unknown") return floor;
  if (medianMs === null) return { kind: "unknown", reason: "nothing succeeded" };
  const utilisation = ratio(throughput, floor.throughput);
  if (utilisation === null) return { kind: "unknown", reason: "there is no throughput" };
  const busy = utilisation >= BUSY_UTILISATION;
  const workMs = 1000 * workers / floor.throughput;
  const ms = busy ? floor.medianMs : Math.min(floor.medianMs, workMs / (1 - utilisation));
  // As much lower as the floor's lowest stretch is.
  const leastMs = ms * floor.leastMedianMs / floor.medianMs;
  if (leastMs <= medianMs) return { kind: "known", ms: Math.min(ms, medianMs), busy };
  return { kind: "unknown", reason: SLOWER_WITHOUT_SERVER };
}

function explainDifference(
  sides: BySide<ContenderUnderCheck>,
  setting: LoadSetting,
): DifferenceVerdict {
  const medians = eachSide(sides, ({ measured }) => measured.median_response_time);
  const own = eachSide(sides, (side) => clientTime(side, setting));
  if (medians.subject === null || medians.baseline === null) return { kind: "unknown" };
  if (own.subject.kind === "unknown" || own.baseline.kind === "unknown") return { kind: "unknown" };
  const measuredMs = medians.subject - medians.baseline;
  const clientsMs = own.subject.ms - own.baseline.ms;
  const fasterMs = Math.min(medians.subject, medians.baseline);
  const matters = Math.abs(measuredMs) > fasterMs * setting.marginPercent / 100;
  // As large a difference the other way round explains nothing: it makes the servers' own one larger.
  const explains = clientsMs / measuredMs >= EXPLAINING_SHARE;
  return matters && explains
    ? { kind: "explained-by-clients", measuredMs, clientsMs }
    : { kind: "not-explained" };
}

/** What would help here, what helps most first; nothing at all where no less can be asked of a better client. */
function adviceFor(
  floor: Floor,
  { lens, concurrency, workers, usableCores }: LoadSetting,
): Advice[] {
  const advice: Advice[] = [];
  if (lens === "native") advice.push({ kind: "use-wire-client" });
  // With a single request per thread none waits for another, and asking for less changes nothing.
  if (concurrency <= workers) return advice;
  advice.push({ kind: "fewer-in-flight" });
  if (floor.kind === "measured") {
    const requestsPerSecond = roundDown(floor.throughput * ADVISED_UTILISATION);
    advice.push({ kind: "set-rate", requestsPerSecond });
  }
  const usableWorkers = Math.min(usableCores, concurrency);
  if (usableWorkers > workers) advice.push({ kind: "more-workers", workers: usableWorkers });
  return advice;
}

/** To two digits: an advised number is no measurement. */
function roundDown(value: number): number {
  const unit = 10 ** Math.max(0, Math.floor(Math.log10(value)) - 1);
  return Math.max(1, Math.floor(value / unit) * unit);
}

/** `null` where a part is missing, or there is no whole. */
function ratio(part: number | null, whole: number | null): number | null {
  return part === null || whole === null || whole === 0 ? null : part / whole;
}
