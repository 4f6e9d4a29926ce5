import { auditFairness } from "../../lib/audit/fairness_audit.ts";
import { sideFacts } from "../../lib/audit/side_facts.ts";
import { monotonicClock } from "../../lib/clock.ts";
import { parseGrpcAddress, parseRestUrl } from "../../lib/net/address.ts";
import { DEFAULT_TLS, type TlsSettings } from "../../lib/net/tls_settings.ts";
import { preflight, type PreflightResult } from "../../lib/preflight/preflight.ts";
import type { Lens } from "../../lib/clients/lens.ts";
import type { ClientObservations } from "../../lib/clients/observations.ts";
import type { ProtocolKey } from "../../lib/clients/protocol.ts";
import { CLIENTS } from "../../lib/clients/registry.ts";
import { ConnectionTimes } from "../../lib/stats/record/connection_times.ts";
import { Recorder } from "../../lib/stats/record/recorder.ts";
import { summarize } from "../../lib/stats/judge/summary.ts";
import { type FairnessRecord, fairnessRecord } from "../../lib/report/fairness_record.ts";
import { createLog } from "../../lib/terminal/log.ts";
import type { TestPlan } from "../../lib/plan/test_plan.ts";
import { sendAll } from "./clients.ts";
import { SEED_PLAN } from "./seed_sample.ts";

/** What a small run against two servers showed of what differs between them. */
export interface AuditedRun {
  readonly findings: readonly FairnessRecord[];
  readonly observations: Readonly<Record<ProtocolKey, ClientObservations>>;
}

interface Load {
  readonly requests: number;
  readonly concurrency: number;
  readonly tls: TlsSettings;
}

const SMALL_LOAD: Load = { requests: 20, concurrency: 2, tls: DEFAULT_TLS };

/** Probes both servers, puts a small load on each, and audits what was seen. */
export async function auditedRun(
  lens: Lens,
  restUrl: string,
  grpcAddress: string,
  load: Partial<Load> = {},
): Promise<AuditedRun> {
  const { requests, concurrency, tls } = { ...SMALL_LOAD, ...load };
  const targets = { rest: parseRestUrl(restUrl), grpc: parseGrpcAddress(grpcAddress) };
  const plan: TestPlan = { ...SEED_PLAN, targets, lens, tls, concurrency, timeoutMs: 3000 };
  const log = createLog({ writeLine: () => {}, verbose: false, colour: false });
  const interrupt = new AbortController().signal;
  const known = await preflight(plan, { clock: monotonicClock, interrupt, log });
  const rest = await measuredSide("rest", plan, known, requests);
  const grpc = await measuredSide("grpc", plan, known, requests);
  return {
    findings: auditFairness({ subject: rest.facts, baseline: grpc.facts }).map(fairnessRecord),
    observations: { rest: rest.observations, grpc: grpc.observations },
  };
}

async function measuredSide(
  key: ProtocolKey,
  plan: TestPlan,
  { alpnProtocols, differingFields }: PreflightResult,
  requests: number,
) {
  const protocol = CLIENTS[plan.lens][key];
  const target = plan.targets[key];
  const recorder = new Recorder();
  const client = protocol.connect({ ...plan, target, clock: monotonicClock, onConnection() {} });
  try {
    const ids = Array.from({ length: requests }, (_, index) => index + 1);
    for (const [sample] of await sendAll(client, ids, plan.concurrency)) recorder.record(sample!);
  } finally {
    await client.close();
  }
  const observations = client.observed();
  const connectionTimes = new ConnectionTimes();
  const summary = summarize({
    recorder,
    duration: { totalMs: 1000, wallMs: 1000 },
    pace: null,
    connectionTimes,
  });
  const alpnProtocol = alpnProtocols[key];
  const facts = sideFacts({
    protocol,
    target,
    observations,
    alpnProtocol,
    differingFields,
    answer: key === "rest" ? "first" : "second",
    summary,
  });
  return { facts, observations };
}

/** The finding on one aspect. */
export function findingOn(
  { findings }: AuditedRun,
  aspect: string,
): FairnessRecord | undefined {
  return findings.find((it) => it.aspect === aspect);
}
