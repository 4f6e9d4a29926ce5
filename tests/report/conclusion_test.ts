import assert from "node:assert/strict";
import { type ClientFaults, NO_FAULTS } from "../../lib/stats/record/client_faults.ts";
import type { Findings } from "../../lib/stats/judge/contest.ts";
import { DEFAULT_MARGIN, type Verdict } from "../../lib/stats/judge/verdict.ts";
import { comparisonRecord } from "../../lib/report/comparison_record.ts";
import { concludeFrom } from "../../lib/report/conclusion.ts";
import type { ErrorSpellRecord, OutageRecord } from "../../lib/report/outage_record.ts";
import { judgementFrom } from "../../lib/report/judgement.ts";
import type { SideRecord } from "../../lib/report/side_record.ts";
import { steadyFindings } from "../support/findings.ts";
import { SEED_GRPC, SEED_REST } from "../support/seed_sample.ts";

/** What the conclusion says of these sides; verdicts as given, else as their values have them. */
function conclusionOf(
  rest: SideRecord,
  grpc: SideRecord,
  verdicts: Partial<Record<keyof Findings, Verdict>> = {},
  faults: ClientFaults = NO_FAULTS,
  outages: readonly OutageRecord[] = [],
  errorSpells: readonly ErrorSpellRecord[] = [],
): string[] {
  const steady = steadyFindings(rest, grpc);
  const findings = Object.fromEntries(
    Object.entries(steady).map(([key, { measured, verdict }]) => [
      key,
      { measured, verdict: verdicts[key as keyof Findings] ?? verdict },
    ]),
  ) as Findings;
  return concludeFrom({
    rest,
    grpc,
    comparison: comparisonRecord({ subject: rest, baseline: grpc }, findings),
    judgement: judgementFrom(findings, DEFAULT_MARGIN),
    faults,
    outages,
    concurrency: 10,
    errorSpells,
    givenUp: [],
    blocks: 10,
    answers: [],
    clients: [],
    local: true,
  });
}

const CLEAN = { failed_requests: 0, timed_out_requests: 0, success_rate: 100, errors: {} };
const REST = { ...SEED_REST, ...CLEAN, total_requests: 985 };
const GRPC = { ...SEED_GRPC, ...CLEAN, total_requests: 992 };

function everyTimeAndRate(verdict: Verdict): Partial<Record<keyof Findings, Verdict>> {
  return Object.fromEntries(
    Object.keys(steadyFindings(REST, GRPC))
      .filter((key) => key !== "success_rate" && key !== "successful_requests")
      .map((key) => [key, verdict]),
  );
}

Deno.test("a tail that contradicts the median is in the first sentence, and not told twice", () => {
  const slowTail = { ...REST, p95_response_time: 301, p99_response_time: 212.5 };
  const [first, ...others] = conclusionOf(slowTail, GRPC);
  assert.match(first!, /^REST wins on median response time, the primary metric: 25\.7% faster \(/);
  assert.match(
    first!,
    /\), but gRPC wins on p95 \(10\.0 times as fast\) and p99 \(5\.0 times as fast\)$/,
  );
  assert(!others.some((line) => /p95|p99/.test(line)), others.join("\n"));
});

Deno.test("a mean or a throughput that contradicts the median is in the first sentence as well", () => {
  const [first, ...others] = conclusionOf(
    { ...REST, avg_response_time: 20, throughput: 300 },
    GRPC,
  );
  assert.match(
    first!,
    /, but gRPC wins on mean response time \(27\.6% faster\) and throughput \(32\.8% higher\)$/,
  );
  assert(!others.some((line) => /superior|throughput/.test(line)), others.join("\n"));
});

Deno.test("a tail that agrees has a sentence of its own, and so has one that decides nothing", () => {
  const won = "REST has the shorter p95 (16.7% faster) and p99 (20.7% faster)";
  assert(conclusionOf(REST, GRPC).includes(won));
  const shortfall = { reason: "few-samples", samples: 985, needed: 20_000 } as const;
  const lines = conclusionOf(REST, GRPC, {
    p95_response_time: { kind: "equivalent" },
    p99_response_time: { kind: "unsupported", shortfall },
  });
  assert(lines.includes("Equivalent within the margin: p95"), lines.join("\n"));
  const unsupported =
    "Not supported by this sample: p99 (it takes 20000 successes, and there are 985)";
  assert(lines.includes(unsupported), lines.join("\n"));
});

Deno.test("from a factor of two on, a difference is told as a factor", () => {
  const slow = { ...GRPC, median_response_time: 64.05, avg_response_time: 75, throughput: 100 };
  const lines = conclusionOf(REST, { ...slow, avg_payload_size: 1000 });
  assert.match(lines[0]!, /the primary metric: 6\.1 times as fast \(/);
  const superior = "REST shows superior response time in this localhost test (6.1 times as fast)";
  assert(lines.includes(superior), lines.join("\n"));
  const smaller = "REST has smaller payload size (4.1 times as small)";
  assert(lines.includes(smaller), lines.join("\n"));
  const almost = conclusionOf(REST, { ...GRPC, median_response_time: 20.99 });
  assert.match(almost[0]!, /: 99\.9% faster \(/);
});

Deno.test("where most of both sides fails, that is said first with its causes, and nobody is reliable", () => {
  const lost = (errors: Record<string, number>) => ({
    total_requests: 6000,
    successful_requests: 300,
    failed_requests: 5700,
    success_rate: 5,
    errors,
  });
  const lines = conclusionOf(
    { ...REST, ...lost({ "HTTP 429": 5500, "HTTP 503": 150, "HTTP 500": 40, Other: 10 }) },
    { ...GRPC, ...lost({ RESOURCE_EXHAUSTED: 5700 }) },
    { ...everyTimeAndRate({ kind: "too-many-failures" }), success_rate: { kind: "equivalent" } },
  );
  assert.equal(
    lines[0],
    "Too many failures: 95.0% of the REST requests failed (HTTP 429 5,500, HTTP 503 150, " +
      "HTTP 500 40, others 10) and 95.0% of the gRPC ones (RESOURCE_EXHAUSTED 5,700), " +
      "so no winner is named on time, size or rate",
  );
  assert.match(lines[1]!, /^No verdict on median response time, the primary metric: over 10% /);
  assert(lines.includes("Both protocols failed alike (5.0% succeeded)"), lines.join("\n"));
  assert(!lines.some((line) => /equally reliable|wins|superior/.test(line)), lines.join("\n"));
});

Deno.test("a side without a success says what failed, and that the other is the more reliable one", () => {
  const dead = {
    ...REST,
    total_requests: 500,
    successful_requests: 0,
    failed_requests: 500,
    success_rate: 0,
    errors: { "Connection Refused": 500 },
  };
  const lines = conclusionOf(dead, GRPC, { success_rate: { kind: "win", winner: "baseline" } });
  assert.equal(lines[0], "REST had no successful request in 500 (Connection Refused 500)");
  assert.equal(lines.at(-1), "gRPC has better reliability (100.0% vs 0.0%)");
});

Deno.test("what timed out is told beside the percentiles, which it is not in", () => {
  const lines = conclusionOf(SEED_REST, { ...GRPC, timed_out_requests: 0 });
  const beside =
    "Percentiles are of answered requests alone: 1.0% of REST's timed out, and are in none";
  assert(lines.includes(beside), lines.join("\n"));
});

Deno.test("a percentile that timeouts decide has no size of its win, which the values shown do not tell", () => {
  const lines = conclusionOf({ ...REST, timed_out_requests: 20 }, GRPC, {
    p99_response_time: { kind: "win", winner: "baseline" },
  });
  assert.match(lines[0]!, /, but gRPC wins on p99 \(with what timed out\)$/);
});

Deno.test("what this machine ran out of is said first, with what would help, and is no server's", () => {
  const lines = conclusionOf({ ...REST, client_failures: 1216 }, GRPC, {}, {
    ...NO_FAULTS,
    blocks: 3,
    ownLimits: ["ports"],
  });
  assert.match(
    lines[0]!,
    /^This machine ran out of free local ports, which is no server's fault: 1,216 REST and 0 gRPC /,
  );
  assert.match(lines[0]!, /the 3 blocks that it hit are in no verdict; .*ip_local_port_range/);
  assert.match(lines[1]!, /^REST wins on median response time/);
  const shortfall = { reason: "few-blocks", blocks: 0, needed: 4 } as const;
  const nothing = conclusionOf(REST, GRPC, {
    median_response_time: { kind: "unsupported", shortfall },
  }, { ...NO_FAULTS, blocks: 10, ownLimits: ["files"] });
  assert.match(nothing[0]!, /ulimit -n/);
  assert.match(nothing[1]!, /it takes 4 blocks, and there are 0$/, "more requests would not help");
});

Deno.test("a standstill of this machine is told with what it cost", () => {
  const [first] = conclusionOf(REST, GRPC, {}, {
    ...NO_FAULTS,
    blocks: 1,
    standstillMs: 5120,
    droppedRequests: 100,
  });
  assert.equal(
    first,
    "This machine stood still for 5.1 s (stopped, asleep or starved): the 100 requests of that time " +
      "are in no statistic, and the block that it hit is in no verdict",
  );
});

Deno.test("an outage is told as a time, what came before it is judged, and nobody is the more reliable", () => {
  const shortfall = { reason: "outage" } as const;
  const lines = conclusionOf(
    { ...REST, success_rate: 100 },
    { ...GRPC, success_rate: 30, errors: { UNAVAILABLE: 700 } },
    { success_rate: { kind: "unsupported", shortfall } },
    NO_FAULTS,
    [{
      protocol: "gRPC",
      start: 2.314,
      end: 7.02,
      failures: 1234,
      first_block: 4,
      last_block: 10,
      answered_again: false,
    }],
  );
  assert.equal(
    lines[0],
    "gRPC stopped answering 2.3 s after the start, in block 4, and did not answer again: " +
      "1,234 requests failed within 4.7 s",
  );
  assert.match(lines[1]!, /^Verdicts rest on the 10 blocks without that, .*; none .* success rate/);
  assert.match(lines[2]!, /^REST wins on median response time/);
  assert(
    !lines.some((line) => /reliab|Too many failures|: success rate/.test(line)),
    lines.join("\n"),
  );
});

Deno.test("a win that the values beside it do not show says what it rests on", () => {
  const outage = {
    protocol: "REST",
    start: 2.5,
    end: 3.3,
    failures: 146,
    first_block: 4,
    last_block: 4,
    answered_again: true,
  } as const;
  // Of blocks in which REST made more, though over the whole run it made less.
  const won = { throughput: { kind: "win", winner: "subject" } } as const;
  const slow = { ...REST, throughput: 9.9 };
  const lines = conclusionOf(slow, { ...GRPC, throughput: 645.5 }, won, NO_FAULTS, [outage]);
  const told = "REST achieves higher throughput (without the outage)";
  assert(lines.some((line) => line.startsWith(told)), lines.join("\n"));
  assert(lines.some((line) => line.includes("the values shown are of the whole run")));
});

Deno.test("success rates that differ without a verdict are told, and called reliable only where they are", () => {
  const lines = (rest: number, grpc: number, verdict: Verdict) =>
    conclusionOf({ ...REST, success_rate: rest }, { ...GRPC, success_rate: grpc }, {
      success_rate: verdict,
    });
  const unsure = { kind: "inconclusive", better: null, requestsToDecide: null } as const;
  const told = lines(92.7, 91.3, unsure);
  const sentence =
    "Which protocol is the more reliable is not shown (REST 92.7%, gRPC 91.3% succeeded)";
  assert(told.includes(sentence), told.join("\n"));
  const differ = conclusionOf({ ...REST, success_rate: 20 }, { ...GRPC, success_rate: 100 }, {
    median_response_time: { kind: "error-rates-differ", moreReliable: "baseline" },
    success_rate: unsure,
  });
  assert(!differ.some((line) => /more reliable/.test(line)), differ.join("\n"));
  const alike = lines(99.2, 99.1, { kind: "equivalent" });
  assert(alike.includes("Both protocols are about equally reliable (REST 99.2%, gRPC 99.1%)"));
  const lost = lines(5.1, 4.9, { kind: "equivalent" });
  assert(lost.includes("Both protocols failed alike (REST 5.1%, gRPC 4.9% succeeded)"));
  assert(!lost.some((line) => /reliable/.test(line)));
});
