import type { Extent } from "./extent.ts";

/** How much is sampled before the verdict: what was asked, or as much as the verdict takes. */
export type Sampling =
  | { readonly kind: "fixed" }
  /** Adds blocks until the primary verdict is decided or this many requests per protocol were sent. */
  | { readonly kind: "until-decided"; readonly mostRequests: number };

/**
 * How often the data is looked at: every look is a chance of a wrong verdict, so that they share one
 * (see `judgeContest`). Each look doubles the sample; more than this many would widen the intervals of
 * all of them for little.
 */
const MOST_LOOKS = 6;

/**
 * The extents that are run between looks, the first one being what the user asked for: each look
 * doubles the sample, up to the limit.
 */
export function looksAt(extent: Extent, sampling: Sampling): Extent[] {
  if (sampling.kind === "fixed" || extent.kind === "duration") return [extent];
  const looks: Extent[] = [extent];
  let sent = extent.requests;
  while (looks.length < MOST_LOOKS && sent < sampling.mostRequests) {
    const requests = Math.min(sent, sampling.mostRequests - sent);
    looks.push({ kind: "requests", requests });
    sent += requests;
  }
  return looks;
}
