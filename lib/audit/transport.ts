/** How requests travel: what may differ there. Each function looks at one aspect; `null` is no difference. */
import type { KeepAlive, StreamLimit } from "../clients/observations.ts";
import type { ClientName } from "../clients/protocol.ts";
import { lowerOf, mayFavour, opposite, otherThan } from "./effect.ts";
import type { FairnessFinding } from "./fairness_finding.ts";
import type { Sharing, SideFacts } from "./side_facts.ts";

const CLIENT_TEXT: Readonly<Record<ClientName, string>> = {
  "fetch": "the runtime's fetch",
  "grpc-js": "grpc-js, in JavaScript",
  "wire": "protoduel's own",
};

/** Measured: grpc-js takes two to three times the processor time of fetch for a request. */
const COST_RANK: Readonly<Record<ClientName, number>> = { "wire": 0, "fetch": 1, "grpc-js": 2 };

export function client(rest: SideFacts, grpc: SideFacts): FairnessFinding | null {
  const cheaper = lowerOf({ rest: COST_RANK[rest.client], grpc: COST_RANK[grpc.client] });
  if (cheaper === null) return null;
  return {
    aspect: "Client",
    rest: CLIENT_TEXT[rest.client],
    grpc: CLIENT_TEXT[grpc.client],
    effect: mayFavour(
      cheaper,
      `the client of ${opposite(cheaper)} costs more per request; --client wire leaves that out`,
    ),
    severity: "notable",
  };
}

export function tls(rest: SideFacts, grpc: SideFacts): FairnessFinding | null {
  const inTheClear = otherThan({ rest: rest.tls, grpc: grpc.tls });
  if (inTheClear === null) return null;
  const textOf = (side: SideFacts) => side.tls ? "TLS" : "in the clear";
  return {
    aspect: "TLS",
    rest: textOf(rest),
    grpc: textOf(grpc),
    effect: mayFavour(inTheClear, "it shakes no hands and encrypts nothing"),
    severity: "notable",
  };
}

export function httpVersion(rest: SideFacts, grpc: SideFacts): FairnessFinding | null {
  if (rest.httpVersions.kind === "unseen" || grpc.httpVersions.kind === "unseen") return null;
  const versions = {
    rest: rest.httpVersions.value.join(", "),
    grpc: grpc.httpVersions.value.join(", "),
  };
  const multiplexed = { rest: isMultiplexed(rest), grpc: isMultiplexed(grpc) };
  if (multiplexed.rest && multiplexed.grpc) {
    const effect = "Favours neither: both share connections, unlike REST over HTTP/1.1";
    return { aspect: "HTTP version", ...versions, effect, severity: "notable" };
  }
  if (versions.rest === versions.grpc) return null;
  const behind = otherThan(multiplexed);
  const ahead = behind === null ? null : opposite(behind);
  if (`${versions.rest} ${versions.grpc}`.includes("HTTP/1.0")) {
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

export function connections(rest: SideFacts, grpc: SideFacts): FairnessFinding | null {
  if (rest.sharing.kind === "unseen" || grpc.sharing.kind === "unseen") return null;
  const textOf = ({ connectionsOpened: opened }: SideFacts, sharing: Sharing) =>
    `${opened.kind === "seen" ? opened.value : "unknown number"}, ${SHARING_TEXT[sharing]}`;
  const finding = {
    aspect: "Connections",
    rest: textOf(rest, rest.sharing.value),
    grpc: textOf(grpc, grpc.sharing.value),
  };
  if (rest.sharing.value !== grpc.sharing.value) {
    const why = "sharing saves packets and system calls, many spread over a server's threads";
    return { ...finding, effect: mayFavour(null, why), severity: "inherent" };
  }
  if (rest.connectionsOpened.kind === "unseen" || grpc.connectionsOpened.kind === "unseen") {
    return null;
  }
  const opened = { rest: rest.connectionsOpened.value, grpc: grpc.connectionsOpened.value };
  const fewer = lowerOf(opened);
  if (fewer === null) return null;
  const why = "more connections spread over more of a server's threads";
  return { ...finding, effect: mayFavour(opposite(fewer), why), severity: "notable" };
}

/** Seldomer than this, what a new connection costs is lost among the requests. */
const FREQUENT_END_SHARE = 0.01;

export function keepAlive(rest: SideFacts, grpc: SideFacts): FairnessFinding | null {
  const keeping = otherThan({ rest: endsOften(rest), grpc: endsOften(grpc) });
  if (keeping === null) return null;
  return {
    aspect: "Keep-alive",
    rest: keepAliveText(rest),
    grpc: keepAliveText(grpc),
    effect: mayFavour(
      keeping,
      `${opposite(keeping)} pays for new connections again and again, in its response times`,
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

export function streamLimit(rest: SideFacts, grpc: SideFacts): FairnessFinding | null {
  const free = otherThan({ rest: isHeldBack(rest), grpc: isHeldBack(grpc) });
  if (free === null) return null;
  return {
    aspect: "Stream limit",
    rest: streamLimitText(rest),
    grpc: streamLimitText(grpc),
    effect: mayFavour(
      free,
      `${opposite(free)} waits for a stream, which is in its response times and costs throughput`,
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
