// deno-lint-ignore-file no-console -- a table on the terminal is all that this script makes
import { type Cost, costOf } from "./contender.ts";
import { median, spread } from "./median.ts";
import { startGrpcServer, startRestServer } from "./servers.ts";
import { tableLine } from "./table_line.ts";

const FEW_REQUESTS = 10_000;
const MANY_REQUESTS = 3_000_000;
/** Per protocol; after these every thread has compiled what it runs. */
const STARTING_REQUESTS = 200_000;
const WORKER_REQUESTS = 1_000_000;
/** A thread's, so that a thread reads and writes as much at a time beside another one as alone. */
const CONCURRENCY = 100;

/** What a run with the wire clients takes, over REST and gRPC together. */
export async function printCostTable(rounds: number, wanted: string): Promise<void> {
  const rows = ROWS.filter(({ name }) => name.includes(wanted));
  if (rows.length === 0) return;
  const [rest, grpc] = [await startRestServer(), await startGrpcServer()];
  const run: Run = (requests, workers) =>
    costOf(rest.address, grpc.address, {
      extent: ["-r", String(requests)],
      workers,
      concurrency: workers * CONCURRENCY,
    });
  console.log(tableLine(["wire clients", "one", "other", "difference"]));
  console.log(tableLine(Array(4).fill("---")));
  try {
    for (const { name, measure } of rows) {
      console.log(
        tableLine([name, ...await measure(run, rounds) ?? ["skipped: no GNU time here"]]),
      );
    }
  } finally {
    await Promise.all([rest.stop(), grpc.stop()]);
  }
}

/** @returns `null` where what it measures with is not installed. */
type Run = (requests: number, workers: number) => Promise<Cost | null>;

const ROWS = [
  { name: "CPU seconds per million requests, two workers beside one", measure: compareWorkers },
  { name: "peak memory, 3,000,000 requests beside 10,000", measure: compareMemory },
];

/**
 * Both on the one core that clients have: with a second core, the second thread would take from the
 * servers, and the servers from it, which says nothing of a machine that has a core for each. What it
 * takes to start and to compile is measured apart and left out.
 */
async function compareWorkers(run: Run, rounds: number): Promise<string[] | null> {
  const perMillion: { one: number; two: number }[] = [];
  for (let round = 0; round < rounds; round++) {
    const [one, two] = [await marginalCpu(run, 1), await marginalCpu(run, 2)];
    if (one === null || two === null) return null;
    perMillion.push({ one, two });
  }
  const ratios = perMillion.map(({ one, two }) => two / one);
  return [
    ...(["one", "two"] as const).map((key) => seconds(median(perMillion.map((it) => it[key])))),
    `${median(ratios).toFixed(2)} × ${spread(ratios)}`,
  ];
}

async function marginalCpu(run: Run, workers: number): Promise<number | null> {
  const short = await run(STARTING_REQUESTS, workers);
  const long = await run(STARTING_REQUESTS + WORKER_REQUESTS, workers);
  if (short === null || long === null) return null;
  return (long.cpuSeconds - short.cpuSeconds) / (2 * WORKER_REQUESTS) * 1e6;
}

/** Once: it hardly varies, and takes as long as it takes. */
async function compareMemory(run: Run): Promise<string[] | null> {
  const [few, many] = [await run(FEW_REQUESTS, 1), await run(MANY_REQUESTS, 1)];
  if (few === null || many === null) return null;
  const difference = many.peakMegabytes - few.peakMegabytes;
  return [megabytes(few.peakMegabytes), megabytes(many.peakMegabytes), megabytes(difference)];
}

function seconds(value: number): string {
  return `${value.toFixed(2)} s`;
}

function megabytes(value: number): string {
  return `${value.toFixed(0)} MB`;
}
