import { LABELS, type ProtocolLabel } from "../clients/protocol.ts";
import { type ByContender, CONTENDERS } from "../plan/contender.ts";
import type { Outage } from "../stats/record/outages.ts";

/** A time in which a server that else answers answered nothing, spelled as in the JSON document. */
export interface OutageRecord {
  readonly protocol: ProtocolLabel;
  /** Of the first failure and of the last, in seconds since the measured load began. */
  readonly start: number;
  readonly end: number;
  readonly failures: number;
  /** Counted from 1. */
  readonly first_block: number;
  readonly last_block: number;
  /** Whether it answered again before the run was over. */
  readonly answered_again: boolean;
}

/** A time in which a side answered nothing but errors: it counts in all that is judged. */
export interface ErrorSpellRecord {
  readonly protocol: ProtocolLabel;
  /** Of the first error and of the last, in seconds since the measured load began. */
  readonly start: number;
  readonly end: number;
  readonly failures: number;
  /** Of all of them; `null` where they are of several. */
  readonly error_type: string | null;
  /** Whether a request succeeded again before the run was over. */
  readonly succeeded_again: boolean;
}

export type Outages = ByContender<readonly Outage[]>;

export const NO_OUTAGES: Outages = { rest: [], grpc: [] };

export function outageRecords(outages: Outages): OutageRecord[] {
  return CONTENDERS.flatMap((protocol) =>
    outages[protocol].map((outage) => ({
      protocol: LABELS[protocol],
      start: outage.startMs / 1000,
      end: outage.endMs / 1000,
      failures: outage.failures,
      first_block: outage.firstBlock + 1,
      last_block: outage.lastBlock + 1,
      answered_again: outage.answeredAgain,
    }))
  );
}

export function errorSpellRecords(spells: Outages): ErrorSpellRecord[] {
  return CONTENDERS.flatMap((protocol) =>
    spells[protocol].map((spell) => ({
      protocol: LABELS[protocol],
      start: spell.startMs / 1000,
      end: spell.endMs / 1000,
      failures: spell.failures,
      error_type: spell.errorType,
      succeeded_again: spell.answeredAgain,
    }))
  );
}
