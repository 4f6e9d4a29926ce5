/** Failures one after the other, with no success between them, in the order in which requests ended. */
export interface FailureSpell {
  /** Of its first failure and of its last, in milliseconds since the load began. */
  readonly startMs: number;
  readonly endMs: number;
  readonly failures: number;
}

/** In which spells the failures of one load came. */
export interface FailureSpells {
  readonly count: number;
  /** How long they lasted together, in milliseconds. */
  readonly lastedMs: number;
  /** The one with the most failures. */
  readonly longest: FailureSpell | null;
  /** The one before the first success. */
  readonly first: FailureSpell | null;
  /** The one after the last success. */
  readonly last: FailureSpell | null;
}

/** Tells spells of failures from each other by the successes between them, which cost nothing here. */
export class SpellTracker {
  #count = 0;
  #lastedMs = 0;
  #longest: FailureSpell | null = null;
  #first: FailureSpell | null = null;
  #current: { startMs: number; endMs: number; failures: number } | null = null;
  #successesBefore = 0;

  /**
   * Hears of a failure.
   *
   * @param successes That came before it.
   */
  recordFailure(successes: number, atMs: number): void {
    if (this.#current !== null && this.#successesBefore === successes) {
      this.#lastedMs += atMs - this.#current.endMs;
      this.#current.endMs = atMs;
      this.#current.failures++;
      return;
    }
    this.#longest = longerOf(this.#longest, this.#current);
    this.#count++;
    this.#current = { startMs: atMs, endMs: atMs, failures: 1 };
    this.#successesBefore = successes;
    if (successes === 0) this.#first = this.#current;
  }

  /** @param successes That there were until now. */
  spells(successes: number): FailureSpells {
    const last = this.#current !== null && this.#successesBefore === successes;
    return {
      count: this.#count,
      lastedMs: this.#lastedMs,
      longest: copyOf(longerOf(this.#longest, this.#current)),
      first: copyOf(this.#first),
      last: last ? copyOf(this.#current) : null,
    };
  }

  reset(): void {
    this.#count = 0;
    this.#lastedMs = 0;
    this.#longest = null;
    this.#first = null;
    this.#current = null;
    this.#successesBefore = 0;
  }
}

/** The spells of two threads that shared a load: it failed altogether only while both did. */
export function inParallel(one: FailureSpells, other: FailureSpells): FailureSpells {
  return {
    count: one.count + other.count,
    lastedMs: Math.max(one.lastedMs, other.lastedMs),
    longest: shared(one.longest, other.longest) ?? longerOf(one.longest, other.longest),
    first: shared(one.first, other.first),
    last: shared(one.last, other.last),
  };
}

function shared(one: FailureSpell | null, other: FailureSpell | null): FailureSpell | null {
  if (one === null || other === null) return null;
  const startMs = Math.max(one.startMs, other.startMs);
  const endMs = Math.min(one.endMs, other.endMs);
  return startMs > endMs ? null : { startMs, endMs, failures: one.failures + other.failures };
}

function longerOf(one: FailureSpell | null, other: FailureSpell | null): FailureSpell | null {
  if (one === null || other === null) return one ?? other;
  return other.failures > one.failures ? other : one;
}

function copyOf(spell: FailureSpell | null): FailureSpell | null {
  return spell === null ? null : { ...spell };
}
