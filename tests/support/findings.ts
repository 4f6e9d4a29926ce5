import type { Finding, Findings } from "../../lib/stats/judge/contest.ts";
import { lowerIsBetter } from "../../lib/stats/judge/metric.ts";
import { CONTESTED_METRICS, type ContestedKey } from "../../lib/stats/judge/metrics.ts";
import type { Summary } from "../../lib/stats/judge/summary.ts";

/** As if blocks without scatter had shown these summaries: every lead is a win, however small. */
export function steadyFindings(subject: Summary, baseline: Summary): Findings {
  const findings = CONTESTED_METRICS.map(({ key, kind }): [ContestedKey, Finding] => {
    const [ours, theirs] = [subject[key], baseline[key]];
    if (ours === null || theirs === null) {
      const shortfall = { reason: "no-value" } as const;
      return [key, {
        measured: { kind: "lacking", shortfall },
        verdict: { kind: "unsupported", shortfall },
      }];
    }
    const share = kind === "share";
    const value = share ? ours - theirs : ours === theirs ? 1 : ours / theirs;
    return [key, {
      measured: {
        kind: "estimated",
        estimate: {
          scale: share ? "points" : "ratio",
          value,
          standardError: 0,
          degreesOfFreedom: 9,
        },
        interval: { confidence: 0.95, low: value, high: value },
      },
      verdict: ours === theirs
        ? { kind: "equivalent" }
        : { kind: "win", winner: (ours < theirs) === lowerIsBetter(kind) ? "subject" : "baseline" },
    }];
  });
  return Object.fromEntries(findings) as Findings;
}
