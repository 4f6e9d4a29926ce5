import assert from "node:assert/strict";
import { orderEffect } from "../../../lib/stats/judge/order_effect.ts";
import { inProcessOverriding as inProcess } from "../../support/in_process.ts";
import { type Answering, withObservingServers } from "../../support/observing_servers.ts";
import { validReport } from "../../support/saved_document.ts";
import { simulateBackend, type SimulatedBackend } from "../../support/simulated_cache.ts";
import { normals, ROUGH, uniforms, wanderingMachine } from "../../support/simulated_contest.ts";

const MARGIN_PERCENT = 5;

type Setting = Omit<SimulatedBackend, "serviceMs">;

const SETTING: Setting = {
  requests: 2000,
  concurrency: 20,
  userIdRange: { min: 1, max: 10_000 },
  warmUpRequests: 250,
};

/** One cache behind both sides: 10 to 20 ms to fill it, about 1 ms from it. */
function effectOfCache(setting: Setting, seed: number) {
  const random = uniforms(seed);
  const cached = new Set<number>();
  const serviceMs = (_side: string, userId: number) => {
    if (cached.has(userId)) return 1 + 0.3 * random();
    cached.add(userId);
    return 10 + 10 * random();
  };
  return orderEffect(simulateBackend({ ...setting, serviceMs }, seed), MARGIN_PERCENT);
}

const ranges: readonly (readonly [text: string, setting: Partial<Setting>])[] = [
  ["2,000 requests for 10,000 ids", {}],
  ["5,000 requests for 10,000 ids", { requests: 5000 }],
  ["2,000 requests for 1,000 ids", { userIdRange: { min: 1, max: 1000 } }],
  ["2,000 requests for 200 ids, the cache being cold", {
    userIdRange: { min: 501, max: 700 },
    warmUpRequests: 0,
  }],
  ["5,000 requests for more ids than are told apart", {
    requests: 5000,
    userIdRange: { min: 1, max: 2 ** 31 - 1 },
  }],
];

for (const [text, setting] of ranges) {
  Deno.test(`one cache behind both sides is told of in 20 of 20 runs: ${text}`, () => {
    for (let seed = 1; seed <= 20; seed++) {
      const effect = effectOfCache({ ...SETTING, ...setting }, seed);
      assert(effect?.told, `seed ${seed}: ${JSON.stringify(effect)}`);
      // 1.15 ms against 15 ms.
      assert(effect.low < 0.077 && effect.high > 0.077, JSON.stringify(effect));
    }
  });
}

/** On a machine that is slow for half a block at a time, and some ids cost more than others. */
function effectWithout(setting: Setting, seed: number, cachesOfOwn: boolean) {
  const random = uniforms(seed);
  const normal = normals(random);
  const machine = wanderingMachine(ROUGH, random, normal);
  const cached = { rest: new Set<number>(), grpc: new Set<number>() };
  let state = normal();
  const serviceMs: SimulatedBackend["serviceMs"] = (side, userId) => {
    state = ROUGH.autocorrelation * state + Math.sqrt(1 - ROUGH.autocorrelation ** 2) * normal();
    const known = cached[side].has(userId) || !cachesOfOwn;
    cached[side].add(userId);
    return 2 * Math.exp(ROUGH.spread * state) * machine() * (userId % 10 === 0 ? 4 : 1) *
      (known ? 1 : 5);
  };
  return orderEffect(simulateBackend({ ...setting, serviceMs }, seed), MARGIN_PERCENT);
}

for (const cachesOfOwn of [false, true]) {
  const text = cachesOfOwn ? "each side with a cache of its own" : "no cache at all";
  Deno.test(`a drifting machine is no order effect in at least 98 of 100 runs: ${text}`, () => {
    const settings = [SETTING, {
      ...SETTING,
      userIdRange: { min: 1, max: 300 },
      warmUpRequests: 0,
    }];
    for (const setting of settings) {
      let told = 0;
      for (let seed = 1; seed <= 100; seed++) {
        if (effectWithout(setting, seed, cachesOfOwn)?.told) told++;
      }
      assert(told <= 2, `${told} of 100`);
    }
  });
}

Deno.test("where everything was asked for before, or nothing ever again, there is nothing to tell", () => {
  const warm = { ...SETTING, userIdRange: { min: 1, max: 20 } };
  assert.equal(effectOfCache(warm, 1), null);
  assert.equal(orderEffect([], MARGIN_PERCENT), null);
});

/** A backend that both servers ask; what it was asked for before it knows. */
function sharedBackend(): Answering {
  const cached = new Set<number>();
  return ({ userIds }) => {
    const userId = userIds.at(-1)!;
    if (cached.has(userId)) return Promise.resolve(true);
    cached.add(userId);
    return new Promise((resolve) => setTimeout(() => resolve(true), 40));
  };
}

const LOAD = ["-r", "400", "-c", "20", "--user-id-range", "1-1000", "--seed", "4", "-o", "json"];

Deno.test("a cache behind both servers is told of in the conclusion, the notes and the document", async () => {
  const backend = sharedBackend();
  await withObservingServers(async ({ targets }) => {
    const { stdout } = await inProcess([...targets, ...LOAD, "--schedule", "interleaved"]);
    const report = validReport(stdout);
    assert(report.order_effect?.told, JSON.stringify(report.order_effect));
    assert(report.order_effect.ratio < 0.8);
    const said =
      /^Order effect: requests that the other side had asked before were answered \d.* times as fast \(99% interval .*\): a cache behind both$/;
    assert(report.conclusion.some((line) => said.test(line)), report.conclusion.join("\n"));
    assert(
      report.notes.some((line) => /^Order effect: each side went first equally often/.test(line)),
    );
  }, { rest: backend, grpc: backend });
});

Deno.test("a sequential run warns of caches, and cannot tell of an order effect", async () => {
  await withObservingServers(async ({ targets }) => {
    const { stdout, stderr } = await inProcess([...targets, ...LOAD]);
    assert.match(
      stderr,
      /gRPC is measured after REST \(--schedule sequential\), and finds whatever caches/,
    );
    const report = validReport(stdout);
    assert.equal(report.order_effect, null);
    assert(report.notes.some((line) => /^Sequential: gRPC came second/.test(line)));
  });
});
