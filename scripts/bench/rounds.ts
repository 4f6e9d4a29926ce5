import type { Contender, Reading } from "./contender.ts";
import { median, spread } from "./median.ts";

/** Ours, the peer's, and the ratios of rates, medians and 99th percentiles. */
export function figuresOf(readings: readonly Round[]): string[] {
  const rate = (who: "ours" | "peer") =>
    String(Math.round(median(readings.map((reading) => reading[who].requestsPerSecond))));
  return [
    ...[rate("ours"), rate("peer")],
    ...(["requestsPerSecond", "p50Ms", "p99Ms"] as const).map((key) => ratioOf(readings, key)),
  ];
}

export interface Round {
  readonly ours: Reading;
  readonly peer: Reading;
}

/** Runs both in turn, the first one changing, and keeps every reading. */
export async function alternate(
  rounds: number,
  address: string,
  ours: Contender,
  peer: Contender,
): Promise<Round[]> {
  const readings: Round[] = [];
  for (let round = 0; round < rounds; round++) {
    const oursFirst = round % 2 === 0;
    const early = await (oursFirst ? ours : peer).run(address);
    const late = await (oursFirst ? peer : ours).run(address);
    readings.push(oursFirst ? { ours: early, peer: late } : { ours: late, peer: early });
  }
  return readings;
}

function ratioOf(readings: readonly Round[], key: keyof Reading): string {
  const ratios = readings.map(({ ours, peer }) => (ours[key] ?? NaN) / (peer[key] ?? NaN));
  return ratios.some(Number.isNaN) ? "n/a" : `${median(ratios).toFixed(2)} × ${spread(ratios)}`;
}
