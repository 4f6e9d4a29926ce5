import type { Protocol, ProtocolKey } from "../clients/protocol.ts";
import type { TestPlan } from "../plan/test_plan.ts";

/** A cause that follows a colon, and the next step in a sentence of its own. */
export interface Remedy {
  readonly cause: string;
  readonly remedy: string;
}

/** Whose problem it is. */
export interface ProblemContext {
  readonly side: ProtocolKey;
  readonly protocol: Protocol;
  readonly plan: TestPlan;
}

/** The option that names each side's target. */
export const FLAG = { rest: "--rest-url", grpc: "--grpc-url" } as const;
