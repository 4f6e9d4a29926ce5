import assert from "node:assert/strict";
import fc from "fast-check";
import type { ProtocolKey } from "../../lib/clients/protocol.ts";
import { Recorder } from "../../lib/stats/record/recorder.ts";
import { warmUp, type WarmUpScale } from "../../lib/measuring/warm_up.ts";
import type { WarmUp } from "../../lib/plan/warm_up.ts";

const ANY_FAILURE = {
  kind: "failure",
  errorType: "HTTP 500",
  cause: "",
  reason: { kind: "other" },
} as const;

/** What a warm-up does not look at. */
const WARMING = { occupation: { sumMs: 0, places: 0 }, pace: null, uncounted: 0, gaveUp: false };

/** Warms up on a simulated server, whose every stretch takes as long as `tookMs` says. */
async function simulate(
  plan: WarmUp,
  scale: WarmUpScale,
  tookMs: (stretch: number, requests: number) => number,
) {
  const stretches: { readonly protocol: ProtocolKey; readonly requests: number }[] = [];
  let nowMs = 0;
  const sent = await warmUp(plan, scale, (protocol, requests) => {
    const startMs = nowMs;
    nowMs += tookMs(stretches.length, requests);
    stretches.push({ protocol, requests });
    const recorder = new Recorder();
    for (let request = 0; request < requests; request++) recorder.record(ANY_FAILURE);
    const result = { recorder, startMs, endMs: nowMs, ...WARMING };
    return Promise.resolve(new Map([[protocol, result]]));
  }, () => nowMs);
  return { sent, stretches, tookMs: nowMs };
}

const requests = (count: number) => ({ kind: "requests", requests: count }) as const;
const AUTOMATIC = { kind: "automatic" } as const;

Deno.test("a warm-up that is off sends nothing, and one of a number that number to each protocol", async () => {
  const scale = { concurrency: 10, extent: requests(1000) };
  const off = await simulate({ kind: "off" }, scale, () => 1);
  assert.deepEqual([off.sent, off.stretches], [0, []]);
  const asked = await simulate({ kind: "requests", requests: 70 }, scale, () => 1);
  assert.equal(asked.sent, 70);
  assert.deepEqual(asked.stretches, [
    { protocol: "rest", requests: 70 },
    { protocol: "grpc", requests: 70 },
  ]);
});

Deno.test("an automatic warm-up gives both protocols the same, within a fifth of the run or one fill", async () => {
  const counts = fc.integer({ min: 1, max: 100_000 });
  await fc.assert(fc.asyncProperty(counts, fc.integer({ min: 1, max: 500 }), async (count, c) => {
    const scale = { concurrency: Math.min(c, count), extent: requests(count) };
    const { sent, stretches } = await simulate(AUTOMATIC, scale, (_, size) => size / 100);
    const of = (wanted: ProtocolKey) =>
      stretches.filter(({ protocol }) => protocol === wanted)
        .reduce((sum, stretch) => sum + stretch.requests, 0);
    assert.deepEqual([of("rest"), of("grpc")], [sent, sent]);
    assert(sent >= Math.min(scale.concurrency, count));
    assert(sent <= Math.max(scale.concurrency, count / 5));
  }));
});

Deno.test("an automatic warm-up goes on while it gets faster, and stops soon after", async () => {
  const scale = { concurrency: 10, extent: requests(100_000) };
  const steady = await simulate(AUTOMATIC, scale, () => 10);
  const heating = await simulate(
    AUTOMATIC,
    scale,
    (stretch) => stretch < 24 ? 100 * 0.9 ** stretch : 1,
  );
  assert(heating.stretches.length > 24);
  assert(steady.stretches.length < 12);
});

Deno.test("an automatic warm-up of a slow server ends after a few seconds, or a fifth of a timed run", async () => {
  const slow = await simulate(
    AUTOMATIC,
    { concurrency: 10, extent: requests(1_000_000) },
    (stretch) => 5000 * 0.8 ** stretch,
  );
  assert.equal(slow.stretches.length, 2);
  const timed = await simulate(
    AUTOMATIC,
    { concurrency: 10, extent: { kind: "duration", durationMs: 1000 } },
    (stretch) => 60 * 0.95 ** stretch,
  );
  assert(timed.tookMs > 200 && timed.tookMs < 350, String(timed.tookMs));
});

Deno.test("a warm-up in which nothing ends any more is over: it was interrupted", async () => {
  let calls = 0;
  const sent = await warmUp(AUTOMATIC, { concurrency: 10, extent: requests(1000) }, (protocol) => {
    calls++;
    const result = { recorder: new Recorder(), startMs: 0, endMs: 0, ...WARMING };
    return Promise.resolve(new Map([[protocol, result]]));
  }, () => 0);
  assert.deepEqual([sent, calls], [0, 2]);
});
