import assert from "node:assert/strict";
import fc from "fast-check";
import type { BlockPair, BlockTotals } from "../../../lib/stats/record/block_totals.ts";
import { blockTotals } from "../../../lib/stats/record/block_totals.ts";
import { estimateContest } from "../../../lib/stats/judge/block_bootstrap.ts";
import { judgeContest, PRIMARY_METRIC } from "../../../lib/stats/judge/contest.ts";
import { CONTESTED_METRICS } from "../../../lib/stats/judge/metrics.ts";
import { PooledBlocks } from "../../../lib/stats/judge/pooled_blocks.ts";
import { Recorder } from "../../../lib/stats/record/recorder.ts";
import { isWithheld } from "../../../lib/stats/judge/verdict.ts";
import type { Failure } from "../../../lib/requests/sample.ts";
import { summarize } from "../../../lib/stats/judge/summary.ts";
import { ConnectionTimes } from "../../../lib/stats/record/connection_times.ts";
import {
  CALM,
  EQUALS,
  ROUGH,
  simulateContest,
  simulateContests,
} from "../../support/simulated_contest.ts";
import { successAfter } from "../../support/simulated_server.ts";

const TIMED_OUT: Failure = {
  kind: "failure",
  errorType: "Connection Timeout",
  cause: "no answer within 500 ms",
  reason: { kind: "timeout" },
};

function swapped(pairs: readonly BlockPair[]): BlockPair[] {
  return pairs.map(({ subject, baseline }) => ({ subject: baseline, baseline: subject }));
}

Deno.test("equal blocks are equivalent, with a ratio of exactly 1", () => {
  const pairs = simulateContest(EQUALS, 1).map(({ subject }) => ({ subject, baseline: subject }));
  const findings = judgeContest(pairs, 1);
  for (const { key, kind } of CONTESTED_METRICS) {
    const { measured, verdict } = findings[key];
    assert.deepEqual(verdict, { kind: "equivalent" }, key);
    assert(measured.kind === "estimated");
    assert.equal(measured.estimate.value, kind === "share" ? 0 : 1);
  }
});

Deno.test("swapping the sides mirrors the estimates of every metric", () => {
  const contest = {
    ...EQUALS,
    requests: 1500,
    trueRatio: 1.1,
    failureRate: { subject: 0.02, baseline: 0.01 },
    noise: ROUGH,
  };
  for (const [index, pairs] of simulateContests(contest, 5).entries()) {
    const there = judgeContest(pairs, index);
    const back = judgeContest(swapped(pairs), index);
    for (const { key, kind } of CONTESTED_METRICS) {
      const [a, b] = [there[key].measured, back[key].measured];
      assert(a.kind === "estimated" && b.kind === "estimated");
      assert.equal(a.estimate.standardError, b.estimate.standardError, key);
      const mirrored = kind === "share" ? -b.interval.high : 1 / b.interval.high;
      assert(Math.abs(a.interval.low - mirrored) < 1e-9, key);
      assert.equal(there[key].verdict.kind, back[key].verdict.kind, key);
    }
  }
});

Deno.test("equal seeds give equal findings, other seeds hardly other ones", () => {
  const pairs = simulateContest(EQUALS, 3);
  assert.deepEqual(judgeContest(pairs, 7), judgeContest(pairs, 7));
  const [first, second] = [7, 8].map((seed) => estimateContest(pairs, seed)[PRIMARY_METRIC]!);
  assert.notEqual(first!.standardError, second!.standardError);
  const change = first!.standardError / second!.standardError;
  assert(change > 0.9 && change < 1.1, `${change}`);
});

Deno.test("what slows down both sides of a block leaves the ratio of its times alone", () => {
  const steady = simulateContest({ ...EQUALS, noise: { ...CALM, drift: 0, slowSpells: 0 } }, 1);
  const slowBlock = simulateContest({ ...EQUALS, noise: { ...CALM, drift: 1 } }, 1);
  const errorOf = (pairs: readonly BlockPair[]) =>
    estimateContest(pairs, 1).median_response_time!.standardError;
  // Twenty blocks that scatter by a factor of e each would give an unpaired error of 0.3.
  assert(errorOf(slowBlock) < 5 * errorOf(steady));
});

Deno.test("failures that differ by more than a point leave the faster side without a win", () => {
  const contest = {
    ...EQUALS,
    requests: 2000,
    trueRatio: 0.5,
    failureRate: { subject: 0.2, baseline: 0 },
  };
  const findings = judgeContest(simulateContest(contest, 1), 1);
  const differ = { kind: "error-rates-differ", moreReliable: "baseline" } as const;
  assert.deepEqual(findings.median_response_time.verdict, differ);
  assert.deepEqual(findings.throughput.verdict, differ);
  assert.deepEqual(findings.success_rate.verdict, { kind: "win", winner: "baseline" });
});

Deno.test("a side without a success loses by its error rate, and the other's times win nothing", () => {
  const contest = { ...EQUALS, failureRate: { subject: 1, baseline: 0 } };
  const findings = judgeContest(simulateContest(contest, 1), 1);
  assert.equal(findings.median_response_time.verdict.kind, "error-rates-differ");
  assert.equal(findings.avg_payload_size.verdict.kind, "error-rates-differ");
  assert.deepEqual(findings.success_rate.verdict, { kind: "win", winner: "baseline" });
});

for (const failed of [0.95, 0.5, 0.15]) {
  Deno.test(`where both sides fail ${failed} of the time alike, the survivors win nothing`, () => {
    for (const requests of [200, 3000]) {
      const contest = {
        ...EQUALS,
        requests,
        trueRatio: 0.3,
        failureRate: { subject: failed, baseline: failed },
      };
      const findings = judgeContest(simulateContest(contest, 1), 1);
      for (const { key, kind } of CONTESTED_METRICS) {
        const { verdict } = findings[key];
        if (kind === "share" || kind === "count") assert.notEqual(verdict.kind, "win", key);
        else assert(isWithheld(verdict), `${key}: ${verdict.kind}`);
      }
    }
  });
}

Deno.test("failures of less than a tenth on both sides leave the faster one its win", () => {
  const contest = {
    ...EQUALS,
    requests: 3000,
    trueRatio: 0.5,
    failureRate: { subject: 0.07, baseline: 0.07 },
  };
  const findings = judgeContest(simulateContest(contest, 1), 1);
  assert.deepEqual(findings.median_response_time.verdict, { kind: "win", winner: "subject" });
});

/** The contest's blocks, each of which has so many timeouts more on a side. */
function withTimeouts(
  pairs: readonly BlockPair[],
  timeouts: Readonly<Record<"subject" | "baseline", number>>,
): BlockPair[] {
  const add = (totals: BlockTotals, count: number) => ({
    ...totals,
    failures: totals.failures + count,
    timeouts: totals.timeouts + count,
  });
  return pairs.map(({ subject, baseline }) => ({
    subject: add(subject, timeouts.subject),
    baseline: add(baseline, timeouts.baseline),
  }));
}

Deno.test("timeouts are longer than any answer: a percentile among them is no win of that side", () => {
  // Blocks of 50, the subject twice as fast.
  const pairs = simulateContest({ ...EQUALS, requests: 3000, trueRatio: 0.5 }, 1);
  const verdicts = (subject: number, baseline: number) => {
    const findings = judgeContest(withTimeouts(pairs, { subject, baseline }), 1, {
      timeoutMs: 10_000,
      // Wide enough in points that the error rates do not differ by what matters.
      margin: { percent: 5, points: 50 },
    });
    return [findings.p95_response_time.verdict, findings.p99_response_time.verdict];
  };
  const subjectWins = { kind: "win", winner: "subject" } as const;
  const baselineWins = { kind: "win", winner: "baseline" } as const;
  const neither = (sides: readonly ("subject" | "baseline")[]) => ({
    kind: "unsupported",
    shortfall: { reason: "timeouts", sides },
  });
  assert.deepEqual(verdicts(0, 0), [subjectWins, subjectWins]);
  assert.deepEqual(
    verdicts(2, 0),
    [subjectWins, baselineWins],
    "the subject's p99 is 10 s at least",
  );
  assert.deepEqual(verdicts(0, 2), [subjectWins, subjectWins], "it wins the more clearly");
  assert.deepEqual(verdicts(2, 2), [subjectWins, neither(["subject", "baseline"])]);
  assert.deepEqual(verdicts(4, 4), [
    neither(["subject", "baseline"]),
    neither(["subject", "baseline"]),
  ]);
});

Deno.test("a percentile is that of all requests, the ones that timed out being the slowest", () => {
  const recorder = new Recorder();
  for (let ms = 1; ms <= 96; ms++) recorder.record(successAfter(ms));
  for (let late = 0; late < 4; late++) recorder.record(TIMED_OUT);
  const pool = new PooledBlocks([blockTotals(recorder, 1000)], 500);
  const close = (share: number, ms: number) =>
    assert(Math.abs(pool.quantileMs(share) - ms) < 0.1, `${share}: ${pool.quantileMs(share)}`);
  close(0.5, 50);
  close(0.95, 95);
  assert.equal(pool.quantileMs(0.97), 500);
  const [first, copy] = [new Recorder(), new Recorder()];
  first.merge(recorder);
  copy.add(first.snapshot());
  assert.deepEqual([copy.timeouts, copy.failures, copy.finished], [4, 4, 100]);
  copy.reset();
  assert.equal(copy.timeouts, 0);
});

Deno.test("the same few failures on both sides do not differ, and no failure is not a sure equality", () => {
  const contest = { ...EQUALS, requests: 500, failureRate: { subject: 0.01, baseline: 0.01 } };
  const { median_response_time: median } = judgeContest(simulateContest(contest, 1), 1);
  assert.notEqual(median.verdict.kind, "error-rates-differ");
  const { success_rate: rate } = judgeContest(
    simulateContest({ ...EQUALS, requests: 500 }, 1),
    1,
  );
  assert(rate.measured.kind === "estimated");
  assert(rate.measured.interval.high > 0.5 && rate.measured.interval.low < -0.5);
});

Deno.test("a percentile is refused where fewer than ten samples lie beyond it", () => {
  const findings = judgeContest(simulateContest({ ...EQUALS, requests: 500 }, 1), 1);
  assert.deepEqual(findings.p99_response_time.verdict, {
    kind: "unsupported",
    shortfall: { reason: "few-samples", samples: 500, needed: 1000 },
  });
  assert.notEqual(findings.p95_response_time.verdict.kind, "unsupported");
});

Deno.test("a percentile is refused where samples beyond it are fewer than twice those in flight at once", () => {
  const pairs = simulateContest({ ...EQUALS, requests: 2000 }, 1);
  const findings = judgeContest(pairs, 1, { concurrency: 50 });
  assert.deepEqual(findings.p99_response_time.verdict, {
    kind: "unsupported",
    shortfall: { reason: "few-samples", samples: 2000, needed: 10_000 },
  });
  assert.notEqual(findings.p95_response_time.verdict.kind, "unsupported");
  assert.notEqual(findings.median_response_time.verdict.kind, "unsupported");
  const roomy = judgeContest(pairs, 1, { concurrency: 10 });
  assert.notEqual(roomy.p99_response_time.verdict.kind, "unsupported");
});

Deno.test("a run of fewer than four blocks is judged on payload and success rate alone, one of none not at all", () => {
  for (const requests of [100, 600]) {
    const pairs = simulateContest({ ...EQUALS, requests, concurrency: 100 }, 1);
    const findings = judgeContest(pairs, 1);
    for (const { key } of CONTESTED_METRICS) {
      if (key === "avg_payload_size" || key === "success_rate") continue;
      assert.deepEqual(findings[key].verdict, {
        kind: "unsupported",
        shortfall: { reason: "few-blocks", blocks: pairs.length, needed: 4 },
      });
    }
    assert.deepEqual(findings.avg_payload_size.verdict, { kind: "equivalent" });
    assert.notEqual(findings.success_rate.verdict.kind, "unsupported");
  }
  for (const { key } of CONTESTED_METRICS) {
    assert.equal(judgeContest([], 1)[key].verdict.kind, "unsupported");
  }
  assert.equal(judgeContest([], 1)[PRIMARY_METRIC].verdict.kind, "unsupported");
});

/** One block of requests with these payloads on each side. */
function blockOf(payloads: Readonly<Record<"subject" | "baseline", readonly number[]>>): BlockPair {
  const side = (sizes: readonly number[]) => {
    const recorder = new Recorder();
    for (const payloadBytes of sizes) {
      recorder.record(successAfter(5, payloadBytes));
    }
    return blockTotals(recorder, 1000);
  };
  return { subject: side(payloads.subject), baseline: side(payloads.baseline) };
}

Deno.test("with a single block the payload's interval follows from the sizes themselves", () => {
  const around = (mean: number, spread: number) =>
    Array.from({ length: 50 }, (_, index) => mean + (index % 2 === 0 ? spread : -spread));
  const ratioOf = (pair: BlockPair) => {
    const { measured, verdict } = judgeContest([pair], 1).avg_payload_size;
    assert(measured.kind === "estimated");
    return { ...measured.interval, value: measured.estimate.value, verdict };
  };
  const steady = ratioOf(blockOf({ subject: around(200, 0), baseline: around(100, 0) }));
  assert.deepEqual([steady.low, steady.value, steady.high], [2, 2, 2]);
  assert.deepEqual(steady.verdict, { kind: "win", winner: "baseline" });
  // Standard error of the ratio's logarithm: sqrt(2 (0.2² / 49)) = 0.040, t(0.995, 49) = 2.94.
  const wide = ratioOf(blockOf({ subject: around(200, 40), baseline: around(100, 20) }));
  assert(Math.abs(Math.log(wide.high / 2) - 0.119) < 0.002, `${wide.high}`);
  const unsure = ratioOf(blockOf({ subject: around(100, 40), baseline: around(100, 40) }));
  assert.equal(unsure.verdict.kind, "inconclusive");
  const alone = judgeContest([blockOf({ subject: [200], baseline: [100] })], 1).avg_payload_size;
  assert.equal(alone.verdict.kind, "unsupported");
});

Deno.test("with a single block a side that fails every other request is the less reliable one", () => {
  const contest = { ...EQUALS, requests: 60, concurrency: 60 };
  const pairs = simulateContest({ ...contest, failureRate: { subject: 0, baseline: 0.5 } }, 1);
  assert.equal(pairs.length, 1);
  const findings = judgeContest(pairs, 1);
  assert.deepEqual(findings.success_rate.verdict, { kind: "win", winner: "subject" });
  assert.equal(findings.median_response_time.verdict.kind, "error-rates-differ");
});

Deno.test("with few blocks, failures in a row are fewer events than they are requests", () => {
  const pairWith = (failureSpells: number): BlockPair => {
    const [pair] = simulateContest({ ...EQUALS, requests: 300, concurrency: 300 }, 1);
    const { subject, baseline } = pair!;
    const failures = 30;
    return {
      subject,
      baseline: { ...baseline, successes: 300 - failures, failures, failureSpells },
    };
  };
  const rate = (spells: number) => judgeContest([pairWith(spells)], 1).success_rate.verdict;
  assert.deepEqual(rate(27), { kind: "win", winner: "subject" });
  assert.notEqual(rate(1).kind, "win", "one stall, in which 30 failed");
});

Deno.test("who fails more requests in long spells only because they fail faster is not the less reliable one", () => {
  const flapping = (baselineFailingMs: number) =>
    simulateContest({ ...EQUALS, requests: 2000 }, 1).map(({ subject, baseline }) => ({
      // Both are away for a while in every block; the subject's client is refused at once, and asks again.
      subject: { ...subject, failures: 40, failureSpells: 1, failingMs: 0.2 * subject.durationMs },
      baseline: {
        ...baseline,
        failures: 1,
        failureSpells: 1,
        failingMs: baselineFailingMs * baseline.durationMs,
      },
    }));
  const verdictAt = (share: number) => judgeContest(flapping(share), 1).success_rate.verdict;
  assert.deepEqual(verdictAt(0.2), {
    kind: "unsupported",
    shortfall: { reason: "count-against-time" },
  });
  assert.deepEqual(verdictAt(0), { kind: "win", winner: "baseline" });
  assert.equal(
    judgeContest(flapping(0.2), 1).median_response_time.verdict.kind,
    "error-rates-differ",
    "their successes are not alike all the same",
  );
});

Deno.test("pooled blocks read as the summary of the same requests", () => {
  const durations = fc.array(fc.double({ min: 0.2, max: 5000, noNaN: true }), {
    minLength: 1,
    maxLength: 60,
  });
  fc.assert(fc.property(fc.array(durations, { minLength: 1, maxLength: 6 }), (blocks) => {
    const whole = new Recorder();
    const totals = blocks.map((values) => {
      const recorder = new Recorder();
      for (const responseTimeMs of values) {
        recorder.record({
          kind: "success",
          responseTimeMs,
          payloadBytes: 245,
          phases: {
            connectionWaitMs: null,
            streamWaitMs: null,
            firstByteMs: null,
            downloadMs: null,
          },
          wireBytes: null,
        });
      }
      whole.merge(recorder);
      return blockTotals(recorder, 1000);
    });
    const summary = summarize({
      recorder: whole,
      duration: { totalMs: 1000 * blocks.length, wallMs: 1000 * blocks.length },
      pace: null,
      connectionTimes: new ConnectionTimes(),
    });
    const pool = new PooledBlocks(totals);
    const close = (actual: number, expected: number | null) =>
      assert(Math.abs(actual - expected!) <= Math.max(0.002 * expected!, 0.001));
    close(pool.quantileMs(0.5), summary.median_response_time);
    close(pool.quantileMs(0.95), summary.p95_response_time);
    close(pool.quantileMs(0.99), summary.p99_response_time);
    close(pool.responseTimeSumMs / pool.successes, summary.avg_response_time);
    assert.equal(pool.payloadBytes, summary.total_bytes_transferred);
  }));
});

Deno.test("a weight of two counts a block twice", () => {
  const [pair] = simulateContest(EQUALS, 1);
  const [, other] = simulateContest(EQUALS, 2);
  const weighed = new PooledBlocks([pair!.subject, other!.subject]);
  weighed.weigh(Float64Array.of(2, 1));
  const repeated = new PooledBlocks([pair!.subject, pair!.subject, other!.subject]);
  assert.equal(weighed.quantileMs(0.9), repeated.quantileMs(0.9));
  assert.equal(weighed.successes, repeated.successes);
});
