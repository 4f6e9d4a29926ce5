import { LABELS, type ProtocolLabel } from "../clients/protocol.ts";
import { REST_BY_GRPC, sidesOf } from "../plan/pairing.ts";
import type { BySide, Side } from "../stats/record/side.ts";

/** What the sides are called from here on up: below, they have no names. */
export const SIDE_LABELS: BySide<ProtocolLabel> = sidesOf(REST_BY_GRPC, LABELS);

/** `REST and gRPC` */
export function joinedLabels(sides: readonly Side[]): string {
  return sides.map((side) => SIDE_LABELS[side]).join(" and ");
}
