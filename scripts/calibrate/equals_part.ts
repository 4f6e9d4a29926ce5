import type { Lens } from "../../lib/clients/lens.ts";
import { LABELS, type ProtocolKey } from "../../lib/clients/protocol.ts";
import { planAgainstItself } from "../../lib/self_test/self_test.ts";
import {
  type EqualsSummary,
  EqualsTally,
  PROMISE,
  SCATTERED_METRICS,
  type SeenShare,
} from "../../lib/self_test/equals_tally.ts";
import { measureFlawless, planFrom } from "./load_plan.ts";
import type { Part, Row } from "./part.ts";
import { withReferenceServers } from "./server_processes.ts";

const REQUESTS = 2000;
const RUNS = { full: 200, short: 20 };

/** A reference server against itself: how often the method finds what is not there. */
export function equalsPart(protocol: ProtocolKey, lens: Lens): Part {
  const pair = `${LABELS[protocol]}/${LABELS[protocol]}, ${lens}`;
  return {
    name: `A/A ${pair}`,
    measure: (effort) =>
      withReferenceServers(0, async (targets) => {
        const tally = new EqualsTally();
        for (let seed = 1; seed <= RUNS[effort]; seed++) {
          const options = ["-r", String(REQUESTS), "--client", lens, "--seed", String(seed)];
          const plan = planAgainstItself(planFrom(options, targets), protocol);
          tally.add((await measureFlawless(plan)).findings);
        }
        return rowsFrom(pair, tally.summary());
      }),
  };
}

function rowsFrom(pair: string, { primaryWinners, anyWinners, coverage }: EqualsSummary): Row[] {
  const { primaryWinners: mostPrimary, anyWinners: mostAny, coverage: { least, most } } = PROMISE;
  const covered = (key: typeof SCATTERED_METRICS[number]): Row => {
    const share = coverage[key].count / coverage[key].trials;
    return {
      measurement: `A/A ${pair}: 95% intervals that hold the truth, ${key}`,
      promised: `${100 * least}% to ${100 * most}%`,
      measured: shareText(coverage[key]),
      kept: share >= least && share <= most,
    };
  };
  return [
    {
      measurement: `A/A ${pair}: winners on the median`,
      promised: `at most ${100 * mostPrimary}%`,
      measured: shareText(primaryWinners),
      kept: primaryWinners.count <= mostPrimary * primaryWinners.trials,
    },
    {
      measurement: `A/A ${pair}: winners on any metric`,
      promised: `at most ${100 * mostAny}%`,
      measured: shareText(anyWinners),
      kept: anyWinners.count <= mostAny * anyWinners.trials,
    },
    // A percentile that so short a run cannot carry has no interval.
    ...SCATTERED_METRICS.filter((key) => coverage[key].trials > 0).map(covered),
  ];
}

function shareText({ count, trials, interval: { low, high } }: SeenShare): string {
  const percent = (share: number) => `${(100 * share).toFixed(1)}%`;
  return `${count} of ${trials} = ${percent(count / trials)} ` +
    `(${percent(low)} to ${percent(high)})`;
}
