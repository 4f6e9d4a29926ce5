/** What comes back: what may differ there. Each function looks at one aspect; `null` is no difference. */
import type { Sight } from "../requests/sight.ts";
import { type BySide, eachSide } from "../stats/record/side.ts";
import { lowerOf, mayFavour, otherThan } from "./effect.ts";
import type { FairnessFinding } from "./fairness_finding.ts";
import type { AnswerContent, PayloadEncoding, SideFacts } from "./side_facts.ts";
import { sidedText } from "./sided_text.ts";

/** Small unary calls over kept connections differ by 0.5 to 2 times; far beyond, something else does. */
const SUSPECT_RATIO = 4;
/** Above this, what is sent may well explain the time that it takes. */
const SMALL_PAYLOAD_BYTES = 10_000;

export function responseTimes(sides: BySide<SideFacts>): FairnessFinding | null {
  const { subject, baseline } = eachSide(sides, ({ medianResponseMs }) => medianResponseMs);
  if (subject.kind === "unseen" || baseline.kind === "unseen") return null;
  if (!isSmall(sides.subject) || !isSmall(sides.baseline)) return null;
  const medians = { subject: subject.value, baseline: baseline.value };
  const [faster = 0, slower = 0] = Object.values(medians).sort((a, b) => a - b);
  const side = lowerOf(medians);
  if (faster === 0 || slower / faster <= SUSPECT_RATIO || side === null) return null;
  const ratio = (slower / faster).toFixed(1);
  return {
    aspect: "Median response",
    ...eachSide(medians, (medianMs) => `${medianMs.toFixed(2)} ms`),
    effect: [
      ...sidedText`Favours ${{ side }} by ${ratio} times: `,
      "small calls over kept connections differ by 2 at most, so suspect the set-up",
    ],
    severity: "notable",
  };
}

function isSmall({ avgPayloadBytes }: SideFacts): boolean {
  return avgPayloadBytes.kind === "seen" && avgPayloadBytes.value < SMALL_PAYLOAD_BYTES;
}

export function compression(sides: BySide<SideFacts>): FairnessFinding | null {
  const compressed = eachSide(sides, isCompressed);
  const codings = eachSide(sides, codingText);
  const anyCompressed = compressed.subject || compressed.baseline;
  // What is out of sight on one side is a difference only where the other side compresses.
  if (codings.subject === codings.baseline || !anyCompressed) return null;
  return {
    aspect: "Compression",
    ...codings,
    effect: mayFavour(
      otherThan(compressed),
      "compressing costs time, and what comes compressed unasked counts as a failure",
    ),
    severity: "notable",
  };
}

function isCompressed({ contentCodings }: SideFacts): boolean {
  return contentCodings.kind === "seen" && contentCodings.value.length > 0;
}

function codingText({ contentCodings }: SideFacts): string {
  if (contentCodings.kind === "unseen") return `unknown (${contentCodings.reason})`;
  return contentCodings.value.length === 0 ? "none" : contentCodings.value.join(", ");
}

export function answerContent(sides: BySide<SideFacts>): FairnessFinding | null {
  const { subject, baseline } = eachSide(sides, ({ content }) => content);
  if (subject.kind === "unseen" || baseline.kind === "unseen") return null;
  if (isSame(subject.value) && isSame(baseline.value)) return null;
  const contents = { subject: subject.value, baseline: baseline.value };
  const carriesLess = otherThan(eachSide(contents, ({ onlyHere }) => onlyHere.length > 0));
  return {
    aspect: "Content",
    ...eachSide(contents, contentText),
    effect: mayFavour(
      carriesLess,
      carriesLess === null
        ? "sizes and the work behind them may not be comparable"
        : "it carries less than the other side",
    ),
    severity: "notable",
  };
}

function isSame({ onlyHere, otherValue }: AnswerContent): boolean {
  return onlyHere.length === 0 && otherValue.length === 0;
}

function contentText({ onlyHere, otherValue }: AnswerContent): string {
  const parts = [
    ...(onlyHere.length === 0 ? [] : [`${namesText(onlyHere)} only here`]),
    ...(otherValue.length === 0 ? [] : [`another value in ${namesText(otherValue)}`]),
  ];
  return parts.length === 0 ? "nothing of its own" : parts.join(", ");
}

/** A server decides how many fields there are, and how long their names. */
const MAX_NAMED_FIELDS = 5;
const MAX_NAME_LENGTH = 40;

function namesText(names: readonly string[]): string {
  const named = names.slice(0, MAX_NAMED_FIELDS).map((name) => `"${shortened(name)}"`).join(", ");
  const more = names.length - MAX_NAMED_FIELDS;
  return more > 0 ? `${named} and ${more} more` : named;
}

function shortened(name: string): string {
  return name.length > MAX_NAME_LENGTH ? `${name.slice(0, MAX_NAME_LENGTH)}…` : name;
}

export function serverSoftware(sides: BySide<SideFacts>): FairnessFinding | null {
  const names = eachSide(sides, ({ serverNames }) => namesOf(serverNames));
  const { subject, baseline } = names;
  if (subject === "" || baseline === "" || subject === baseline) return null;
  return {
    aspect: "Server",
    ...names,
    effect: mayFavour(null, "two programs are compared, not two protocols alone"),
    severity: "notable",
  };
}

/** Empty where no name was seen. */
function namesOf(names: Sight<readonly string[]>): string {
  return names.kind === "seen" ? names.value.join(", ") : "";
}

const SIZE_TEXT: Readonly<Record<PayloadEncoding, string>> = {
  "JSON": "the body as received",
  "protobuf": "the message without its 5-byte prefix",
};

/** What is counted as payload, where the encodings differ. */
export function payload(sides: BySide<SideFacts>): FairnessFinding | null {
  if (sides.subject.encoding === sides.baseline.encoding) return null;
  const { subject, baseline } = eachSide(sides, ({ avgPayloadBytes }) => avgPayloadBytes);
  const smaller = subject.kind === "seen" && baseline.kind === "seen"
    ? lowerOf({ subject: subject.value, baseline: baseline.value })
    : null;
  return {
    aspect: "Payload",
    ...eachSide(sides, payloadText),
    effect: mayFavour(
      smaller,
      smaller === null
        ? "the encodings differ, and with them what a byte of payload carries"
        : "fewer bytes are sent and read, heads and framing not counted",
    ),
    severity: "inherent",
  };
}

function payloadText({ encoding, avgPayloadBytes: bytes }: SideFacts): string {
  const size = bytes.kind === "seen" ? ` of ${Math.round(bytes.value)} bytes on average` : "";
  return `${encoding}${size}: ${SIZE_TEXT[encoding]}`;
}
