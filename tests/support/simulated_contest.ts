import { randomIntegers } from "../../lib/ids.ts";
import { cutIntoBlocks } from "../../lib/plan/schedule.ts";
import type { BlockPair, BlockTotals } from "../../lib/stats/record/block_totals.ts";
import { DurationDistribution } from "../../lib/stats/record/duration_distribution.ts";
import { FirstAskings } from "../../lib/stats/record/first_askings.ts";
import { type BySide, otherSide, type Side, SIDES } from "../../lib/stats/record/side.ts";
import { REST_BY_GRPC } from "../../lib/plan/pairing.ts";

/** Two servers on one machine whose speed wanders; response times in a simulated time of their own. */
export interface SimulatedContest {
  readonly requests: number;
  readonly concurrency: number;
  /** The subject's response time over the baseline's: the true ratio of every quantile and of the mean. */
  readonly trueRatio: number;
  readonly failureRate: BySide<number>;
  readonly noise: Noise;
}

/** Standard deviations are of the natural logarithm of a response time. */
export interface Noise {
  /** Of one request. */
  readonly spread: number;
  /** Of a request's logarithm with its predecessor's, between 0 and 1. */
  readonly autocorrelation: number;
  /** Of the machine's speed, which both sides share as far as they are close in time. */
  readonly drift: number;
  /** In requests: how long the machine's speed stays what it was. */
  readonly driftLength: number;
  /** How often, per request, the machine falls into a slow spell of `driftLength` requests. */
  readonly slowSpells: number;
  /** How much a slow spell multiplies the response time. */
  readonly slowdown: number;
}

/** A machine that is mostly left alone. */
export const CALM: Noise = {
  spread: 0.5,
  autocorrelation: 0.5,
  drift: 0.05,
  driftLength: 2000,
  slowSpells: 0.0001,
  slowdown: 1.3,
};

/** A machine that others use: requests hang together, and it is slow for half a block at a time. */
export const ROUGH: Noise = {
  spread: 0.5,
  autocorrelation: 0.9,
  drift: 0.3,
  driftLength: 300,
  slowSpells: 0.001,
  slowdown: 1.5,
};

/** A small run of two servers that are the same. */
export const EQUALS: SimulatedContest = {
  requests: 1000,
  concurrency: 10,
  trueRatio: 1,
  failureRate: { subject: 0, baseline: 0 },
  noise: CALM,
};

const MEDIAN_MS = 2;
const PAYLOAD_BYTES = 245;

/** Runs the contest in interleaved blocks; equal seeds give equal blocks. */
export function simulateContest(contest: SimulatedContest, seed: number): BlockPair[] {
  const { requests, concurrency } = contest;
  const random = uniforms(seed);
  const normal = normals(random);
  const machine = wanderingMachine(contest.noise, random, normal);
  const load = { kind: "closed" } as const;
  return cutIntoBlocks({ kind: "requests", requests }, { load, concurrency }, seed).map((block) => {
    if (block.extent.kind !== "requests") throw new Error("requests are cut into requests");
    const blockRequests = block.extent.requests;
    const run = (side: Side) => simulateSide(side, blockRequests, contest, random, normal, machine);
    const first = SIDES.find((side) => REST_BY_GRPC[side] === block.first)!;
    const ofFirst = run(first);
    const ofSecond = run(otherSide(first));
    return first === "subject"
      ? { subject: ofFirst, baseline: ofSecond }
      : { subject: ofSecond, baseline: ofFirst };
  });
}

/** The same contest with the seeds from 1 to `count`. */
export function simulateContests(contest: SimulatedContest, count: number): BlockPair[][] {
  return Array.from({ length: count }, (_, index) => simulateContest(contest, index + 1));
}

function simulateSide(
  side: Side,
  requests: number,
  { trueRatio, failureRate, noise, concurrency }: SimulatedContest,
  random: () => number,
  normal: () => number,
  machine: () => number,
): BlockTotals {
  const responseTime = new DurationDistribution();
  const medianMs = MEDIAN_MS * (side === "subject" ? trueRatio : 1);
  const innovation = Math.sqrt(1 - noise.autocorrelation ** 2);
  let state = normal();
  let busyMs = 0;
  let failures = 0;
  let failureSpells = 0;
  let succeeded = false;
  for (let request = 0; request < requests; request++) {
    state = noise.autocorrelation * state + innovation * normal();
    const durationMs = medianMs * Math.exp(noise.spread * state) * machine();
    busyMs += durationMs;
    if (random() < failureRate[side]) {
      if (failures === 0 || succeeded) failureSpells++;
      failures++;
      succeeded = false;
    } else {
      responseTime.record(durationMs);
      succeeded = true;
    }
  }
  return {
    responseTime: responseTime.buckets(),
    responseTimeSumMs: responseTime.sumMs,
    successes: responseTime.count,
    failures,
    timeouts: 0,
    failureSpells,
    failingMs: 0,
    payloadBytes: responseTime.count * PAYLOAD_BYTES,
    payloadSquares: responseTime.count * PAYLOAD_BYTES ** 2,
    durationMs: busyMs / concurrency,
    firstAskings: new FirstAskings().snapshot(),
  };
}

/** The machine's factor on a response time, one request further at each call. */
export function wanderingMachine(
  noise: Noise,
  random: () => number,
  normal: () => number,
): () => number {
  const memory = Math.exp(-1 / noise.driftLength);
  const innovation = Math.sqrt(1 - memory ** 2);
  let state = normal();
  let slowFor = 0;
  return () => {
    state = memory * state + innovation * normal();
    if (slowFor > 0) slowFor--;
    else if (random() < noise.slowSpells) slowFor = Math.round(noise.driftLength);
    return Math.exp(noise.drift * state) * (slowFor > 0 ? noise.slowdown : 1);
  };
}

export function uniforms(seed: number): () => number {
  const next = randomIntegers(seed);
  return () => (next(0, 2 ** 31 - 2) + 0.5) / (2 ** 31 - 1);
}

/** Box and Muller, in pairs. */
export function normals(random: () => number): () => number {
  let spare: number | null = null;
  return () => {
    if (spare !== null) {
      const value = spare;
      spare = null;
      return value;
    }
    const radius = Math.sqrt(-2 * Math.log(random()));
    const angle = 2 * Math.PI * random();
    spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  };
}
