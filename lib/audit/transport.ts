/** How requests travel: what may differ there. Each function looks at one aspect; `null` is no difference. */
import type { KeepAlive, StreamLimit } from "../clients/observations.ts";
import type { ClientName } from "../clients/protocol.ts";
import type { Sight } from "../requests/sight.ts";
import { type BySide, eachSide, otherSide } from "../stats/record/side.ts";
import { lowerOf, mayFavour, otherThan } from "./effect.ts";
import type { FairnessFinding } from "./fairness_finding.ts";
import type { Sharing, SideFacts } from "./side_facts.ts";
import { sidedText } from "./sided_text.ts";

const CLIENT_TEXT: Readonly<Record<ClientName, string>> = {
  "fetch": "the runtime's fetch",
  "grpc-js": "grpc-js, in JavaScript",
  "wire": "protoduel's own",
};

/** Measured: grpc-js takes two to three times the processor time of fetch for a request. */
const COST_RANK: Readonly<Record<ClientName, number>> = { "wire": 0, "fetch": 1, "grpc-js": 2 };

export function client(sides: BySide<SideFacts>): FairnessFinding | null {
  const cheaper = lowerOf(eachSide(sides, ({ client }) => COST_RANK[client]));
  if (cheaper === null) return null;
  const side = otherSide(cheaper);
  return {
    aspect: "Client",
    ...eachSide(sides, ({ client }) => CLIENT_TEXT[client]),
    effect: mayFavour(
      cheaper,
      sidedText`the client of ${{ side }} costs more per request; --client wire leaves that out`,
    ),
    severity: "notable",
  };
}

export function tls(sides: BySide<SideFacts>): FairnessFinding | null {
  const inTheClear = otherThan(eachSide(sides, ({ tls }) => tls));
  if (inTheClear === null) return null;
  return {
    aspect: "TLS",
    ...eachSide(sides, ({ tls }) => tls ? "TLS" : "in the clear"),
    effect: mayFavour(inTheClear, "it shakes no hands and encrypts nothing"),
    severity: "notable",
  };
}

export function httpVersion(sides: BySide<SideFacts>): FairnessFinding | null {
  const { subject, baseline } = eachSide(sides, ({ httpVersions }) => httpVersions);
  if (subject.kind === "unseen" || baseline.kind === "unseen") return null;
  const versions = { subject: subject.value.join(", "), baseline: baseline.value.join(", ") };
  const multiplexed = eachSide(sides, isMultiplexed);
  if (multiplexed.subject && multiplexed.baseline) {
    const effect = ["Favours neither: both share connections, unlike REST over HTTP/1.1"];
    return { aspect: "HTTP version", ...versions, effect, severity: "notable" };
  }
  if (versions.subject === versions.baseline) return null;
  const behind = otherThan(multiplexed);
  const ahead = behind === null ? null : otherSide(behind);
  if (Object.values(versions).some((text) => text.includes("HTTP/1.0"))) {
    const why = "HTTP/1.0 closes a connection after each answer unless told otherwise";
    return {
      aspect: "HTTP version",
      ...versions,
      effect: mayFavour(ahead, why),
      severity: "notable",
    };
  }
  const why = "HTTP/2 packs many requests into a packet, and their heads into few bytes";
  return {
    aspect: "HTTP version",
    ...versions,
    effect: mayFavour(ahead, why),
    severity: "inherent",
  };
}

const SHARING_TEXT: Readonly<Record<Sharing, string>> = {
  "one-at-a-time": "one request at a time on each",
  "multiplexed": "shared by the requests in flight",
};

export function connections(sides: BySide<SideFacts>): FairnessFinding | null {
  const { subject, baseline } = eachSide(sides, ({ sharing }) => sharing);
  if (subject.kind === "unseen" || baseline.kind === "unseen") return null;
  const opened = eachSide(sides, ({ connectionsOpened }) => connectionsOpened);
  const textOf = (count: Sight<number>, sharing: Sharing) =>
    `${count.kind === "seen" ? count.value : "unknown number"}, ${SHARING_TEXT[sharing]}`;
  const finding = {
    aspect: "Connections",
    subject: textOf(opened.subject, subject.value),
    baseline: textOf(opened.baseline, baseline.value),
  };
  if (subject.value !== baseline.value) {
    const why = "sharing saves packets and system calls, many spread over a server's threads";
    return { ...finding, effect: mayFavour(null, why), severity: "inherent" };
  }
  if (opened.subject.kind === "unseen" || opened.baseline.kind === "unseen") return null;
  const fewer = lowerOf({ subject: opened.subject.value, baseline: opened.baseline.value });
  if (fewer === null) return null;
  const why = "more connections spread over more of a server's threads";
  return { ...finding, effect: mayFavour(otherSide(fewer), why), severity: "notable" };
}

/** Seldomer than this, what a new connection costs is lost among the requests. */
const FREQUENT_END_SHARE = 0.01;

export function keepAlive(sides: BySide<SideFacts>): FairnessFinding | null {
  const keeping = otherThan(eachSide(sides, endsOften));
  if (keeping === null) return null;
  const side = otherSide(keeping);
  return {
    aspect: "Keep-alive",
    ...eachSide(sides, keepAliveText),
    effect: mayFavour(
      keeping,
      sidedText`${{ side }} pays for new connections again and again, in its response times`,
    ),
    severity: "notable",
  };
}

function endsOften({ keepAlive, requests }: SideFacts): boolean {
  if (keepAlive.kind === "unseen") return false;
  const { value } = keepAlive;
  return value.kind === "announced"
    ? value.closes
    : requests > 0 && value.ended / requests > FREQUENT_END_SHARE;
}

function keepAliveText(side: SideFacts): string {
  const { keepAlive, requests } = side;
  if (keepAlive.kind === "unseen") return `unknown (${keepAlive.reason})`;
  if (!endsOften(side)) return "kept";
  const value: KeepAlive = keepAlive.value;
  if (value.kind === "announced") return "closed after an answer, as the first one said";
  return value.ended >= requests
    ? "closed after every answer"
    : `the server ended ${value.ended} connections in ${requests} requests`;
}

export function streamLimit(sides: BySide<SideFacts>): FairnessFinding | null {
  const free = otherThan(eachSide(sides, isHeldBack));
  if (free === null) return null;
  const side = otherSide(free);
  return {
    aspect: "Stream limit",
    ...eachSide(sides, streamLimitText),
    effect: mayFavour(
      free,
      sidedText`${{
        side,
      }} waits for a stream, which is in its response times and costs throughput`,
    ),
    severity: "notable",
  };
}

/** A limit that held nothing back made no difference. */
function isHeldBack({ streamLimit, streamWaitMs }: SideFacts): boolean {
  const isLimited = streamLimit.kind === "seen" && streamLimit.value.kind === "limited";
  return isLimited && (streamWaitMs.kind === "unseen" || streamWaitMs.value > 0);
}

function streamLimitText({ streamLimit, streamWaitMs }: SideFacts): string {
  if (streamLimit.kind === "unseen") return `unknown (${streamLimit.reason})`;
  const limit: StreamLimit = streamLimit.value;
  switch (limit.kind) {
    case "no-streams":
      return "none in HTTP/1";
    case "unlimited":
      return "none";
    case "limited": {
      const wait = streamWaitMs.kind === "seen"
        ? `, ${streamWaitMs.value.toFixed(2)} ms of waiting on average`
        : "";
      return `${limit.streams} to a connection${wait}`;
    }
  }
}

function isMultiplexed({ sharing }: SideFacts): boolean {
  return sharing.kind === "seen" && sharing.value === "multiplexed";
}
