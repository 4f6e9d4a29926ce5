import assert from "node:assert/strict";
import type { Failure } from "../../../lib/requests/sample.ts";
import { BlockLedger, type LoadDuration } from "../../../lib/stats/record/block_ledger.ts";
import { errorSpellsOf, outagesOf, type TurnTrace } from "../../../lib/stats/record/outages.ts";
import { REST_BY_GRPC } from "../../../lib/plan/pairing.ts";
import { Recorder } from "../../../lib/stats/record/recorder.ts";
import { successAfter } from "../../support/simulated_server.ts";

const REFUSED: Failure = {
  kind: "failure",
  errorType: "Connection Refused",
  cause: "the connection was refused",
  reason: { kind: "no-connection", failure: { kind: "refused" } },
};

const TOO_MANY: Failure = {
  kind: "failure",
  errorType: "HTTP 429",
  cause: "the server answered 429",
  reason: { kind: "http-status", status: 429 },
};

const NO_PORT: Failure = { ...REFUSED, reason: { kind: "own-limit", limit: "ports" } };

function lasting(ms: number): LoadDuration {
  return { totalMs: ms, wallMs: ms };
}

/** A turn as a pattern: `+` a success, `-` a refused one, `4` an error, `!` one of this machine's own, each 10 ms after the last. */
function recorded(pattern: string): Recorder {
  let nowMs = 0;
  const recorder = new Recorder(() => nowMs);
  for (const sign of pattern) {
    nowMs += 10;
    const failure = { "-": REFUSED, "4": TOO_MANY }[sign] ?? NO_PORT;
    recorder.record(sign === "+" ? successAfter(5) : failure);
  }
  return recorder;
}

/** Halves of a second each, one after the other. */
function traced(patterns: readonly string[]): TurnTrace[] {
  return patterns.map((pattern, block) => {
    const { successes, failures, spells } = recorded(pattern);
    return { block, startMs: 1000 * block, successes, failures, spells };
  });
}

const [UP, DOWN] = ["+".repeat(100), "-".repeat(100)];

Deno.test("a server that dies is out from its first failure in a row to the end of the run", () => {
  const died = traced([UP, UP, "+".repeat(40) + "-".repeat(60), DOWN, DOWN]);
  assert.deepEqual(outagesOf(died), [{
    startMs: 2410,
    endMs: 5000,
    failures: 260,
    errorType: "Connection Refused",
    firstBlock: 2,
    lastBlock: 4,
    answeredAgain: false,
  }]);
});

Deno.test("a restart is a span of time within a block, or over the border of two", () => {
  const within = traced([UP, "+".repeat(20) + "-".repeat(50) + "+".repeat(30), UP]);
  assert.deepEqual(outagesOf(within), [{
    startMs: 1210,
    endMs: 1700,
    failures: 50,
    errorType: "Connection Refused",
    firstBlock: 1,
    lastBlock: 1,
    answeredAgain: true,
  }]);
  const across = traced([UP, `${"+".repeat(90)}${"-".repeat(10)}`, `${"-".repeat(15)}${UP}`, UP]);
  const [outage, ...others] = outagesOf(across);
  assert.deepEqual([outage!.startMs, outage!.endMs, outage!.failures], [1910, 2150, 25]);
  assert.deepEqual([outage!.firstBlock, outage!.lastBlock, others.length], [1, 2, 0]);
});

Deno.test("what fails by chance, mostly, or again and again is no outage", () => {
  let state = 1;
  const random = () => (state = state * 48271 % 2147483647) / 2147483647;
  const chance = (rate: number) =>
    Array.from({ length: 400 }, () => random() < rate ? "-" : "+").join("");
  for (const rate of [0.01, 0.1, 0.5, 0.95]) {
    const turns = traced(Array.from({ length: 10 }, () => chance(rate)));
    assert.deepEqual(outagesOf(turns), [], `${rate}`);
  }
  assert.deepEqual(
    outagesOf(traced([DOWN, DOWN])),
    [],
    "a server that never answered is another matter",
  );
  const flapping = `${"-".repeat(30)}${"+".repeat(300)}`;
  assert.deepEqual(outagesOf(traced([flapping, flapping, flapping, flapping])), []);
  assert.deepEqual(outagesOf(traced(["+-".repeat(50), `${"-".repeat(50)}${"+-".repeat(50)}`])), []);
  assert.deepEqual(outagesOf(traced([UP, `${UP}${"-".repeat(19)}${UP}`])), [], "too few to tell");
});

Deno.test("a server that answers with errors is not out, and is told from when on it did", () => {
  const limited = traced([UP, "+".repeat(40) + "4".repeat(60), "4".repeat(100)]);
  assert.deepEqual(outagesOf(limited), []);
  const [spell, ...others] = errorSpellsOf(limited);
  assert.deepEqual([spell!.startMs, spell!.endMs, spell!.failures], [1410, 3000, 160]);
  assert.deepEqual([spell!.errorType, spell!.answeredAgain, others.length], [
    "HTTP 429",
    false,
    0,
  ]);
  const restarted = traced([UP, `${"-".repeat(40)}${"4".repeat(30)}${"+".repeat(30)}`, UP]);
  assert.deepEqual(outagesOf(restarted).map(({ endMs, failures }) => [endMs, failures]), [[
    1400,
    40,
  ]]);
  assert.deepEqual(errorSpellsOf(restarted).map(({ startMs, failures }) => [startMs, failures]), [[
    1410,
    30,
  ]]);
});

Deno.test("what was in flight when a server went away, answered among failures, makes no second outage", () => {
  const dying = `${"+".repeat(40)}${"-".repeat(29)}+++++${"-".repeat(30)}`;
  const died = outagesOf(traced([UP, dying, `${DOWN}${UP}`, UP]));
  assert.deepEqual(died.map(({ startMs, endMs, failures }) => [startMs, endMs, failures]), [[
    1410,
    3000,
    159,
  ]]);
  const atTheBorder = outagesOf(traced([UP, `${"-".repeat(12)}+++`, `${DOWN}${UP}`, UP]));
  assert.deepEqual(atTheBorder.map(({ failures }) => failures), [112]);
  const comesAndGoes = `${"-".repeat(30)}${"+".repeat(10)}`.repeat(4);
  assert.deepEqual(outagesOf(traced([comesAndGoes, comesAndGoes])), []);
  const outFor30 = `${"-".repeat(30)}${UP}`;
  const twice = traced([UP, outFor30, outFor30, UP, UP, UP, UP, UP, UP]);
  assert.equal(outagesOf(twice).length, 2);
});

Deno.test("failures of this machine's own are in no spell, and break none", () => {
  const { spells } = recorded("++--!!--+");
  const { startMs, endMs, failures } = spells.all.longest!;
  assert.deepEqual([startMs, endMs, failures], [30, 80, 4]);
  assert.equal(recorded("!!!!").spells.all.count, 0);
});

Deno.test("threads that share a load were out while all of them were", () => {
  const whole = new Recorder();
  whole.add(recorded(`${"+".repeat(10)}${"-".repeat(20)}`).snapshot());
  whole.add(recorded(`${"+".repeat(14)}${"-".repeat(16)}`).snapshot());
  const { startMs, endMs, failures } = whole.spells.unheard.last!;
  assert.deepEqual([startMs, endMs, failures], [150, 300, 36]);
  assert.equal(whole.spells.unheard.first, null);
  whole.add(recorded("+".repeat(30)).snapshot());
  assert.equal(whole.spells.unheard.last, null, "one of them was answered until the end");
});

Deno.test("blocks of an outage of either side are in no verdict; those before and after it are", () => {
  const ledger = new BlockLedger();
  for (const block of [0, 1, 2, 3]) {
    for (const protocol of ["rest", "grpc"] as const) {
      const out = protocol === "grpc" && block === 2;
      const recorder = recorded(out ? `${DOWN}${UP}` : UP);
      ledger.trace(block, protocol, recorder, 1000 * block);
      ledger.add(block, protocol, recorder, lasting(1000));
    }
  }
  assert.deepEqual([ledger.outages("rest").length, ledger.outages("grpc").length], [0, 1]);
  assert.equal(ledger.pairs(REST_BY_GRPC).length, 3);
  assert.equal(ledger.totals("grpc").recorder.failures, 100, "they count in the whole");
});
