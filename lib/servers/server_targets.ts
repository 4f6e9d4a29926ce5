import { parseGrpcAddress, parseRestUrl } from "../net/address.ts";
import type { TestPlan } from "../plan/test_plan.ts";
import type { ServerAddresses } from "./announcement.ts";

/** Servers of this program as a run's targets. */
export function serverTargets({ restUrl, grpcAddress }: ServerAddresses): TestPlan["targets"] {
  return { rest: parseRestUrl(restUrl), grpc: parseGrpcAddress(grpcAddress) };
}
