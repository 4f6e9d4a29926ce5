/** How much load: so many requests, or as many as go into so much time. Per protocol. */
export type Extent =
  | { readonly kind: "requests"; readonly requests: number }
  | { readonly kind: "duration"; readonly durationMs: number };

/** Cuts an extent into `count` parts that add up to it; numbers of requests differ by one at most. */
export function cutExtent(extent: Extent, count: number): Extent[] {
  return Array.from({ length: count }, (_, index): Extent => {
    if (extent.kind === "duration") {
      return { kind: "duration", durationMs: extent.durationMs / count };
    }
    const upTo = (part: number) => Math.floor(extent.requests * part / count);
    return { kind: "requests", requests: upTo(index + 1) - upTo(index) };
  });
}
