import { LABELS, type ProtocolKey } from "../../lib/protocols/protocol.ts";
import { PRIMARY_METRIC } from "../../lib/stats/contest.ts";
import { median } from "../bench/median.ts";
import type { DelayServerOptions } from "./delay_server.ts";
import { measureFlawless, planFrom } from "./load_plan.ts";
import type { Part, Row } from "./part.ts";
import { withDelayServers } from "./server_processes.ts";

const REQUESTS = 5000;
const RUNS = { full: 100, short: 10 };
/** Few enough that the servers keep to their delays. */
const CONCURRENCY = 20;
const BASE_MS = 2;

/** A server against itself, made slower by so many percent on one side. */
export function powerPart(protocol: ProtocolKey, slowerPercent: 1 | 20): Part {
  const slowedMs = BASE_MS * (1 + slowerPercent / 100);
  const name = `${LABELS[protocol]} slowed by ${slowerPercent}%`;
  return {
    name,
    measure: async (effort) => {
      const { result, lateness } = await withDelayServers(
        [constant(BASE_MS), constant(slowedMs)],
        async ([base, slowed]) => {
          const estimates: number[] = [];
          let wins = 0;
          let wrong = 0;
          for (let seed = 1; seed <= RUNS[effort]; seed++) {
            // The slowed side changes, so that no habit of one side can pass for the slowing.
            const slowedSide: ProtocolKey = seed % 2 === 0 ? "rest" : "grpc";
            const targets = slowedSide === "rest"
              ? { rest: slowed![protocol], grpc: base![protocol] }
              : { rest: base![protocol], grpc: slowed![protocol] };
            const options = [
              ...["-r", String(REQUESTS), "-c", String(CONCURRENCY)],
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
              estimates.push(slowedSide === "rest" ? value : 1 / value);
            }
          }
          return { wins, wrong, estimates };
        },
      );
      return [rowFrom(name, slowerPercent, RUNS[effort], result, lateness.p99)];
    },
  };
}

function constant(ms: number): DelayServerOptions {
  return { model: { kind: "constant", ms }, seed: 1, stall: null };
}

function rowFrom(
  name: string,
  slowerPercent: 1 | 20,
  runs: number,
  { wins, wrong, estimates }: { wins: number; wrong: number; estimates: number[] },
  latenessP99Ms: number,
): Row {
  const toBeFound = slowerPercent === 20;
  const scatter = `median estimate ${median(estimates).toFixed(3)}`;
  return {
    measurement: `${name}, ${REQUESTS} requests: called a win at a margin of 5%`,
    promised: toBeFound ? "at least 95%" : "at most 5%",
    measured: `${wins} of ${runs}, ${wrong} for the wrong side (${scatter}, ` +
      `servers late by ${latenessP99Ms.toFixed(2)} ms at p99)`,
    kept: wrong === 0 && (toBeFound ? wins >= 0.95 * runs : wins + wrong <= 0.05 * runs),
  };
}
