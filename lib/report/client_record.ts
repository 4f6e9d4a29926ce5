import type { ClientFloor } from "../client_part/client_floor.ts";
import type { ClientCheck, ClientVerdict } from "../client_part/client_bound.ts";
import type { ContenderId } from "../plan/contender.ts";

/**
 * What was seen of one protocol's client, spelled as in the JSON document: times in milliseconds, shares
 * from 0, 1 being all. `null` where it was not seen.
 */
export interface ClientSideRecord {
  readonly verdict: ClientVerdict["kind"];
  /** Of the measured median, what the client itself takes, as against a server that does nothing but answer. */
  readonly floor_median: number | null;
  /** `null` too where the client was less busy in the run than against such a server. */
  readonly floor_p99: number | null;
  /** Requests per second, at most, against such a server. */
  readonly floor_throughput: number | null;
  /** The floor's median over the measured one, at most 1. */
  readonly floor_share: number | null;
  /** The measured throughput over the floor's. */
  readonly utilisation: number | null;
  /** CPU time over wall time, per thread that generated load. */
  readonly cpu_share: number | null;
  readonly event_loop_lag_median: number | null;
  readonly event_loop_lag_p99: number | null;
}

export interface ClientRecord {
  readonly rest: ClientSideRecord;
  readonly grpc: ClientSideRecord;
  /** Whether times and rates are the clients' more than the servers': no winner is named on them then. */
  readonly explains_result: boolean;
}

export function clientRecord(
  floor: ClientFloor,
  check: ClientCheck,
  explainsResult: boolean,
): ClientRecord {
  const side = (key: ContenderId): ClientSideRecord => {
    const [own, { kind, seen }] = [floor[key], check[key]];
    return {
      verdict: kind,
      floor_median: seen.floorMedianMs,
      floor_p99: seen.floorP99Ms,
      floor_throughput: own.kind === "measured" ? own.throughput : null,
      floor_share: seen.floorShare,
      utilisation: seen.utilisation,
      cpu_share: seen.cpuShare,
      event_loop_lag_median: seen.lagMedianMs,
      event_loop_lag_p99: seen.lagP99Ms,
    };
  };
  return { rest: side("rest"), grpc: side("grpc"), explains_result: explainsResult };
}
