import { LABELS, type ProtocolKey } from "../../lib/clients/protocol.ts";
import { PRIMARY_METRIC } from "../../lib/stats/judge/contest.ts";
import type { Side } from "../../lib/stats/record/side.ts";
import { median } from "../bench/median.ts";
import type { DelayServerOptions } from "./delay_server.ts";
import { measureFlawless, planFrom } from "./load_plan.ts";
import type { Part, Row } from "./part.ts";
import { SERVER_CORE } from "./pinned.ts";
import { type Targets, withDelayServers, withReferenceServers } from "./server_processes.ts";

const REQUESTS = 5000;
const RUNS = { full: 100, short: 10 };
const DELAY_MS = 2;
/**
 * By how many percent the reference servers are slowed: from and to latencies in whole milliseconds, which
 * is what they take. A core can keep up with more in flight where each waits longer.
 */
const REFERENCE_LATENCIES = {
  1: { baseMs: 100, slowedMs: 101, concurrency: 200 },
  20: { baseMs: 5, slowedMs: 6, concurrency: 20 },
};

/** What a server is slowed from and to, and how such a pair is started. */
interface SlowedServers {
  readonly name: string;
  /** Few enough that the delay decides, and not the server's core. */
  readonly concurrency: number;
  run<T>(use: (base: Targets, slowed: Targets) => Promise<T>): Promise<T>;
}

/** Servers with an exact delay. */
export function delayPowerPart(protocol: ProtocolKey, slowerPercent: 1 | 20): Part {
  const slowedMs = DELAY_MS * (1 + slowerPercent / 100);
  return powerPart(protocol, slowerPercent, {
    name: `${LABELS[protocol]} with a delay of ${DELAY_MS} ms`,
    concurrency: 20,
    run: async (use) => {
      const { result } = await withDelayServers(
        [constant(DELAY_MS), constant(slowedMs)],
        SERVER_CORE,
        ([base, slowed]) => use(base!, slowed!),
      );
      return result;
    },
  });
}

/** The reference servers as they are, with the latency that users can give them. */
export function referencePowerPart(protocol: ProtocolKey, slowerPercent: 1 | 20): Part {
  const { baseMs, slowedMs, concurrency } = REFERENCE_LATENCIES[slowerPercent];
  return powerPart(protocol, slowerPercent, {
    name: `the reference ${LABELS[protocol]} server with a latency of ${baseMs} ms`,
    concurrency,
    run: (use) =>
      withReferenceServers(
        baseMs,
        (base) => withReferenceServers(slowedMs, (slowed) => use(base, slowed)),
      ),
  });
}

/** A server against itself, made slower by so many percent on one side. */
function powerPart(
  protocol: ProtocolKey,
  slowerPercent: 1 | 20,
  servers: SlowedServers,
): Part {
  const name = `power, ${servers.name}, slowed by ${slowerPercent}%`;
  return {
    name,
    measure: async (effort) => {
      const runs = RUNS[effort];
      const found = await servers.run((base, slowed) =>
        contestRepeatedly(protocol, base, slowed, servers.concurrency, runs)
      );
      return [rowFrom(name, slowerPercent, runs, found)];
    },
  };
}

/** How often a win was called, for either side, and how large the difference was found to be. */
interface Found {
  readonly wins: number;
  readonly wrong: number;
  readonly estimates: readonly number[];
}

async function contestRepeatedly(
  protocol: ProtocolKey,
  base: Targets,
  slowed: Targets,
  concurrency: number,
  runs: number,
): Promise<Found> {
  const estimates: number[] = [];
  let wins = 0;
  let wrong = 0;
  for (let seed = 1; seed <= runs; seed++) {
    // The slowed side changes, so that no habit of one side can pass for the slowing.
    const slowedSide: Side = seed % 2 === 0 ? "subject" : "baseline";
    const targets = slowedSide === "subject"
      ? { rest: slowed[protocol], grpc: base[protocol] }
      : { rest: base[protocol], grpc: slowed[protocol] };
    const options = [
      ...["-r", String(REQUESTS), "-c", String(concurrency)],
      ...["--client", "wire", "--seed", String(seed)],
    ];
    const plan = {
      ...planFrom(options, targets),
      contenders: { rest: protocol, grpc: protocol },
    };
    const { measured, verdict } = (await measureFlawless(plan)).findings[PRIMARY_METRIC];
    if (verdict.kind === "win") verdict.winner === slowedSide ? wrong++ : wins++;
    if (measured.kind === "estimated") {
      const { value } = measured.estimate;
      estimates.push(slowedSide === "subject" ? value : 1 / value);
    }
  }
  return { wins, wrong, estimates };
}

function constant(ms: number): DelayServerOptions {
  return { model: { kind: "constant", ms }, seed: 1, stalls: null, service: "at-once" };
}

function rowFrom(
  name: string,
  slowerPercent: 1 | 20,
  runs: number,
  { wins, wrong, estimates }: Found,
): Row {
  const toBeFound = slowerPercent === 20;
  const scatter = `median estimate ${median(estimates).toFixed(3)}`;
  return {
    measurement: `${name}, ${REQUESTS} requests: called a win at a margin of 5%`,
    promised: toBeFound ? "at least 95%" : "at most 5%",
    measured: `${wins} of ${runs}, ${wrong} for the wrong side (${scatter})`,
    kept: wrong === 0 && (toBeFound ? wins >= 0.95 * runs : wins + wrong <= 0.05 * runs),
  };
}
