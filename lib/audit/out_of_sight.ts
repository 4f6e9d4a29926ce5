import type { Sight } from "../requests/sight.ts";
import { mayFavour } from "./effect.ts";
import { type BySide, eachSide } from "../stats/record/side.ts";
import type { FairnessFinding } from "./fairness_finding.ts";
import type { SideFacts } from "./side_facts.ts";

const WATCHED: readonly (readonly [name: string, sightOf: (side: SideFacts) => Sight<unknown>])[] =
  [
    ["connections", (side) => side.connectionsOpened],
    ["keep-alive", (side) => side.keepAlive],
    ["stream limit", (side) => side.streamLimit],
    ["HTTP version", (side) => side.httpVersions],
    ["compression", (side) => side.contentCodings],
    ["content", (side) => side.content],
  ];

/** What nobody could see on a side: to say nothing of it would read as if there were no difference. */
export function outOfSight(sides: BySide<SideFacts>): FairnessFinding | null {
  const unseen = eachSide(sides, unseenText);
  if (unseen.subject === null && unseen.baseline === null) return null;
  const seesLess = [sides.subject, sides.baseline].some(({ client }) => client !== "wire");
  return {
    aspect: "Not visible",
    ...eachSide(unseen, (text) => text ?? "nothing"),
    effect: mayFavour(
      null,
      seesLess
        ? "what is here cannot be told; --client wire sees more"
        : "what is here cannot be told",
    ),
    severity: "unseen",
  };
}

/** @returns The names of what is out of sight, by reason; `null` where nothing is. */
function unseenText(side: SideFacts): string | null {
  const namesByReason = new Map<string, string[]>();
  for (const [name, sightOf] of WATCHED) {
    const sight = sightOf(side);
    if (sight.kind === "seen") continue;
    const names = namesByReason.get(sight.reason) ?? [];
    namesByReason.set(sight.reason, [...names, name]);
  }
  if (namesByReason.size === 0) return null;
  return [...namesByReason].map(([reason, names]) => `${names.join(", ")} (${reason})`).join(", ");
}
