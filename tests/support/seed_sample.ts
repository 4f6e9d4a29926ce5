import { getUser } from "../../lib/requests/built_in/get_user.ts";
import { parseGrpcAddress, parseRestUrl } from "../../lib/net/address.ts";
import { NO_OUTAGES } from "../../lib/report/outage_record.ts";
import { buildReport, type Report } from "../../lib/report/report.ts";
import type { SideRecord } from "../../lib/report/side_record.ts";
import { networkEfficiency } from "../../lib/stats/judge/summary.ts";
import { DEFAULT_TLS } from "../../lib/net/tls_settings.ts";
import { NO_FAULTS } from "../../lib/stats/record/client_faults.ts";
import { DEFAULT_MARGIN } from "../../lib/stats/judge/verdict.ts";
import { OWN_PROTOCOLS, type TestPlan } from "../../lib/plan/test_plan.ts";
import { steadyFindings } from "./findings.ts";

const UNKNOWN_TIMING = {
  connection_time: null,
  tcp_time: null,
  tls_time: null,
  connection_wait_time: null,
  stream_wait_time: null,
  first_byte_time: null,
  download_time: null,
};

/** The REST half of the specification's sample; efficiency follows from its inputs. */
export const SEED_REST: SideRecord = {
  protocol: "REST",
  total_requests: 1000,
  successful_requests: 985,
  failed_requests: 15,
  timed_out_requests: 10,
  retried: null,
  client_failures: 0,
  success_rate: 98.5,
  avg_response_time: 12.34,
  min_response_time: 5.20,
  max_response_time: 150.30,
  median_response_time: 10.50,
  p95_response_time: 25.80,
  p99_response_time: 35.20,
  stddev_response_time: 8.45,
  avg_payload_size: 245,
  total_bytes_transferred: 241_325,
  wire_bytes_sent: null,
  wire_bytes_received: null,
  in_flight_kept: null,
  throughput: 487.2,
  data_transfer_rate: 117_500,
  network_efficiency: networkEfficiency(245, 12.34),
  total_duration: 2.022,
  wall_duration: 2.022,
  errors: { "Connection Timeout": 10, "HTTP 500": 5 },
  timing_breakdown: UNKNOWN_TIMING,
  open_load: null,
};

/** The gRPC half. The sample gives no duration for it; this one fits its throughput. */
export const SEED_GRPC: SideRecord = {
  protocol: "gRPC",
  total_requests: 1000,
  successful_requests: 992,
  failed_requests: 8,
  timed_out_requests: 3,
  retried: null,
  client_failures: 0,
  success_rate: 99.2,
  avg_response_time: 15.67,
  min_response_time: 6.80,
  max_response_time: 180.50,
  median_response_time: 13.20,
  p95_response_time: 30.10,
  p99_response_time: 42.50,
  stddev_response_time: 10.22,
  avg_payload_size: 180,
  total_bytes_transferred: 178_560,
  wire_bytes_sent: null,
  wire_bytes_received: null,
  in_flight_kept: null,
  throughput: 398.4,
  data_transfer_rate: 71_100,
  network_efficiency: networkEfficiency(180, 15.67),
  total_duration: 2.49,
  wall_duration: 2.49,
  errors: { "UNAVAILABLE": 5, "DEADLINE_EXCEEDED": 3 },
  timing_breakdown: UNKNOWN_TIMING,
  open_load: null,
};

export const SEED_PLAN: TestPlan = {
  operation: getUser,
  targets: {
    rest: parseRestUrl("http://localhost:8080"),
    grpc: parseGrpcAddress("localhost:9090"),
  },
  contenders: OWN_PROTOCOLS,
  extent: { kind: "requests", requests: 1000 },
  sampling: { kind: "fixed" },
  load: { kind: "closed" },
  knee: null,
  schedule: "interleaved",
  warmUp: { kind: "automatic" },
  margin: DEFAULT_MARGIN,
  clientCheck: false,
  userIdRange: { min: 1, max: 10_000 },
  seed: 42,
  concurrency: 100,
  timeoutMs: 10_000,
  workers: 1,
  lens: "native",
  tls: DEFAULT_TLS,
  connections: 1,
};

/** A report on these summaries, under the sample's circumstances. */
export function seedReport(rest = SEED_REST, grpc = SEED_GRPC): Report {
  const sides = { subject: rest, baseline: grpc };
  return buildReport(SEED_PLAN, sides, steadyFindings(rest, grpc), {
    blocks: 10,
    clientFaults: NO_FAULTS,
    outages: NO_OUTAGES,
    errorSpells: NO_OUTAGES,
    givenUp: [],
    warmUpRequests: 200,
    fairness: [],
    orderEffect: null,
    knees: null,
    client: null,
    startedAt: new Date("2024-01-15T14:30:00.000Z"),
    interrupted: false,
    runtime: "deno 2.9.3",
    platform: "linux x86_64",
    answers: {
      sides: { rest: null, grpc: null },
      spoiled: false,
      sizeChanges: { rest: null, grpc: null },
    },
    warnings: [],
  });
}
