import { LARGEST_FAILURE_SHARE } from "./failure_share.ts";
import { chanceInterval } from "./binomial.ts";
import {
  type FailureSpell,
  type FailureSpells,
  MOST_BETWEEN,
  type SpellsByKind,
} from "./failure_spells.ts";

/** One contender's turn in a block, as its failures tell of it. */
export interface TurnTrace {
  readonly block: number;
  /** Milliseconds since the run began. */
  readonly startMs: number;
  readonly successes: number;
  /** Without those that this machine made itself. */
  readonly failures: number;
  /** Their times count from the turn's start. */
  readonly spells: SpellsByKind;
}

/** A time in which a server that else answers was not heard, or answered nothing but errors. */
export interface Outage {
  /** Of the first failure and of the last, in milliseconds since the run began. */
  readonly startMs: number;
  readonly endMs: number;
  readonly failures: number;
  /** Of all of them; `null` where they are of several. */
  readonly errorType: string | null;
  readonly firstBlock: number;
  readonly lastBlock: number;
  /** Whether it answered again before the run was over; of errors, whether it did so with a success. */
  readonly answeredAgain: boolean;
}

/** A spell on its way to be an outage; `endings`: how many requests that end a spell had come until then. */
type Spell = Outage & { readonly endingsBefore: number; readonly endingsWithin: number };

/** Fewer failures in a row are no outage, however seldom a server fails. */
export const LEAST_FAILURES = 20;
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
 * Finds the times in which a server was not heard, as chance would not make them of a server that fails as
 * often as this one does outside of them. A server that answers with errors is not out.
 *
 * @param turns Of one contender, in the order in which they were run.
 */
export function outagesOf(turns: readonly TurnTrace[]): Outage[] {
  return beyondChance(turns, ({ spells, successes }) => ({
    spells: spells.unheard,
    ending: successes + spells.errors.failures,
  }));
}

/** The same of times in which it answered nothing but errors. */
export function errorSpellsOf(turns: readonly TurnTrace[]): Outage[] {
  return beyondChance(turns, ({ spells, successes }) => ({
    spells: spells.errors,
    ending: successes,
  }));
}

/** A turn's spells of one kind, and how many requests that end one it had. */
type View = (turn: TurnTrace) => { readonly spells: FailureSpells; readonly ending: number };

function beyondChance(turns: readonly TurnTrace[], view: View): Outage[] {
  const failures = turns.reduce((sum, turn) => sum + view(turn).spells.failures, 0);
  const finished = turns.reduce((sum, turn) => sum + turn.failures + turn.successes, 0);
  const endings = turns.reduce((sum, turn) => sum + view(turn).ending, 0);
  const outages = joined(spellsThrough(turns, view)).filter((spell) => {
    if (spell.failures < LEAST_FAILURES || spell.failures === finished) return false;
    // What has many answers in it is a server that comes and goes.
    if (spell.endingsWithin > LARGEST_FAILURE_SHARE * endings) return false;
    const others = { count: failures - spell.failures, trials: finished - spell.failures };
    // Of a server that hardly ever answered nobody knows that it else does.
    const { high: rate } = chanceInterval(others, RATE_CONFIDENCE);
    return finished * rate ** spell.failures < CHANCE;
  });
  const lost = outages.reduce((sum, outage) => sum + outage.failures, 0);
  // A server that mostly fails anyway was not out: it fails in longer spells than by chance.
  const failsAnyway = failures - lost > LARGEST_FAILURE_SHARE * (finished - lost);
  if (outages.length > MOST_OUTAGES || failsAnyway) return [];
  return outages.map(({ endingsBefore: _before, endingsWithin: _within, ...outage }) => outage);
}

/** Each turn's longest spell, and those that go on from one turn into the next as one. */
function spellsThrough(turns: readonly TurnTrace[], view: View): Spell[] {
  const found: Spell[] = [];
  let open: Spell | null = null;
  let endings = 0;
  for (const turn of turns) {
    const { spells, ending } = view(turn);
    const { first, longest, last } = spells;
    const isAllFailures = ending === 0 && last !== null;
    const begun = (spell: FailureSpell) => begunIn(turn, spell, endings);
    if (open !== null && spells.failures + ending > 0) {
      // Without a failure before its first success, the turn before had seen the end of it.
      const more: FailureSpell | null = isAllFailures ? last : first;
      if (more !== null) open = together(open, begun(more));
      if (!isAllFailures) found.push({ ...open, answeredAgain: true });
      if (!isAllFailures) open = null;
    } else if (first !== null && !isAllFailures) {
      found.push({ ...begun(first), answeredAgain: true });
    }
    if (longest !== null && !isSame(longest, first) && !isSame(longest, last)) {
      found.push({ ...begun(longest), answeredAgain: true });
    }
    if (open === null && last !== null) open = begun(last);
    endings += ending;
  }
  return open === null ? found : [...found, open];
}

function begunIn({ block, startMs }: TurnTrace, spell: FailureSpell, endings: number): Spell {
  return {
    startMs: startMs + spell.startMs,
    endMs: startMs + spell.endMs,
    failures: spell.failures,
    errorType: spell.errorType,
    firstBlock: block,
    lastBlock: block,
    answeredAgain: false,
    endingsBefore: endings + spell.endingBefore,
    endingsWithin: spell.endingWithin,
  };
}

/** Spells in their order, without the breaks that are none. */
function joined(spells: readonly Spell[]): Spell[] {
  const apart: Spell[] = [];
  for (const spell of spells) {
    const earlier = apart.at(-1);
    if (earlier !== undefined && isOneEvent(earlier, spell)) apart.pop();
    apart.push(
      earlier !== undefined && isOneEvent(earlier, spell) ? together(earlier, spell) : spell,
    );
  }
  return apart;
}

function isOneEvent(earlier: Spell, later: Spell): boolean {
  const { endingsWithin, failures } = together(earlier, later);
  return endingsWithin <= MOST_BETWEEN * failures;
}

function together(earlier: Spell, later: Spell): Spell {
  return {
    startMs: earlier.startMs,
    endMs: later.endMs,
    failures: earlier.failures + later.failures,
    errorType: earlier.errorType === later.errorType ? earlier.errorType : null,
    firstBlock: earlier.firstBlock,
    lastBlock: later.lastBlock,
    answeredAgain: later.answeredAgain,
    endingsBefore: earlier.endingsBefore,
    endingsWithin: later.endingsBefore + later.endingsWithin - earlier.endingsBefore,
  };
}

function isSame(one: FailureSpell, other: FailureSpell | null): boolean {
  return other !== null && one.startMs === other.startMs && one.failures === other.failures;
}
