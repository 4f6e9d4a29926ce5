import assert from "node:assert/strict";
import { randomIntegers } from "../lib/ids.ts";
import { NO_FILL, runClosedLoop } from "../lib/runners/closed_loop.ts";
import { meanOccupationMs } from "../lib/runners/occupation.ts";
import { cutIntoBlocks } from "../lib/schedule.ts";
import { SimulatedServer } from "./support/simulated_server.ts";
import { SimulatedTime } from "./support/simulated_time.ts";

/** A server, and how many requests a second it makes with so many in flight, for ever. */
interface Circumstance {
  readonly name: string;
  readonly serve: (time: SimulatedTime) => SimulatedServer;
  readonly truePerSecond: (concurrency: number) => number;
}

const random = randomIntegers(7);
const uniform = () => random(1, 2 ** 31 - 1) / 2 ** 31;
const normal = () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());

/** So many of a hundred are slow, spread evenly over them. */
function slowOnes(ofHundred: number, slowMs: number, usualMs: number) {
  return (time: SimulatedTime) => {
    let slow = 0;
    return new SimulatedServer(time, () => {
      slow += ofHundred;
      if (slow < 100) return usualMs;
      slow -= 100;
      return slowMs;
    });
  };
}

const perSecondAt = (meanMs: number) => (concurrency: number) => concurrency * 1000 / meanMs;

const CIRCUMSTANCES: readonly Circumstance[] = [
  {
    name: "a constant delay of 2 ms",
    serve: (time) => new SimulatedServer(time, () => 2),
    truePerSecond: perSecondAt(2),
  },
  {
    name: "6% of the answers after 200 ms",
    serve: slowOnes(6, 200, 2),
    truePerSecond: perSecondAt(0.06 * 200 + 0.94 * 2),
  },
  {
    name: "1% of the answers after 1 s",
    serve: slowOnes(1, 1000, 2),
    truePerSecond: perSecondAt(0.01 * 1000 + 0.99 * 2),
  },
  {
    name: "lognormal delays",
    serve: (time) => new SimulatedServer(time, () => 5 * Math.exp(0.5 * normal())),
    truePerSecond: perSecondAt(5 * Math.exp(0.5 ** 2 / 2)),
  },
  {
    name: "a saturated server that answers in turn",
    serve: (time) => new SimulatedServer(time, () => 1, 1),
    truePerSecond: () => 1000,
  },
  {
    name: "a saturated server with four processors and chance in its work",
    serve: (time) => new SimulatedServer(time, () => -4 * Math.log(uniform()), 4),
    truePerSecond: () => 1000,
  },
];

/** What a run in blocks reports, each block with places that were filled before it counts. */
async function throughputOf(
  { serve }: Circumstance,
  requests: number,
  concurrency: number,
  filled = true,
): Promise<number> {
  const time = new SimulatedTime();
  const server = serve(time);
  const plan = { load: { kind: "closed" }, concurrency } as const;
  let totalMs = 0;
  for (const { extent } of cutIntoBlocks({ kind: "requests", requests }, plan, 1)) {
    assert(extent.kind === "requests");
    let [counted, fill] = [extent.requests, concurrency];
    const ended = runClosedLoop({
      userIds: () => counted-- > 0 ? 1 : null,
      fillIds: filled ? () => fill-- > 0 ? 1 : null : NO_FILL,
      concurrency,
      send: server.send,
      record: () => {},
      interrupt: new AbortController().signal,
      clock: time.clock,
    });
    await time.run();
    totalMs += meanOccupationMs((await ended).occupation);
  }
  return requests / totalMs * 1000;
}

for (const circumstance of CIRCUMSTANCES) {
  Deno.test(`closed throughput is that of a load without an end: ${circumstance.name}`, async () => {
    for (const concurrency of [20, 100]) {
      const truth = circumstance.truePerSecond(concurrency);
      for (const [requests, tolerance] of [[1000, 0.1], [4000, 0.05], [40_000, 0.05]] as const) {
        const reported = await throughputOf(circumstance, requests, concurrency);
        const name = `${requests} requests, ${concurrency} in flight: ${reported}, not ${truth}`;
        assert(Math.abs(reported / truth - 1) <= tolerance, name);
      }
    }
  });
}

Deno.test("without a fill each block's first requests find a saturated server idle", async () => {
  const saturated = CIRCUMSTANCES.find(({ name }) => name.includes("in turn"))!;
  // N requests at c in flight and m a second: m / (1 − c / 2 N), at five rounds a block.
  const reported = await throughputOf(saturated, 4000, 80, false);
  assert(Math.abs(reported - 1000 / (1 - 1 / 10)) < 5, String(reported));
});
