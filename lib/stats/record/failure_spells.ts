import { type Failure, wasHeard } from "../../requests/sample.ts";

/** Failures one after the other, in the order in which requests ended. */
export interface FailureSpell {
  /** Of its first failure and of its last, in milliseconds since the load began. */
  readonly startMs: number;
  readonly endMs: number;
  readonly failures: number;
  /** Of all its failures; `null` where they are of several. */
  readonly errorType: string | null;
  /** How many requests that end a spell like this had come before it. */
  readonly endingBefore: number;
  /** And within it: see `MOST_BETWEEN`. */
  readonly endingWithin: number;
}

/**
 * What was in flight when a server went away is answered while others fail already: spells with no more
 * between them than this part of their failures are one.
 */
export const MOST_BETWEEN = 0.5;

/** In which spells the failures of one load came. */
export interface FailureSpells {
  readonly count: number;
  readonly failures: number;
  /** How long they lasted together, in milliseconds. */
  readonly lastedMs: number;
  /** The one with the most failures. */
  readonly longest: FailureSpell | null;
  /** The one before anything that ends a spell. */
  readonly first: FailureSpell | null;
  /** The one after the last thing that ends a spell. */
  readonly last: FailureSpell | null;
}

/** In which spells failures came, this machine's own apart, which are in none and end none. */
export interface SpellsByKind {
  /** Of all failures; a success ends them. */
  readonly all: FailureSpells;
  /** In which the server was not heard; any answer ends them, an error too. */
  readonly unheard: FailureSpells;
  /** Of failures that the server answered; a success ends them. */
  readonly errors: FailureSpells;
}

/** Keeps one load's failures by their spells. */
export class FailureCourse {
  readonly #all = new SpellTracker(0);
  readonly #unheard = new SpellTracker(MOST_BETWEEN);
  readonly #errors = new SpellTracker(MOST_BETWEEN);

  /** @param successes That came before it. */
  recordFailure({ reason, errorType }: Failure, successes: number, atMs: number): void {
    if (reason.kind === "own-limit") return;
    this.#all.recordFailure(successes, atMs, errorType);
    const heard = wasHeard(reason);
    if (heard === true) this.#errors.recordFailure(successes, atMs, errorType);
    if (heard === false) this.#unheard.recordFailure(this.#heard(successes), atMs, errorType);
  }

  spells(successes: number): SpellsByKind {
    return {
      all: this.#all.spells(successes),
      unheard: this.#unheard.spells(this.#heard(successes)),
      errors: this.#errors.spells(successes),
    };
  }

  reset(): void {
    this.#all.reset();
    this.#unheard.reset();
    this.#errors.reset();
  }

  #heard(successes: number): number {
    return successes + this.#errors.failures;
  }
}

/** Tells spells of failures from each other by what ends them, which costs nothing here. */
class SpellTracker {
  #count = 0;
  #failures = 0;
  #lastedMs = 0;
  #longest: FailureSpell | null = null;
  #first: FailureSpell | null = null;
  #current: { -readonly [Key in keyof FailureSpell]: FailureSpell[Key] } | null = null;

  /** @param mostBetween For each failure of a spell, so many that end one may lie within it. */
  constructor(readonly mostBetween: number) {}

  get failures(): number {
    return this.#failures;
  }

  /**
   * Hears of a failure.
   *
   * @param ending How many requests that end a spell came before it.
   */
  recordFailure(ending: number, atMs: number, errorType: string): void {
    this.#failures++;
    if (this.#current !== null && this.#goesOn(this.#current, ending)) {
      this.#current.endingWithin = ending - this.#current.endingBefore;
      this.#lastedMs += atMs - this.#current.endMs;
      this.#current.endMs = atMs;
      this.#current.failures++;
      if (this.#current.errorType !== errorType) this.#current.errorType = null;
      return;
    }
    this.#longest = longerOf(this.#longest, this.#current);
    this.#count++;
    this.#current = {
      startMs: atMs,
      endMs: atMs,
      failures: 1,
      errorType,
      endingBefore: ending,
      endingWithin: 0,
    };
    if (ending === 0) this.#first = this.#current;
  }

  /** @param ending How many requests that end a spell came until now. */
  spells(ending: number): FailureSpells {
    const current = this.#current;
    const last = current !== null && current.endingBefore + current.endingWithin === ending;
    return {
      count: this.#count,
      failures: this.#failures,
      lastedMs: this.#lastedMs,
      longest: copyOf(longerOf(this.#longest, this.#current)),
      first: copyOf(this.#first),
      last: last ? copyOf(current) : null,
    };
  }

  #goesOn({ endingBefore, failures }: FailureSpell, ending: number): boolean {
    return ending - endingBefore <= this.mostBetween * failures;
  }

  reset(): void {
    this.#count = 0;
    this.#failures = 0;
    this.#lastedMs = 0;
    this.#longest = null;
    this.#first = null;
    this.#current = null;
  }
}

/** The spells of two threads that shared a load: it failed altogether only while both did. */
export function inParallel(one: SpellsByKind, other: SpellsByKind): SpellsByKind {
  return {
    all: together(one.all, other.all),
    unheard: together(one.unheard, other.unheard),
    errors: together(one.errors, other.errors),
  };
}

function together(one: FailureSpells, other: FailureSpells): FailureSpells {
  return {
    count: one.count + other.count,
    failures: one.failures + other.failures,
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
  if (startMs > endMs) return null;
  return {
    startMs,
    endMs,
    failures: one.failures + other.failures,
    errorType: one.errorType === other.errorType ? one.errorType : null,
    endingBefore: one.endingBefore + other.endingBefore,
    endingWithin: one.endingWithin + other.endingWithin,
  };
}

function longerOf(one: FailureSpell | null, other: FailureSpell | null): FailureSpell | null {
  if (one === null || other === null) return one ?? other;
  return other.failures > one.failures ? other : one;
}

function copyOf(spell: FailureSpell | null): FailureSpell | null {
  return spell === null ? null : { ...spell };
}
