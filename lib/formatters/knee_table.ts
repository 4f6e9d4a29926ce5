import type { KneeRecord, KneeSideRecord, LimitName } from "../report/knee_record.ts";
import { NOT_AVAILABLE } from "../report/number_text.ts";
import { SINGLE_RULE, table } from "./plain_layout.ts";
import { requestRate } from "./value_text.ts";

const WIDTHS = [24, 18, 18, 20];

/** Left out where nobody asked for it. */
export function kneeTable(knee: KneeRecord | null): string[] {
  if (knee === null) return [];
  const row = (label: string, side: KneeSideRecord) => [
    label,
    side.held_rate === null ? NOT_AVAILABLE : requestRate(side.held_rate),
    side.missed_rate === null ? NOT_AVAILABLE : requestRate(side.missed_rate),
    side.limited_by === null ? KNEE_WORDS[side.result] : KNEE_LIMITS[side.limited_by],
  ];
  const [header, ...body] = table(WIDTHS, [
    [`Knee at p99 ${knee.p99_limit} ms`, "holds", "misses", ""],
    row("REST", knee.rest),
    row("gRPC", knee.grpc),
  ]);
  return [header!, SINGLE_RULE, ...body, ""];
}

const KNEE_WORDS: Readonly<Record<KneeSideRecord["result"], string>> = {
  found: "",
  above: "held every rate tried",
  below: "held no rate tried",
  slow: "answers too few to tell",
  untried: "not tried to an end",
};

const KNEE_LIMITS: Readonly<Record<LimitName, string>> = {
  failures: "missed by failures",
  queue: "the queue grows",
  in_flight: "limited by -c",
  p99: "missed by its p99",
};
