/** What this machine may run out of while it generates a load. */
export type OwnLimit = "ports" | "files" | "buffers";

/** What a failure is called that such a limit made, the same for every client. */
export const OWN_LIMIT_ERROR_TYPE: Readonly<Record<OwnLimit, string>> = {
  ports: "No Free Local Port",
  files: "Too Many Open Files",
  buffers: "No Buffer Space",
};

/**
 * Linux, macOS and Windows, as Node, Deno and its HTTP client spell their errors. `connect EINVAL` is what
 * Deno's `node:net` makes of EADDRNOTAVAIL.
 */
const PATTERNS: readonly (readonly [RegExp, OwnLimit])[] = [
  [
    /EADDRNOTAVAIL|connect EINVAL|cannot assign requested address|can't assign requested|os error (99|49|10049)\b/i,
    "ports",
  ],
  [/E[MN]FILE|too many open files|os error (23|24|10024)\b/i, "files"],
  [/ENOBUFS|no buffer space|os error (105|55|10055)\b/i, "buffers"],
];

/** Which limit of this machine an error of a socket speaks of; `null` where none. */
export function ownLimitIn(detail: string): OwnLimit | null {
  return PATTERNS.find(([pattern]) => pattern.test(detail))?.[1] ?? null;
}
