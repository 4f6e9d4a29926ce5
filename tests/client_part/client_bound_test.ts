import assert from "node:assert/strict";
import fc from "fast-check";
import type { Floor } from "../../lib/client_part/client_floor.ts";
import type { LoadWatchSummary } from "../../lib/runners/load_watch.ts";
import { clientSentences } from "../../lib/report/client_sentences.ts";
import {
  checkClient,
  type ClientVerdict,
  type ContenderUnderCheck,
  explainsResult,
  type LoadSetting,
} from "../../lib/client_part/client_bound.ts";

import { comparisonRecord } from "../../lib/report/comparison_record.ts";
import { withoutClients } from "../../lib/stats/judge/contest.ts";
import { CONTESTED_METRICS } from "../../lib/stats/judge/metrics.ts";
import { steadyFindings } from "../support/findings.ts";
import { SEED_GRPC, SEED_REST } from "../support/seed_sample.ts";

const UNKNOWN: Floor = { kind: "unknown", reason: "the null servers did not start: no permission" };
const IDLE: LoadWatchSummary = { watchedMs: 1000, cpuMs: 200, lag: null };
const SATURATED: LoadWatchSummary = { watchedMs: 1000, cpuMs: 970, lag: null };
const SETTING: LoadSetting = {
  load: "closed",
  lens: "native",
  concurrency: 100,
  workers: 1,
  usableCores: 1,
  marginPercent: 5,
};

/** A closed loop's floor or run: the throughput follows from the median by Little's law. */
function closedLoop(medianMs: number, concurrency: number) {
  return { medianMs, throughput: concurrency / medianMs * 1000 };
}

/** How far down the stretches of a floor scatter. */
const LEAST_SHARE = 0.8;

function floorOf(medianMs: number, concurrency: number): Floor {
  const typical = { ...closedLoop(medianMs, concurrency), p99Ms: medianMs, requests: 999 };
  return { kind: "measured", ...typical, leastMedianMs: medianMs * LEAST_SHARE };
}

interface Case {
  readonly floorMs: number;
  readonly measuredMs: number;
  readonly concurrency: number;
  readonly watch?: LoadWatchSummary;
}

function protocolOf({ floorMs, measuredMs, concurrency, watch = IDLE }: Case): ContenderUnderCheck {
  const { medianMs, throughput } = closedLoop(measuredMs, concurrency);
  const measured = { median_response_time: medianMs, throughput };
  return { floor: floorOf(floorMs, concurrency), measured, watch };
}

function check(
  rest: ContenderUnderCheck,
  grpc: ContenderUnderCheck = rest,
  changes: Partial<LoadSetting> = {},
) {
  return checkClient({ rest, grpc }, { ...SETTING, ...changes });
}

const TABLE: readonly (readonly [string, Case, ClientVerdict["kind"]])[] = [
  [
    "all of the time is the client's",
    { floorMs: 50, measuredMs: 50, concurrency: 500 },
    "client-bound",
  ],
  [
    "the floor had the worse luck, within its own scatter",
    { floorMs: 60, measuredMs: 50, concurrency: 500 },
    "client-bound",
  ],
  [
    "the floor lies above the run, and so is none",
    { floorMs: 12.29, measuredMs: 1.67, concurrency: 100 },
    "unknown",
  ],
  [
    "a floor above the run, and no CPU time left",
    { floorMs: 70, measuredMs: 50, concurrency: 500, watch: SATURATED },
    "client-bound",
  ],
  [
    "half of the time is the client's",
    { floorMs: 10, measuredMs: 20, concurrency: 100 },
    "client-bound",
  ],
  [
    "a little less than half is the client's",
    { floorMs: 9.9, measuredMs: 20, concurrency: 100 },
    "not-client-bound",
  ],
  [
    "a slow server and few in flight",
    { floorMs: 0.8, measuredMs: 21, concurrency: 5 },
    "not-client-bound",
  ],
  [
    "one in flight, and a fast server",
    { floorMs: 0.15, measuredMs: 0.2, concurrency: 1 },
    "client-bound",
  ],
  [
    "one in flight, and a slow server",
    { floorMs: 0.15, measuredMs: 1, concurrency: 1 },
    "not-client-bound",
  ],
  [
    "a small floor but no CPU time left, as with TLS",
    { floorMs: 5, measuredMs: 40, concurrency: 100, watch: SATURATED },
    "client-bound",
  ],
];

for (const [name, situation, expected] of TABLE) {
  Deno.test(`${expected}: ${name}`, () => {
    const { rest } = check(protocolOf(situation), undefined, {
      concurrency: situation.concurrency,
    });
    assert.equal(rest.kind, expected);
  });
}

Deno.test("the floor of a client that idles at a set rate is not held against it", () => {
  const measured = { median_response_time: 2, throughput: 100 };
  const { rest } = check({ floor: floorOf(80, 500), measured, watch: IDLE });
  assert.equal(rest.kind, "not-client-bound");
});

Deno.test("the CPU's share is that of the threads that generate the load", () => {
  const situation = { floorMs: 1, measuredMs: 20, concurrency: 100 };
  const four: LoadWatchSummary = { watchedMs: 1000, cpuMs: 2000, lag: null };
  const { rest } = check(protocolOf({ ...situation, watch: four }), undefined, { workers: 4 });
  assert.equal(rest.kind, "not-client-bound");
  assert.equal(rest.seen.cpuShare, 0.5);
});

Deno.test("without a floor only a saturated CPU decides, and without a success nothing does", () => {
  const situation = { floorMs: 1, measuredMs: 20, concurrency: 100 };
  const lacking = { ...protocolOf(situation), floor: UNKNOWN };
  const { rest, grpc, difference } = check(lacking, { ...lacking, watch: SATURATED });
  assert(rest.kind === "unknown" && grpc.kind === "client-bound");
  assert.equal(rest.reason, UNKNOWN.reason);
  assert.deepEqual(grpc.grounds, ["cpu"]);
  assert.equal(difference.kind, "unknown");
  const silent = { median_response_time: null, throughput: 0 };
  const failed = check({ ...protocolOf({ ...situation, watch: SATURATED }), measured: silent });
  assert.equal(failed.rest.kind, "unknown");
});

function adviceIn(changes: Partial<LoadSetting>) {
  const concurrency = changes.concurrency ?? SETTING.concurrency;
  const { rest } = check(
    protocolOf({ floorMs: 20, measuredMs: 20, concurrency }),
    undefined,
    changes,
  );
  assert(rest.kind === "client-bound");
  return rest.advice;
}

Deno.test("advice names only what would help here", () => {
  assert.deepEqual(adviceIn({}), [
    { kind: "use-wire-client" },
    { kind: "fewer-in-flight" },
    { kind: "set-rate", requestsPerSecond: 2000 },
  ]);
  assert.deepEqual(adviceIn({ lens: "wire", usableCores: 8 }), [
    { kind: "fewer-in-flight" },
    { kind: "set-rate", requestsPerSecond: 2000 },
    { kind: "more-workers", workers: 8 },
  ]);
  assert.deepEqual(adviceIn({ concurrency: 1, usableCores: 8 }), [{ kind: "use-wire-client" }]);
  assert.deepEqual(adviceIn({ concurrency: 1, lens: "wire" }), []);
});

Deno.test("whoever follows the advised rate is not told that the client is the bottleneck", () => {
  fc.assert(fc.property(fc.double({ min: 0.05, max: 1000, noNaN: true }), (floorMs) => {
    const concurrency = 100;
    const floor = floorOf(floorMs, concurrency);
    const { rest } = check(protocolOf({ floorMs, measuredMs: floorMs, concurrency }));
    assert(rest.kind === "client-bound");
    const rate = rest.advice.find((item) => item.kind === "set-rate")!.requestsPerSecond;
    const measured = { median_response_time: floorMs, throughput: rate };
    const followed = check({ floor, measured, watch: IDLE });
    assert.equal(followed.rest.kind, "not-client-bound");
  }));
});

const positive = fc.double({ min: 0.01, max: 10_000, noNaN: true });

Deno.test("in a closed loop, a slower server never makes the client look more to blame", () => {
  fc.assert(
    fc.property(
      positive,
      positive,
      positive,
      fc.integer({ min: 1, max: 5000 }),
      (f, m, more, c) => {
        const verdicts = [m, m + more].map((measuredMs) =>
          check(protocolOf({ floorMs: f, measuredMs, concurrency: c }), undefined, {
            concurrency: c,
          })
            .rest.kind
        );
        assert.notDeepEqual(verdicts, ["not-client-bound", "client-bound"]);
        if (f / m < 0.5) assert.equal(verdicts[0], "not-client-bound");
        else assert.equal(verdicts[0], f * LEAST_SHARE <= m ? "client-bound" : "unknown");
      },
    ),
  );
});

Deno.test("no more than all of a median is ever the client's, and what is said adds up", () => {
  const throughputs = fc.double({ min: 1, max: 100_000, noNaN: true });
  const sides = fc.record({ floorMs: positive, measuredMs: positive, throughput: throughputs });
  fc.assert(fc.property(sides, sides, fc.integer({ min: 1, max: 500 }), (a, b, concurrency) => {
    // Any throughput, as under a set rate.
    const side = ({ floorMs, measuredMs, throughput }: typeof a) => ({
      floor: floorOf(floorMs, concurrency),
      measured: { median_response_time: measuredMs, throughput },
      watch: IDLE,
    });
    const result = check(side(a), side(b), { concurrency, load: "open" });
    for (const { kind, seen } of [result.rest, result.grpc]) {
      assert.equal(seen.floorMedianMs === null, kind === "unknown");
      assert(seen.floorShare === null || seen.floorShare <= 1);
    }
    if (result.difference.kind !== "explained-by-clients") return;
    const shown = result.rest.seen.floorMedianMs! - result.grpc.seen.floorMedianMs!;
    assert.equal(result.difference.clientsMs, shown);
  }));
});

const situations = fc.record({
  floorMs: positive,
  measuredMs: positive,
  concurrency: fc.constant(100),
  watch: fc.constantFrom(IDLE, SATURATED),
});

Deno.test("swapping the protocols swaps their verdicts and turns the difference round", () => {
  fc.assert(fc.property(situations, situations, (a, b) => {
    const there = check(protocolOf(a), protocolOf(b));
    const back = check(protocolOf(b), protocolOf(a));
    assert.deepEqual([there.rest, there.grpc], [back.grpc, back.rest]);
    assert.equal(there.difference.kind, back.difference.kind);
    if (there.difference.kind !== "explained-by-clients") return;
    assert(back.difference.kind === "explained-by-clients");
    assert.equal(there.difference.measuredMs, -back.difference.measuredMs);
    assert.equal(there.difference.clientsMs, -back.difference.clientsMs);
  }));
});

function differenceOf(rest: Omit<Case, "concurrency">, grpc: Omit<Case, "concurrency">, c = 100) {
  const [a, b] = [rest, grpc].map((it) => protocolOf({ ...it, concurrency: c }));
  return check(a!, b, { concurrency: c }).difference.kind;
}

Deno.test("a difference is explained where the clients' own is at least half of it, in its direction", () => {
  const explained = "explained-by-clients";
  assert.equal(
    differenceOf({ floorMs: 8, measuredMs: 8 }, { floorMs: 16, measuredMs: 16 }),
    explained,
  );
  // At one in flight nothing queues, and the clients' times subtract even where they are small.
  assert.equal(
    differenceOf({ floorMs: 0.15, measuredMs: 1.15 }, { floorMs: 0.3, measuredMs: 1.3 }, 1),
    explained,
  );
  const not = "not-explained";
  assert.equal(differenceOf({ floorMs: 8, measuredMs: 8 }, { floorMs: 16, measuredMs: 30 }), not);
  assert.equal(differenceOf({ floorMs: 16, measuredMs: 20 }, { floorMs: 8, measuredMs: 30 }), not);
  // Idle clients: their floors differ as much as what was measured, but hardly any of it was theirs.
  assert.equal(
    differenceOf({ floorMs: 8, measuredMs: 200 }, { floorMs: 16, measuredMs: 215 }),
    not,
  );
  // Within the margin there is nothing to explain.
  assert.equal(
    differenceOf({ floorMs: 8, measuredMs: 10 }, { floorMs: 8.3, measuredMs: 10.3 }),
    not,
  );
});

const LAG = { samples: 9, mean: 12, min: 0, max: 50, stddev: 1, p50: 12.34, p95: 40, p99: 50 };

Deno.test("the sentences tell what was seen, what it means and what to change, once for both protocols", () => {
  const watch = { watchedMs: 1000, cpuMs: 1043, lag: LAG };
  const at500 = { concurrency: 500 };
  const result = check(
    protocolOf({ floorMs: 45.6, measuredMs: 46.14, watch, ...at500 }),
    protocolOf({ floorMs: 60.2, measuredMs: 64.9, watch, ...at500 }),
    at500,
  );
  assert.deepEqual(clientSentences(result, { lens: "native", ...at500 }), [
    "REST is client-bound: at 500 in flight the native client measured a median of 46.1 ms, and " +
    "measures 45.6 ms against a server that does nothing (CPU 104% busy, event loop 12.3 ms late)",
    "gRPC is client-bound: at 500 in flight the native client measured a median of 64.9 ms, and " +
    "measures 60.2 ms against a server that does nothing (CPU 104% busy, event loop 12.3 ms late)",
    "The medians differ by 18.8 ms, the clients alone by 14.6 ms: the difference says little of the servers",
    "To see more of the servers than of the client: --client wire, or fewer in flight " +
    "(--concurrency), or --rate 3300",
  ]);
});

Deno.test("the sentences are silent where the client is no matter, and say what is not known", () => {
  const options = { lens: "native", concurrency: 5 } as const;
  const quiet = protocolOf({ floorMs: 0.8, measuredMs: 21, concurrency: 5 });
  assert.deepEqual(clientSentences(check(quiet), options), []);
  const lacking = { ...quiet, floor: UNKNOWN };
  const text = "not known: the null servers did not start: no permission";
  assert.deepEqual(clientSentences(check(lacking), options), [
    `What the clients themselves take is ${text}`,
  ]);
  assert.deepEqual(clientSentences(check(quiet, lacking), options), [
    `What the gRPC client itself takes is ${text}`,
  ]);
});

Deno.test("a client that cannot be asked for less says that the servers are faster than it can see", () => {
  const situation = protocolOf({ floorMs: 0.044, measuredMs: 0.05, concurrency: 1 });
  const result = check(situation, situation, { lens: "wire", concurrency: 1 });
  const lines = clientSentences(result, { lens: "wire", concurrency: 1 });
  assert.match(lines[0]!, /a median of 0\.05 ms, and measures 0\.044 ms/);
  assert.match(lines[2]!, /faster than even this client can see/);
});

Deno.test("without a floor's ground the sentence names the CPU alone", () => {
  const lacking = {
    ...protocolOf({ floorMs: 1, measuredMs: 20, concurrency: 100, watch: SATURATED }),
    floor: UNKNOWN,
  };
  const [first] = clientSentences(check(lacking), { lens: "native", concurrency: 100 });
  assert.equal(
    first,
    "REST is client-bound: the native client had no CPU time left (CPU 97% busy)",
  );
});

const SEEN = check(protocolOf({ floorMs: 1, measuredMs: 10, concurrency: 10 })).rest.seen;
const BOUND = { kind: "client-bound", grounds: ["floor"], seen: SEEN, advice: [] } as const;
const FREE = { kind: "not-client-bound", seen: SEEN } as const;
const UNEXPLAINED = { kind: "not-explained" } as const;

Deno.test("clients explain a result where they explain the difference, or bind the slower side", () => {
  const explains = (rest: ClientVerdict, grpc: ClientVerdict, restMs: number | null) =>
    explainsResult({ rest, grpc, difference: UNEXPLAINED }, { rest: restMs, grpc: 10 });
  assert.equal(explains(BOUND, FREE, 20), true);
  assert.equal(explains(BOUND, FREE, 5), false, "REST leads although its client holds it back");
  assert.equal(explains(FREE, BOUND, 5), true);
  assert.equal(explains(BOUND, BOUND, 10), true);
  assert.equal(explains(FREE, FREE, 20), false);
  assert.equal(explains(BOUND, FREE, null), true, "a side without a median is not the faster one");
  const difference = { kind: "explained-by-clients", measuredMs: 5, clientsMs: 4 } as const;
  const both = { rest: FREE, grpc: FREE, difference };
  assert.equal(explainsResult(both, { rest: 15, grpc: 10 }), true);
});

Deno.test("where clients explain the result, sizes and reliability keep their verdicts, and times lose theirs", () => {
  const findings = steadyFindings(SEED_REST, SEED_GRPC);
  const left = withoutClients(findings);
  for (const { key, kind } of CONTESTED_METRICS) {
    const { measured, verdict } = left[key];
    assert.deepEqual(measured, findings[key].measured);
    if (kind === "time" || kind === "rate") {
      assert.deepEqual(verdict, { kind: "client-bound" }, key);
    } else assert.deepEqual(verdict, findings[key].verdict, key);
  }
  const { winner } = comparisonRecord({ subject: SEED_REST, baseline: SEED_GRPC }, left);
  assert.deepEqual([winner.throughput, winner.avg_payload_size], ["none", "gRPC"]);
});
