import type { Lens } from "../../lib/clients/lens.ts";
import { LABELS, PROTOCOLS } from "../../lib/clients/protocol.ts";
import type { KneeRecord } from "../../lib/report/knee_record.ts";
import type { Effort, Part } from "./part.ts";
import { ALL_CORES, SERVER_CORE } from "./pinned.ts";
import { runProtoduel } from "./protoduel_process.ts";
import { withDelayServers } from "./server_processes.ts";

const RUNS: Readonly<Record<Effort, number>> = { full: 10, short: 1 };
const P99_LIMIT_MS = 200;
const TOLERANCE_PERCENT = 10;
const LONGEST_SECONDS = 60;

interface KneeRun {
  readonly knee: KneeRecord;
  /** Of the whole command, for both sides. */
  readonly seconds: number;
}

/** The knee of servers whose capacity is known: one request at a time, the others wait in line. */
export function kneePart(lens: Lens, capacityPerSecond: number): Part {
  return {
    name: `knee, ${lens}, ${capacityPerSecond}/s`,
    measure: async (effort) => {
      const model = { kind: "constant", ms: 1000 / capacityPerSecond } as const;
      const { result: runs } = await withDelayServers(
        [{ model, seed: 1, stalls: null, service: "in-line" }],
        SERVER_CORE,
        async ([targets]) => {
          const runs: KneeRun[] = [];
          for (let run = 0; run < RUNS[effort]; run++) {
            const startMs = performance.now();
            const { knee } = await runProtoduel(
              ["-r", "20", "--client", lens, "--no-client-check", "--knee", `${P99_LIMIT_MS}ms`],
              targets!,
              ALL_CORES,
            );
            runs.push({ knee: knee!, seconds: (performance.now() - startMs) / 1000 });
          }
          return runs;
        },
      );
      const longest = Math.max(...runs.map(({ seconds }) => seconds));
      return PROTOCOLS.map((side) => {
        const held = runs.map(({ knee }) => knee[side].held_rate ?? 0);
        const limits = new Set(runs.map(({ knee }) => knee[side].limited_by));
        const worst = Math.max(...held.map((rate) => Math.abs(rate / capacityPerSecond - 1)));
        return {
          measurement: `knee of ${capacityPerSecond}/s, ${
            LABELS[side]
          }, ${lens}, ${runs.length} runs`,
          promised: `within ${TOLERANCE_PERCENT}%, in ${LONGEST_SECONDS} s for both sides`,
          measured:
            `${Math.min(...held).toFixed(1)} to ${Math.max(...held).toFixed(1)}/s, limited ` +
            `by ${[...limits].join(" or ")}; at most ${longest.toFixed(0)} s`,
          kept: worst <= TOLERANCE_PERCENT / 100 && longest < LONGEST_SECONDS,
        };
      });
    },
  };
}
