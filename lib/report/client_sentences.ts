import type { Lens } from "../clients/lens.ts";
import { LABELS, type ProtocolLabel } from "../clients/protocol.ts";
import { CONTENDERS } from "../plan/contender.ts";
import type {
  Advice,
  ClientCheck,
  ClientEvidence,
  ClientVerdict,
} from "../client_part/client_bound.ts";

type ClientBound = Extract<ClientVerdict, { readonly kind: "client-bound" }>;

/** Says what a reader must know of the client's part in a result: nothing where it has none. */
export function clientSentences(
  check: ClientCheck,
  { lens, concurrency }: { readonly lens: Lens; readonly concurrency: number },
): string[] {
  const bound = CONTENDERS.flatMap((contender) => {
    const verdict = check[contender];
    return verdict.kind === "client-bound" ? [{ label: LABELS[contender], verdict }] : [];
  });
  return [
    ...bound.map(({ label, verdict }) => boundSentence(label, verdict, lens, concurrency)),
    ...differenceSentences(check),
    ...adviceSentences(bound.map(({ verdict }) => verdict)),
    ...unknownSentences(check),
  ];
}

function boundSentence(
  label: ProtocolLabel,
  { grounds, seen }: ClientBound,
  lens: Lens,
  concurrency: number,
): string {
  const { floorMedianMs, measuredMedianMs } = seen;
  if (!grounds.includes("floor") || floorMedianMs === null || measuredMedianMs === null) {
    return `${label} is client-bound: the ${lens} client had no CPU time left (${
      businessOf(seen)
    })`;
  }
  return `${label} is client-bound: at ${concurrency} in flight the ${lens} client measured a median of ` +
    `${milliseconds(measuredMedianMs)}, and measures ${
      milliseconds(floorMedianMs)
    } against a server ` +
    `that does nothing (${businessOf(seen)})`;
}

function businessOf({ cpuShare, lagMedianMs }: ClientEvidence): string {
  const cpu = cpuShare === null ? [] : [`CPU ${Math.round(cpuShare * 100)}% busy`];
  const lag = lagMedianMs === null ? [] : [`event loop ${milliseconds(lagMedianMs)} late`];
  return [...cpu, ...lag].join(", ") || "its CPU was not watched";
}

function differenceSentences({ difference }: ClientCheck): string[] {
  if (difference.kind !== "explained-by-clients") return [];
  const [measured, clients] = [difference.measuredMs, difference.clientsMs].map(Math.abs);
  return [
    `The medians differ by ${milliseconds(measured!)}, the clients alone by ` +
    `${milliseconds(clients!)}: the difference says little of the servers`,
  ];
}

/** One sentence for both protocols, as one command line serves both. */
function adviceSentences(bound: readonly ClientBound[]): string[] {
  if (bound.length === 0) return [];
  const advice = new Map<Advice["kind"], Advice>();
  for (const item of bound.flatMap((verdict) => verdict.advice)) {
    const known = advice.get(item.kind);
    if (known === undefined || isStricter(item, known)) advice.set(item.kind, item);
  }
  if (advice.size === 0) {
    return ["The servers are faster than even this client can see: what they take is not known"];
  }
  const [first, ...others] = [...advice.values()].map(adviceText);
  const choices = others.length === 0 ? first : [first, ...others].join(", or ");
  return [`To see more of the servers than of the client: ${choices}`];
}

function isStricter(item: Advice, known: Advice): boolean {
  return item.kind === "set-rate" && known.kind === "set-rate" &&
    item.requestsPerSecond < known.requestsPerSecond;
}

function adviceText(advice: Advice): string {
  switch (advice.kind) {
    case "use-wire-client":
      return "--client wire";
    case "fewer-in-flight":
      return "fewer in flight (--concurrency)";
    case "set-rate":
      return `--rate ${advice.requestsPerSecond}`;
    case "more-workers":
      return `--workers ${advice.workers}`;
  }
}

function unknownSentences(check: ClientCheck): string[] {
  const unknown = CONTENDERS.flatMap((contender) => {
    const verdict = check[contender];
    return verdict.kind === "unknown" ? [{ label: LABELS[contender], reason: verdict.reason }] : [];
  });
  const [first, second] = unknown;
  if (first === undefined) return [];
  if (second !== undefined && second.reason === first.reason) {
    return [`What the clients themselves take is not known: ${first.reason}`];
  }
  return unknown.map(({ label, reason }) =>
    `What the ${label} client itself takes is not known: ${reason}`
  );
}

/** To a tenth, and where that would be too coarse to two digits. */
function milliseconds(durationMs: number): string {
  return `${durationMs < 1 ? Number(durationMs.toPrecision(2)) : durationMs.toFixed(1)} ms`;
}
