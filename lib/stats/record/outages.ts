import { LARGEST_FAILURE_SHARE } from "./failure_share.ts";
import { chanceInterval } from "./binomial.ts";
import type { FailureSpell, FailureSpells } from "./failure_spells.ts";

/** One contender's turn in a block, as its failures tell of it. */
export interface TurnTrace {
  readonly block: number;
  /** Milliseconds since the run began. */
  readonly startMs: number;
  readonly successes: number;
  /** Without those that this machine made itself. */
  readonly failures: number;
  /** Their times count from the turn's start. */
  readonly spells: FailureSpells;
}

/** A time in which a server that else answers answered nothing. */
export interface Outage {
  /** Of the first failure and of the last, in milliseconds since the run began. */
  readonly startMs: number;
  readonly endMs: number;
  readonly failures: number;
  readonly firstBlock: number;
  readonly lastBlock: number;
  /** Whether it answered again before the run was over. */
  readonly answeredAgain: boolean;
}

/** Fewer failures in a row are no outage, however seldom a server fails. */
const LEAST_FAILURES = 20;
/** Of how often a server fails outside of a spell. */
const RATE_CONFIDENCE = 0.95;
/** So rarely does a run have a spell by chance that passes for an outage. */
const CHANCE = 0.001;
/**
 * An outage is one event, whatever number of requests it costs, and a run that had one or two says nothing of
 * how often they come. More of them are how that server is: they scatter over blocks as everything does.
 */
const MOST_OUTAGES = 2;

/**
 * Finds spells of failures that chance would not make of a server that fails as often as this one does
 * outside of them.
 *
 * @param turns Of one contender, in the order in which they were run.
 */
export function outagesOf(turns: readonly TurnTrace[]): Outage[] {
  const failures = turns.reduce((sum, turn) => sum + turn.failures, 0);
  const finished = turns.reduce((sum, turn) => sum + turn.failures + turn.successes, 0);
  const outages = spellsThrough(turns).filter((spell) => {
    if (spell.failures < LEAST_FAILURES || spell.failures === finished) return false;
    const others = { count: failures - spell.failures, trials: finished - spell.failures };
    // Of a server that hardly ever answered nobody knows that it else does.
    const { high: rate } = chanceInterval(others, RATE_CONFIDENCE);
    return finished * rate ** spell.failures < CHANCE;
  });
  const lost = outages.reduce((sum, outage) => sum + outage.failures, 0);
  // A server that mostly fails anyway was not out: it fails in longer spells than by chance.
  const failsAnyway = failures - lost > LARGEST_FAILURE_SHARE * (finished - lost);
  return outages.length > MOST_OUTAGES || failsAnyway ? [] : outages;
}

/** Each turn's longest spell, and those that go on from one turn into the next as one. */
function spellsThrough(turns: readonly TurnTrace[]): Outage[] {
  const found: Outage[] = [];
  let open: Outage | null = null;
  for (const turn of turns) {
    const { first, longest, last } = turn.spells;
    const isAllFailures = turn.successes === 0 && last !== null;
    if (open !== null && turn.failures + turn.successes > 0) {
      // Without a failure before its first success, the turn before had seen the end of it.
      const more: FailureSpell | null = isAllFailures ? last : first;
      if (more !== null) open = extended(open, turn, more);
      if (!isAllFailures) found.push({ ...open, answeredAgain: true });
      if (!isAllFailures) open = null;
    } else if (first !== null && !isAllFailures) {
      found.push({ ...begun(turn, first), answeredAgain: true });
    }
    if (longest !== null && !isSame(longest, first) && !isSame(longest, last)) {
      found.push({ ...begun(turn, longest), answeredAgain: true });
    }
    if (open === null && last !== null) open = begun(turn, last);
  }
  return open === null ? found : [...found, open];
}

function begun({ block, startMs }: TurnTrace, spell: FailureSpell): Outage {
  return {
    startMs: startMs + spell.startMs,
    endMs: startMs + spell.endMs,
    failures: spell.failures,
    firstBlock: block,
    lastBlock: block,
    answeredAgain: false,
  };
}

function extended(outage: Outage, { block, startMs }: TurnTrace, spell: FailureSpell): Outage {
  return {
    ...outage,
    endMs: startMs + spell.endMs,
    failures: outage.failures + spell.failures,
    lastBlock: block,
  };
}

function isSame(one: FailureSpell, other: FailureSpell | null): boolean {
  return other !== null && one.startMs === other.startMs && one.failures === other.failures;
}
