import type { BySide } from "../stats/record/side.ts";
import { answerContent, compression, payload, responseTimes, serverSoftware } from "./answers.ts";
import type { FairnessFinding, Severity } from "./fairness_finding.ts";
import { outOfSight } from "./out_of_sight.ts";
import type { SideFacts } from "./side_facts.ts";
import { client, connections, httpVersion, keepAlive, streamLimit, tls } from "./transport.ts";

/** Looks at one thing in which the sides may differ. @returns `null` where they do not. */
type Aspect = (sides: BySide<SideFacts>) => FairnessFinding | null;

const ASPECTS: readonly Aspect[] = [
  responseTimes,
  client,
  tls,
  compression,
  keepAlive,
  streamLimit,
  answerContent,
  serverSoftware,
  httpVersion,
  connections,
  payload,
  outOfSight,
];

const ORDER: readonly Severity[] = ["notable", "inherent", "unseen"];

/** Lists what differs between the two sides of a run, what weighs most first. */
export function auditFairness(sides: BySide<SideFacts>): readonly FairnessFinding[] {
  const findings = ASPECTS.map((aspect) => aspect(sides)).filter((it) => it !== null);
  return ORDER.flatMap((wanted) => findings.filter(({ severity }) => severity === wanted));
}
