import { type BySide, bySide } from "../stats/record/side.ts";
import type { ByContender, ContenderId } from "./contender.ts";

/** Two contenders that are compared, and which of them is measured by the other. */
export type Pairing = BySide<ContenderId>;

/** The one pairing of every run: how REST does, measured by gRPC. */
export const REST_BY_GRPC: Pairing = { subject: "rest", baseline: "grpc" };

/** What each side of a pairing has, of what each contender has. */
export function sidesOf<T>(pairing: Pairing, all: ByContender<T>): BySide<T> {
  return bySide((side) => all[pairing[side]]);
}
