import type { ProtocolKey } from "../protocols/protocol.ts";
import type { Failure } from "../sample.ts";
import type { RecorderSnapshot } from "../stats/recorder.ts";
import type { TestPlan } from "../test_plan.ts";
import type { LoadShare } from "./load_generator.ts";

/** A plan as it can be sent to another thread: an operation holds functions, so it goes by name. */
export type PortablePlan = Omit<TestPlan, "operation"> & { readonly operation: string };

/** What a worker is told. */
export type WorkerCommand =
  | { readonly kind: "open"; readonly plan: PortablePlan; readonly share: LoadShare }
  | { readonly kind: "run"; readonly protocol: ProtocolKey; readonly requests: number }
  | { readonly kind: "interrupt" }
  | { readonly kind: "close" };

/** What a worker tells. Times are milliseconds since the Unix epoch: threads count from different zeros. */
export type WorkerReply =
  | { readonly kind: "ready" }
  | { readonly kind: "progress"; readonly finished: number }
  | { readonly kind: "failure"; readonly failure: Failure }
  | {
    readonly kind: "result";
    readonly recorder: RecorderSnapshot;
    readonly startEpochMs: number;
    readonly endEpochMs: number;
  }
  | { readonly kind: "closed" };
