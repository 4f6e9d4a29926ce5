import type { OwnLimit } from "../../net/own_limit.ts";
import type { Failure } from "../../requests/sample.ts";

/** All that a tally holds, as plain data. */
export interface FailureSnapshot {
  readonly byType: readonly (readonly [errorType: string, count: number])[];
  readonly byOwnLimit: readonly (readonly [limit: OwnLimit, count: number])[];
  readonly timeouts: number;
  readonly atServerMs: number;
}

/** Counts failures by their type, and by what decisions turn on. */
export class FailureTally {
  readonly #byType = new Map<string, number>();
  readonly #byOwnLimit = new Map<OwnLimit, number>();
  #count = 0;
  #timeouts = 0;
  #atServerMs = 0;

  get count(): number {
    return this.#count;
  }

  /** Failures that got no answer in time. */
  get timeouts(): number {
    return this.#timeouts;
  }

  /** How long they were at the server together, as far as clients told. */
  get atServerMs(): number {
    return this.#atServerMs;
  }

  /** By what this machine ran out of: no server had a part in these. */
  get byOwnLimit(): ReadonlyMap<OwnLimit, number> {
    return this.#byOwnLimit;
  }

  /** Failures that this machine made itself. */
  get own(): number {
    return [...this.#byOwnLimit.values()].reduce((sum, count) => sum + count, 0);
  }

  /** By type, the most frequent first, ties by name: the same run reads the same. */
  get byType(): Record<string, number> {
    const byCount = [...this.#byType].sort(([nameA, a], [nameB, b]) =>
      b - a || (nameA < nameB ? -1 : 1)
    );
    return Object.fromEntries(byCount);
  }

  /** Whether a failure of this type was counted. */
  has(errorType: string): boolean {
    return this.#byType.has(errorType);
  }

  record({ errorType, reason, atServerMs = 0 }: Failure): void {
    this.#count++;
    this.#atServerMs += atServerMs;
    increase(this.#byType, errorType, 1);
    if (reason.kind === "timeout") this.#timeouts++;
    if (reason.kind === "own-limit") increase(this.#byOwnLimit, reason.limit, 1);
  }

  reset(): void {
    this.#byType.clear();
    this.#byOwnLimit.clear();
    this.#count = 0;
    this.#timeouts = 0;
    this.#atServerMs = 0;
  }

  merge(other: FailureTally): void {
    this.add(other.snapshot());
  }

  snapshot(): FailureSnapshot {
    return {
      byType: [...this.#byType],
      byOwnLimit: [...this.#byOwnLimit],
      timeouts: this.#timeouts,
      atServerMs: this.#atServerMs,
    };
  }

  add({ byType, byOwnLimit, timeouts, atServerMs }: FailureSnapshot): void {
    for (const [errorType, count] of byType) {
      this.#count += count;
      increase(this.#byType, errorType, count);
    }
    for (const [limit, count] of byOwnLimit) increase(this.#byOwnLimit, limit, count);
    this.#timeouts += timeouts;
    this.#atServerMs += atServerMs;
  }
}

function increase<Key>(counts: Map<Key, number>, key: Key, by: number): void {
  counts.set(key, (counts.get(key) ?? 0) + by);
}
