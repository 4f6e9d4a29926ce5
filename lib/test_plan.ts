import type { UserIdRange } from "./ids.ts";
import type { TlsSettings } from "./net/tls_settings.ts";
import type { Operation } from "./operations/operation.ts";
import type { ProtocolKey } from "./protocols/protocol.ts";
import type { Lens } from "./protocols/lens.ts";
import type { Target } from "./protocols/target.ts";

/** Everything that decides what a run sends; two equal plans send the same requests. */
export interface TestPlan {
  readonly operation: Operation;
  readonly targets: Readonly<Record<ProtocolKey, Target>>;
  readonly requestsPerProtocol: number;
  readonly userIdRange: UserIdRange;
  readonly seed: number;
  /** At most this many requests are in flight; never more than there are requests. */
  readonly concurrency: number;
  readonly timeoutMs: number;
  /** Threads that generate the load; never more than requests in flight. */
  readonly workers: number;
  readonly lens: Lens;
  readonly tls: TlsSettings;
  /** HTTP/2 connections of one client, where the client lets itself be told. */
  readonly connections: number;
}
