/** What is looked for. */
export interface KneeGoal {
  readonly p99LimitMs: number;
  /** The most in flight on a side. */
  readonly concurrency: number;
}
