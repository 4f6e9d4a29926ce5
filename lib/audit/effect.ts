import type { ProtocolLabel } from "../clients/protocol.ts";

/** The two sides of an audit by name, for aspects that weigh one against the other. */
export interface Sides<T> {
  readonly rest: T;
  readonly grpc: T;
}

/** @param side `null` where it may be either. */
export function mayFavour(side: ProtocolLabel | null, why: string): string {
  return `May favour ${side ?? "either side"}: ${why}`;
}

/** The side whose number is lower; `null` where they are equal. */
export function lowerOf({ rest, grpc }: Sides<number>): ProtocolLabel | null {
  if (rest === grpc) return null;
  return rest < grpc ? "REST" : "gRPC";
}

/** The side of the two for which this does not hold; `null` where it holds for both or for neither. */
export function otherThan({ rest, grpc }: Sides<boolean>): ProtocolLabel | null {
  if (rest === grpc) return null;
  return rest ? "gRPC" : "REST";
}

export function opposite(side: ProtocolLabel): ProtocolLabel {
  return side === "REST" ? "gRPC" : "REST";
}
