import type { Extent } from "./extent.ts";
import type { KneeGoal } from "./knee_goal.ts";
import type { LoadModel } from "./load_model.ts";
import type { UserIdRange } from "../ids.ts";
import type { TlsSettings } from "../net/tls_settings.ts";
import type { Operation } from "../requests/operation.ts";
import type { ProtocolKey } from "../clients/protocol.ts";
import type { ByContender } from "./contender.ts";
import type { Lens } from "../clients/lens.ts";
import type { Target } from "../net/target.ts";
import type { Schedule } from "./schedule.ts";
import type { Sampling } from "./sampling.ts";
import type { Margin } from "../stats/judge/verdict.ts";
import type { WarmUp } from "./warm_up.ts";

/** Everything that decides what a run sends and how it is judged; two equal plans send the same requests. */
export interface TestPlan {
  readonly operation: Operation;
  readonly targets: ByContender<Target>;
  /** What each contender speaks: the protocol of its name, but where a method is tested on equals. */
  readonly contenders: ByContender<ProtocolKey>;
  /** Of the measured load, per protocol. */
  readonly extent: Extent;
  readonly sampling: Sampling;
  readonly load: LoadModel;
  /** The highest rate that each side holds is looked for before the run; `null`: it is not. */
  readonly knee: KneeGoal | null;
  readonly schedule: Schedule;
  readonly warmUp: WarmUp;
  readonly margin: Margin;
  /** Whether the clients' own cost is measured before the run. */
  readonly clientCheck: boolean;
  readonly userIdRange: UserIdRange;
  readonly seed: number;
  /** At most this many requests are in flight per protocol; never more than there are requests. */
  readonly concurrency: number;
  readonly timeoutMs: number;
  /** Threads that generate the load; never more than requests in flight. */
  readonly workers: number;
  readonly lens: Lens;
  readonly tls: TlsSettings;
  /** HTTP/2 connections of one client, where the client lets itself be told. */
  readonly connections: number;
}

export const OWN_PROTOCOLS: TestPlan["contenders"] = { rest: "rest", grpc: "grpc" };
