import { LABELS } from "../clients/protocol.ts";
import { CONTENDERS } from "../plan/contender.ts";
import { LEAST_PER_SECOND } from "../measuring/knee_search.ts";
import type { KneeRecord, KneeSideRecord, LimitName } from "./knee_record.ts";

/** What happens at a rate that is not held. */
const AT_THE_LIMIT: Readonly<Record<LimitName, string>> = {
  failures: "more than 1% fails",
  queue: "its queue grows",
  in_flight: "all that may be in flight is (-c), and more might hold more",
  p99: "its p99 is beyond that",
};

/** For the conclusion: what each side holds, and what limits it. */
export function kneeSentences(knee: KneeRecord | null): string[] {
  if (knee === null) return [];
  return [
    ...CONTENDERS.map((key) => sideSentence(LABELS[key], knee[key], knee.p99_limit)),
    ...leader(knee),
  ];
}

function sideSentence(label: string, side: KneeSideRecord, limitMs: number): string {
  const { held_rate: held, missed_rate: missed, limited_by: limit } = side;
  const within = `with its p99 within ${limitMs} ms`;
  const why = limit === null ? "" : `: there ${AT_THE_LIMIT[limit]}`;
  if (held !== null && missed !== null) {
    return `${label} holds ${rateText(held)} ${within} (${rangeText(side)}), and not ` +
      `${rateText(missed)}${why}`;
  }
  if (held !== null) {
    return `${label} holds at least ${rateText(held)} ${within}, the highest rate that was tried`;
  }
  if (missed !== null) return `${label} does not hold even ${rateText(missed)} ${within}${why}`;
  if (side.result === "slow") {
    return `${label} answers fewer than ${LEAST_PER_SECOND}/s, too few to know a p99 within a minute`;
  }
  return `${label}: no rate was tried long enough to tell whether it is held`;
}

/** Only where the ranges are known and apart. */
function leader({ rest, grpc }: KneeRecord): string[] {
  const isAhead = (one: KneeSideRecord, other: KneeSideRecord) =>
    one.range_low !== null && other.range_high !== null && one.range_low > other.range_high;
  if (isAhead(rest, grpc)) return [`REST holds the higher rate${factorText(rest, grpc)}`];
  if (isAhead(grpc, rest)) return [`gRPC holds the higher rate${factorText(grpc, rest)}`];
  return [];
}

function factorText(one: KneeSideRecord, other: KneeSideRecord): string {
  if (one.held_rate === null || other.held_rate === null) return "";
  return `: ${(one.held_rate / other.held_rate).toPrecision(2)} times the other's`;
}

function rangeText({ range_low: low, range_high: high }: KneeSideRecord): string {
  if (low === null && high === null) return "the holds do not agree on a range";
  if (low === null) return `range up to ${rateText(high!)}`;
  if (high === null) return `range from ${rateText(low)}`;
  return `range ${numberText(low)} to ${rateText(high)}`;
}

function rateText(perSecond: number): string {
  return `${numberText(perSecond)}/s`;
}

/** Three digits: the rates are not known better. */
function numberText(perSecond: number): string {
  return String(Number(perSecond.toPrecision(3)));
}
