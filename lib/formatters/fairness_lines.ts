import type { Severity } from "../audit/fairness_finding.ts";
import type { FairnessRecord } from "../report/fairness_record.ts";
import { printable } from "../terminal/printable.ts";

const WIDTH = 80;
const BULLET = "    - ";
const INDENT = "      ";

const GROUPS: readonly (readonly [severity: Severity, title: string])[] = [
  ["notable", "Set up differently:"],
  ["inherent", "Inherent in the protocols:"],
  ["unseen", "Out of sight of these clients:"],
];

/** The console's section on what differs besides the protocol; no line is wider than 80 columns. */
export function fairnessLines(findings: readonly FairnessRecord[]): string[] {
  if (findings.length === 0) return ["FAIRNESS:", "  - Nothing differs besides the protocol"];
  return [
    "FAIRNESS:",
    ...GROUPS.flatMap(([wanted, title]) => {
      const group = findings.filter(({ severity }) => severity === wanted);
      return group.length === 0 ? [] : [`  ${title}`, ...group.flatMap(linesOf)];
    }),
  ];
}

function linesOf({ aspect, rest, grpc, effect }: FairnessRecord): string[] {
  return [
    ...wrapped(`${aspect}: REST ${rest}; gRPC ${grpc}`, BULLET),
    ...wrapped(effect, INDENT),
  ];
}

/** Breaks between words, and within one that is longer than a line. */
function wrapped(text: string, firstIndent: string): string[] {
  const room = WIDTH - INDENT.length;
  const lines: string[] = [];
  let line = "";
  for (const word of printable(text).split(" ").flatMap((it) => piecesOf(it, room))) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (longer.length <= room) {
      line = longer;
    } else {
      lines.push(line);
      line = word;
    }
  }
  lines.push(line);
  return lines.map((it, index) => (index === 0 ? firstIndent : INDENT) + it);
}

function piecesOf(word: string, length: number): string[] {
  const pieces = [word.slice(0, length)];
  for (let at = length; at < word.length; at += length) pieces.push(word.slice(at, at + length));
  return pieces;
}
