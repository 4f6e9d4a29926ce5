/**
 * How much a difference should trouble a reader:
 * - `notable`: a matter of the set-up, which could be made alike
 * - `inherent`: comes with the choice of protocol
 * - `unseen`: may or may not be there; the clients could not see
 */
export type Severity = "notable" | "inherent" | "unseen";

/** Something that differs between the two sides, spelled as in the JSON document. */
export interface FairnessFinding {
  readonly aspect: string;
  /** How it is on the one side, and on the other. */
  readonly rest: string;
  readonly grpc: string;
  /** Which side it may favour, and why: one sentence. */
  readonly effect: string;
  readonly severity: Severity;
}
