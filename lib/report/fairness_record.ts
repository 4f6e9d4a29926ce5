import type { FairnessFinding, Severity } from "../audit/fairness_finding.ts";
import { withNames } from "../audit/sided_text.ts";
import { SIDE_LABELS } from "./labels.ts";

/** Something that differs between the two sides, spelled as in the JSON document. */
export interface FairnessRecord {
  readonly aspect: string;
  /** How it is on the one side, and on the other. */
  readonly rest: string;
  readonly grpc: string;
  /** Which side it may favour, and why: one sentence. */
  readonly effect: string;
  readonly severity: Severity;
}

export function fairnessRecord(
  { aspect, subject, baseline, effect, severity }: FairnessFinding,
): FairnessRecord {
  return {
    aspect,
    rest: subject,
    grpc: baseline,
    effect: withNames(effect, SIDE_LABELS),
    severity,
  };
}
