import type { ProtocolLabel } from "../clients/protocol.ts";
import { countText } from "./number_text.ts";
import type { ErrorSpellRecord, OutageRecord } from "./outage_record.ts";

/**
 * Who answered nothing from when on, and what the verdicts rest on then.
 *
 * @param blocks That are left without those of the outages.
 */
export function outageSentences(outages: readonly OutageRecord[], blocks: number): string[] {
  if (outages.length === 0) return [];
  const left = blocks === 1 ? "the one block" : `the ${blocks} blocks`;
  const rest = blocks === 0
    ? "No block is left without that"
    : `Verdicts rest on ${left} without that`;
  return [
    ...outages.map(sentence),
    `${rest}, while the values shown are of the whole run; none is given on the success rate, since ` +
    "how many requests an outage costs tells how fast they fail",
  ];
}

/** @param givenUp Who was not heard for so long that nothing more was sent. */
export function earlyEndSentences(givenUp: readonly ProtocolLabel[]): string[] {
  if (givenUp.length === 0) return [];
  const sides = givenUp.join(" and ");
  return [
    `The run ended early, since ${sides} did not come back: this is what was measured until then`,
  ];
}

/** Who answered with errors alone from when on: they are in all that is judged. */
export function errorSpellSentences(spells: readonly ErrorSpellRecord[]): string[] {
  return spells.map(({ protocol, start, end, failures, error_type, succeeded_again: again }) => {
    const errors = error_type ?? "errors";
    const span = again
      ? `From ${seconds(start)} to ${
        seconds(end)
      } after the start ${protocol} answered only ${errors}`
      : `From ${seconds(start)} after the start on ${protocol} answered only ${errors}`;
    return `${span}: ${countText(failures)} requests`;
  });
}

function sentence(outage: OutageRecord): string {
  const { protocol, failures, start, end, answered_again: answeredAgain } = outage;
  const requests = `${countText(failures)} requests failed within ${seconds(end - start)}`;
  return answeredAgain
    ? `${protocol} answered nothing from ${seconds(start)} to ${
      seconds(end)
    } after the start, in ` +
      `${blocksText(outage)}: ${requests}`
    : `${protocol} stopped answering ${seconds(start)} after the start, in block ` +
      `${outage.first_block}, and did not answer again: ${requests}`;
}

function blocksText({ first_block: first, last_block: last }: OutageRecord): string {
  return first === last ? `block ${first}` : `blocks ${first} to ${last}`;
}

function seconds(value: number): string {
  return `${value < 1 ? value.toFixed(2) : value.toFixed(1)} s`;
}
