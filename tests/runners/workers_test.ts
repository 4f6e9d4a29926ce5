import assert from "node:assert/strict";
import fc from "fast-check";
import { drawUserIds } from "../../lib/ids.ts";
import { WorkerGenerator } from "../../lib/runners/worker_generator.ts";
import type { Failure, Success } from "../../lib/requests/sample.ts";
import type { Stretch } from "../../lib/runners/load_generator.ts";
import { Recorder } from "../../lib/stats/record/recorder.ts";
import { inProcess } from "../support/in_process.ts";
import {
  answerAtOnce,
  failAtOnce,
  hangAfter,
  withObservingServers,
} from "../support/observing_servers.ts";
import { SEED_PLAN } from "../support/seed_sample.ts";

const outcomes = fc.array(
  fc.oneof(
    fc.record<Success>({
      kind: fc.constant("success"),
      responseTimeMs: fc.double({ min: 0, max: 100_000, noNaN: true }),
      payloadBytes: fc.nat(10_000),
      phases: fc.record({
        connectionWaitMs: fc.option(fc.double({ min: 0, max: 1000, noNaN: true })),
        streamWaitMs: fc.option(fc.double({ min: 0, max: 1000, noNaN: true })),
        firstByteMs: fc.option(fc.double({ min: 0, max: 1000, noNaN: true })),
        downloadMs: fc.option(fc.double({ min: 0, max: 1000, noNaN: true })),
      }),
      wireBytes: fc.option(fc.record({ sent: fc.nat(9999), received: fc.nat(9999) })),
      retried: fc.boolean(),
    }),
    fc.record<Failure>({
      kind: fc.constant("failure"),
      errorType: fc.constantFrom("HTTP 500", "UNAVAILABLE", "__proto__"),
      cause: fc.string(),
      reason: fc.constant({ kind: "other" } as const),
    }),
  ),
  { maxLength: 200 },
);

Deno.test("a recorder's snapshot survives JSON, and gives back a recorder that holds the same", () => {
  fc.assert(fc.property(outcomes, (samples) => {
    const recorder = new Recorder();
    for (const sample of samples) recorder.record(sample);
    const copy = new Recorder();
    copy.add(JSON.parse(JSON.stringify(recorder.snapshot())));
    assert.deepEqual(copy.responseTime.statistics(), recorder.responseTime.statistics());
    assert.deepEqual(copy.firstByte.statistics(), recorder.firstByte.statistics());
    assert.deepEqual(copy.download.statistics(), recorder.download.statistics());
    assert.deepEqual(copy.failuresByType, recorder.failuresByType);
    assert.equal(copy.payloadBytes, recorder.payloadBytes);
    assert.deepEqual(copy.snapshot(), recorder.snapshot());
  }));
});

Deno.test("a snapshot keeps how an open load kept to its times, and copies of it add up", () => {
  const timings = fc.record({
    delayMs: fc.double({ min: 0, max: 1000, noNaN: true }),
    queued: fc.boolean(),
    responseTimeMs: fc.double({ min: 0, max: 1000, noNaN: true }),
  });
  fc.assert(
    fc.property(outcomes, fc.infiniteStream(timings), fc.nat(), (samples, stream, unsent) => {
      const recorder = new Recorder();
      for (const sample of samples) recorder.recordScheduled(sample, stream.next().value!);
      recorder.countUnsent(unsent);
      const copy = new Recorder();
      copy.add(JSON.parse(JSON.stringify(recorder.snapshot())));
      assert.deepEqual(copy.snapshot(), recorder.snapshot());
      copy.merge(recorder);
      const { scheduled } = copy;
      assert.equal(scheduled!.unsent, 2 * unsent);
      assert.equal(scheduled!.sendDelay.count + scheduled!.queueWait.count, 2 * samples.length);
      assert.equal(scheduled!.serviceTime.count, copy.successes);
      assert.equal(copy.finished, 2 * samples.length);
    }),
  );
});

Deno.test("several threads send each of the seed's ids once, and count every request once", async () => {
  const next = drawUserIds({ min: 1, max: 10_000 }, 500, 11);
  const expected = Array.from({ length: 500 }, () => next()!);
  await withObservingServers(async ({ targets, rest, grpc }) => {
    const args = ["-r", "500", "-c", "10", "--seed", "11", "--workers", "3", "-o", "json"];
    const { stdout, code } = await inProcess([...args, ...targets]);
    assert.equal(code, 0);
    const ascending = (ids: readonly number[]) => [...ids].sort((a, b) => a - b);
    for (const { userIds, mostInFlight } of [rest, grpc]) {
      // The first request is the preflight's.
      assert.deepEqual(ascending(userIds.slice(1)), ascending(expected));
      assert(mostInFlight <= 10);
    }
    const report = JSON.parse(stdout);
    assert.equal(report.rest.successful_requests, 500);
    assert.equal(report.grpc.successful_requests, 500);
    assert.equal(report.test_metadata.workers, 3);
  });
});

Deno.test("failures in several threads are told once of each type, and added up", async () => {
  await withObservingServers(async ({ targets }) => {
    const args = ["-r", "60", "-c", "6", "--workers", "3", "-o", "json", "-v"];
    const { stdout, stderr, code } = await inProcess([...args, ...targets]);
    assert.equal(code, 4);
    assert.deepEqual(JSON.parse(stdout).rest.errors, { "HTTP 500": 60 });
    assert.equal(stderr.match(/REST: first "HTTP 500"/g)?.length, 1);
    assert.match(stderr, /REST: 60 × "HTTP 500"/);
  }, { rest: failAtOnce, grpc: answerAtOnce });
});

Deno.test("an interrupt reaches every thread, and what was measured is printed", async () => {
  await withObservingServers(async ({ targets, rest }) => {
    const controller = new AbortController();
    const args = ["-r", "1000", "-c", "20", "--workers", "2", "-o", "json"];
    const running = inProcess([...args, ...targets], { interrupt: controller.signal });
    // The preflight's, the answered ones, and twenty that hang.
    await rest.arrivalOf(1 + 20 + 20);
    controller.abort();
    const { stdout, code } = await running;
    assert.equal(code, 130);
    const { rest: measured, test_metadata: metadata } = JSON.parse(stdout);
    assert.equal(metadata.interrupted, true);
    assert.equal(measured.successful_requests, 20);
    assert.equal(measured.total_requests, 20);
  }, { rest: hangAfter(20), grpc: answerAtOnce });
});

const STRETCH: Stretch = {
  loads: new Map([["rest", { kind: "requests", requests: 10 }]]),
  purpose: "measurement",
};

/** A thread that is ready once it is told anything, and then does as `onCommand` says, given `kind`. */
function scriptedThread(onCommand: string): () => Worker {
  const script = `self.onmessage = ({ data: { kind } }) => {
    if (kind === "open") return self.postMessage({ kind: "ready" });
    ${onCommand}
  };`;
  const url = `data:application/javascript,${encodeURIComponent(script)}`;
  return () => new Worker(url, { type: "module" });
}

/** The first thread of a pool does as it is told, the others as usual. */
function startPool(onCommand: string): Promise<WorkerGenerator> {
  const scripts = [scriptedThread(onCommand), scriptedThread("")];
  const { signal } = new AbortController();
  return WorkerGenerator.start(SEED_PLAN, 2, signal, () => scripts.shift()!());
}

const ENDS: readonly (readonly [name: string, onCommand: string, reason: RegExp])[] = [
  ["that throws", `throw new Error("no memory\\nat x")`, /a thread of the load ended:.*no memory$/],
  ["that rejects", `Promise.reject(new Error("lost"))`, /a thread of the load ended:.*lost$/],
  [
    "that says that it broke",
    `self.postMessage({ kind: "broken", reason: "mistaken" })`,
    /a thread of the load ended: mistaken$/,
  ],
];

for (const [name, onCommand, message] of ENDS) {
  Deno.test(`a thread ${name} is heard of by whoever waits for it, and holds up no end`, async () => {
    const pool = await startPool(onCommand);
    await assert.rejects(pool.run(STRETCH, () => {}), { message });
    await assert.rejects(pool.settle(), { message });
    await pool.close();
  });
}

Deno.test("a thread that ends while nobody waits is heard of by whoever waits for it next", async () => {
  const interrupt = new AbortController();
  const breaking = scriptedThread(`throw new Error("lost")`);
  const pool = await WorkerGenerator.start(SEED_PLAN, 1, interrupt.signal, breaking);
  interrupt.abort();
  await new Promise((resolve) => setTimeout(resolve, 50));
  await assert.rejects(pool.run(STRETCH, () => {}), /a thread of the load ended/);
  await pool.close();
});

Deno.test("a thread that says what cannot be read has ended", async () => {
  let thread: Worker | null = null;
  const { signal } = new AbortController();
  const pool = await WorkerGenerator.start(
    SEED_PLAN,
    1,
    signal,
    () => thread = scriptedThread("")(),
  );
  const running = pool.run(STRETCH, () => {});
  thread!.dispatchEvent(new MessageEvent("messageerror"));
  await assert.rejects(running, /a thread of the load ended: what it said could not be read/);
  await pool.close();
});

Deno.test("a mistake in a thread of this program's own ends it with a word, before it is ready", async () => {
  const { operation } = SEED_PLAN;
  const plan = {
    ...SEED_PLAN,
    operation: { ...operation, rest: { ...operation.rest, path: "/{{" } },
  };
  const { signal } = new AbortController();
  await assert.rejects(WorkerGenerator.start(plan, 2, signal), /a thread of the load ended: /);
});

Deno.test("an error that nobody waits for ends the program with a word and exit 1, without a stack", async () => {
  const { stdout, stderr, code } = await inProcess(["report", "result.json"], {
    readFile: () => new Promise(() => {}),
    unheardError: Promise.reject(new TypeError("undefined is not a function\nat somewhere")),
  });
  assert.deepEqual([stdout, code], ["", 1]);
  assert.equal(
    stderr,
    "error: Cannot go on, because of a mistake in protoduel itself: undefined is not a function\n",
  );
});
