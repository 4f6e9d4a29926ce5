import type { ProtocolLabel } from "../clients/protocol.ts";
import type { Summary } from "../stats/judge/summary.ts";
import type { Side } from "../stats/record/side.ts";
import { SIDE_LABELS } from "./labels.ts";

/** One side's result by its name, spelled as in the JSON document. */
export interface SideRecord extends Summary {
  readonly protocol: ProtocolLabel;
}

export function sideRecord(side: Side, summary: Summary): SideRecord {
  return { protocol: SIDE_LABELS[side], ...summary };
}
