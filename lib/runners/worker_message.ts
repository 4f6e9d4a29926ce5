import type { ProtocolKey } from "../clients/protocol.ts";
import type { Failure } from "../requests/sample.ts";
import type { RecorderSnapshot } from "../stats/record/recorder.ts";
import type { TestPlan } from "../plan/test_plan.ts";
import type { Pace } from "../stats/record/pace.ts";
import type { SharedBoards } from "./stretch_board.ts";
import type { LoadShare, Observations, Stretch } from "./load_generator.ts";
import type { Occupation } from "./occupation.ts";

/** What a worker is told. */
export type WorkerCommand =
  | {
    readonly kind: "open";
    readonly plan: TestPlan;
    readonly share: LoadShare;
    readonly boards: SharedBoards;
  }
  | { readonly kind: "run"; readonly stretch: Stretch }
  | { readonly kind: "settle" }
  | { readonly kind: "observe" }
  | { readonly kind: "interrupt" }
  | { readonly kind: "close" };

/** One protocol's part of a finished stretch. Times are milliseconds since the Unix epoch: threads count from different zeros. */
export interface StretchResult {
  readonly protocol: ProtocolKey;
  readonly recorder: RecorderSnapshot;
  readonly startEpochMs: number;
  readonly endEpochMs: number;
  readonly occupation: Occupation;
  readonly pace: Pace | null;
  readonly uncounted: number;
  readonly gaveUp: boolean;
}

/** What a worker tells. */
export type WorkerReply =
  | { readonly kind: "ready" }
  | { readonly kind: "progress"; readonly finished: number }
  | { readonly kind: "failure"; readonly protocol: ProtocolKey; readonly failure: Failure }
  | { readonly kind: "results"; readonly results: readonly StretchResult[] }
  | { readonly kind: "settled" }
  | { readonly kind: "observations"; readonly observations: Observations }
  | { readonly kind: "closed" }
  /** At any time: it has ended by a mistake in this program. */
  | { readonly kind: "broken"; readonly reason: string };
