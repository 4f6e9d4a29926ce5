/** The load that opens connections and heats code before anything is counted. */
export type WarmUp =
  | { readonly kind: "off" }
  /** Until it no longer gets faster, within bounds. */
  | { readonly kind: "automatic" }
  | { readonly kind: "requests"; readonly requests: number };
