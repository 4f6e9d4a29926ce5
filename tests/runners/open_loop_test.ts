import { NO_LEAD_IN } from "../../lib/runners/backlog.ts";
import assert from "node:assert/strict";
import fc from "fast-check";
import { monotonicClock } from "../../lib/clock.ts";
import { drawUserIds, randomIntegers } from "../../lib/ids.ts";
import type { OpenLoad, RateProfile } from "../../lib/plan/load_model.ts";
import { preciseAlarm } from "../../lib/runners/alarm.ts";
import { Sleeper } from "../../lib/runners/sleeper.ts";
import { Ending, exactly } from "../../lib/runners/ending.ts";
import { StretchBoard } from "../../lib/runners/stretch_board.ts";
import { WHOLE_LOAD } from "../../lib/runners/load_generator.ts";
import { type OpenLoop, type OpenLoopSpan, runOpenLoop } from "../../lib/runners/open_loop.ts";
import { ArrivalTimes } from "../../lib/runners/pacing.ts";
import type { Sample, ScheduledTiming } from "../../lib/requests/sample.ts";
import { ConnectionTimes } from "../../lib/stats/record/connection_times.ts";
import { Recorder } from "../../lib/stats/record/recorder.ts";
import { summarize } from "../../lib/stats/judge/summary.ts";
import { withGrpcClient, withRestClient } from "../support/clients.ts";
import { withReferenceServers } from "../support/reference.ts";
import { SimulatedServer } from "../support/simulated_server.ts";
import { SimulatedTime } from "../support/simulated_time.ts";

/** What a test says of its load; the rest is the same everywhere. */
interface LoadOptions {
  readonly rate: RateProfile;
  readonly count: number;
  readonly arrivals?: OpenLoad["arrivals"];
  readonly concurrency?: number;
  readonly graceMs?: number;
  readonly alarmLateMs?: number;
}

const SEED = 3;

function constant(perSecond: number): RateProfile {
  return { kind: "constant", perSecond };
}

function arrivalsOf({ rate, arrivals = "uniform" }: LoadOptions) {
  return new ArrivalTimes({ kind: "open", rate, arrivals }, SEED).stretch(WHOLE_LOAD);
}

function endingOf(options: LoadOptions): Ending {
  const board = new StretchBoard(StretchBoard.memoryFor(1));
  return new Ending(exactly(options.count), arrivalsOf(options), board, WHOLE_LOAD);
}

function userIdsOf(count: number): number[] {
  const userIds = drawUserIds({ min: 1, max: 1000 }, count, SEED);
  return Array.from({ length: count }, () => userIds()!);
}

function dueTimesOf(options: LoadOptions): number[] {
  const arrivals = arrivalsOf(options);
  return Array.from({ length: options.count }, () => arrivals.next());
}

/** A load on a simulated server, started but not yet run: time is the test's to let go. */
function startLoad(time: SimulatedTime, send: OpenLoop["send"], options: LoadOptions) {
  const recorder = new Recorder();
  const timings: ScheduledTiming[] = [];
  const controller = new AbortController();
  const userIds = userIdsOf(options.count);
  const ended = runOpenLoop({
    ending: endingOf(options),
    requestAt: (position) => userIds[position - 1]!,
    nextUncounted: () => assert.fail("all of them count"),
    leadIn: NO_LEAD_IN,
    concurrency: options.concurrency ?? 100,
    graceMs: options.graceMs ?? 10_000,
    send,
    record: (sample, timing) => {
      const { delayMs, queued, responseTimeMs } = timing;
      timings.push({ delayMs, queued, responseTimeMs });
      recorder.recordScheduled(sample, timing);
    },
    interrupt: controller.signal,
    clock: time.clock,
    alarm: time.alarm(options.alarmLateMs),
  });
  return { recorder, timings, controller, ended };
}

/** Runs a whole load on a server of its own. */
async function simulate(
  serve: (time: SimulatedTime) => SimulatedServer,
  options: LoadOptions,
) {
  const time = new SimulatedTime();
  const server = serve(time);
  const startMs = time.clock();
  const load = startLoad(time, server.send, options);
  await time.run();
  const span: OpenLoopSpan = await load.ended;
  const unsent = span.pace.due - span.pace.sent;
  load.recorder.countUnsent(unsent);
  return { ...load, span, unsent, server, sentMs: server.sentAtMs.map((atMs) => atMs - startMs) };
}

function assertTimes(actual: readonly number[], expected: readonly number[]): void {
  assert.equal(actual.length, expected.length);
  actual.forEach((time, index) => assert(Math.abs(time - expected[index]!) < 1e-6));
}

const quick = (time: SimulatedTime) => new SimulatedServer(time, () => 1);
const loads = fc.record({
  rate: fc.double({ min: 1, max: 5000, noNaN: true }).map(constant),
  count: fc.integer({ min: 1, max: 200 }),
  arrivals: fc.constantFrom("uniform" as const, "poisson" as const),
});

Deno.test("a server that keeps up is sent every request at its time", async () => {
  await fc.assert(
    fc.asyncProperty(loads, async (options) => {
      const { sentMs, recorder, unsent, timings } = await simulate(quick, {
        ...options,
        concurrency: 1000,
      });
      assertTimes(sentMs, dueTimesOf(options));
      assert.equal(recorder.successes, options.count);
      assert.equal(unsent, 0);
      assert(timings.every(({ delayMs, queued }) => delayMs < 1e-6 && !queued));
    }),
    { numRuns: 50 },
  );
});

Deno.test("the ids are sent in their order, one with each arrival", async () => {
  const { server } = await simulate(quick, { rate: constant(100), count: 40 });
  assert.deepEqual(server.userIds, userIdsOf(40));
});

Deno.test("every request ends as sent or unsent, none early, and never more than the cap in flight", async () => {
  const servers = fc.record({
    serviceMs: fc.double({ min: 0, max: 200, noNaN: true }),
    concurrency: fc.integer({ min: 1, max: 8 }),
    graceMs: fc.integer({ min: 0, max: 500 }),
    alarmLateMs: fc.double({ min: 0, max: 5, noNaN: true }),
  });
  await fc.assert(
    fc.asyncProperty(loads, servers, async (load, { serviceMs, ...limits }) => {
      const options = { ...load, ...limits };
      const { sentMs, server, recorder, unsent } = await simulate(
        (time) => new SimulatedServer(time, () => serviceMs),
        options,
      );
      const dueMs = dueTimesOf(options);
      assert.equal(recorder.finished + unsent, options.count);
      assert.equal(recorder.finished, sentMs.length);
      assert(server.mostInFlight <= options.concurrency);
      assert(sentMs.every((atMs, index) => atMs >= dueMs[index]! - 1e-6));
      assert(sentMs.every((atMs) => atMs <= dueMs.at(-1)! + options.graceMs + 1e-6));
    }),
    { numRuns: 100 },
  );
});

Deno.test("a request that finds the cap reached waits, and its response time counts the wait", async () => {
  // Due at 10, 20, 30 ms; one place, and 25 ms of service: sent at 10, 35, 60 ms.
  const { sentMs, timings, recorder } = await simulate(
    (time) => new SimulatedServer(time, () => 25),
    { rate: constant(100), count: 3, concurrency: 1 },
  );
  assertTimes(sentMs, [10, 35, 60]);
  assertTimes(timings.map(({ responseTimeMs }) => responseTimeMs), [25, 40, 55]);
  assert.deepEqual(timings.map(({ queued }) => queued), [false, true, true]);
  assert.equal(recorder.scheduled!.queueWait.count, 2);
  assert.equal(recorder.scheduled!.sendDelay.count, 1);
  assert.equal(recorder.scheduled!.serviceTime.statistics()!.max, 25);
});

Deno.test("what a late timer costs is told apart from what the cap costs", async () => {
  const { timings, recorder } = await simulate(quick, {
    rate: constant(100),
    count: 50,
    alarmLateMs: 3,
  });
  assert(timings.every(({ delayMs, queued }) => Math.abs(delayMs - 3) < 1e-6 && !queued));
  assert.equal(recorder.scheduled!.queueWait.count, 0);
  // The lateness is this client's, but the request was late all the same.
  assert(Math.abs(recorder.responseTime.statistics()!.mean - 4) < 1e-6);
});

Deno.test("what is not sent by the end of the grace is counted as unsent", async () => {
  // A tenth of the rate is served: 1 s of load and 0.5 s of grace are enough for 15 or 16 of 100.
  const { span, unsent, recorder, server } = await simulate(
    (time) => new SimulatedServer(time, () => 100),
    { rate: constant(100), count: 100, concurrency: 1, graceMs: 500 },
  );
  assert.equal(server.sentAtMs.length, 15);
  assert.equal(unsent, 85);
  const summary = summarize({
    recorder,
    duration: { totalMs: span.pace.dueMs, wallMs: span.endMs - span.startMs },
    pace: span.pace,
    connectionTimes: new ConnectionTimes(),
  });
  assert.equal(summary.total_requests, 15);
  assert.equal(summary.successful_requests + summary.failed_requests, 15);
  assert.equal(summary.open_load!.unsent_requests, 85);
});

Deno.test("a stall of the server is in the response times, and not in the service times", async () => {
  const stallFrom = 1000 + 5000;
  const stallUntil = stallFrom + 500;
  const { recorder } = await simulate(
    (time) =>
      new SimulatedServer(
        time,
        (nowMs) => nowMs >= stallFrom && nowMs < stallUntil ? stallUntil - nowMs : 1,
      ),
    { rate: constant(100), count: 2000, concurrency: 4 },
  );
  const response = recorder.responseTime.statistics()!;
  const service = recorder.scheduled!.serviceTime.statistics()!;
  // Four requests are stuck; another 46 fall due meanwhile, the first waits for 460 ms, each 10 ms less.
  // Before they are all sent, one or two more have come.
  const waited = recorder.scheduled!.queueWait.count;
  assert(waited >= 46 && waited <= 48, `${waited} waited`);
  assert(response.p99 > 250 && response.p99 < 350, `p99 ${response.p99}`);
  assert(service.p99 < 1.01, `service p99 ${service.p99}`);
  assert(response.p50 < 1.01, `p50 ${response.p50}`);
});

Deno.test("response times at a queue fit queueing theory", async () => {
  const random = randomIntegers(11);
  const exponential = (mean: number) => -mean * Math.log(random(1, 2 ** 31) / 2 ** 31);
  const { recorder, unsent } = await simulate(
    (time) => new SimulatedServer(time, () => exponential(1), 1),
    { rate: constant(500), count: 40_000, arrivals: "poisson", concurrency: 1000 },
  );
  assert.equal(unsent, 0);
  // M/M/1 at half load, 1 ms of service: response times are exponential with mean 2 ms.
  const { mean, p50, p99 } = recorder.responseTime.statistics()!;
  assert(Math.abs(mean - 2) < 0.1, `mean ${mean}`);
  assert(Math.abs(p50 - 2 * Math.log(2)) < 0.1, `p50 ${p50}`);
  assert(Math.abs(p99 - 2 * Math.log(100)) < 0.9, `p99 ${p99}`);
});

Deno.test("a cap moves the wait from the server to this client, and response times stay the same", async () => {
  const options = { rate: constant(900), count: 5000, arrivals: "poisson" } as const;
  const single = (time: SimulatedTime) => new SimulatedServer(time, () => 1, 1);
  const wide = await simulate(single, { ...options, concurrency: 1000 });
  const narrow = await simulate(single, { ...options, concurrency: 1 });
  assert.equal(wide.recorder.scheduled!.queueWait.count, 0);
  assert(narrow.recorder.scheduled!.serviceTime.statistics()!.max < 1.01);
  assert(wide.recorder.scheduled!.serviceTime.statistics()!.p99 > 5);
  const [one, other] = [wide, narrow].map(({ recorder }) => recorder.responseTime.statistics()!);
  for (const key of ["mean", "p50", "p99", "max"] as const) {
    assert(Math.abs(one![key] - other![key]) < 0.01, key);
  }
});

Deno.test("an interrupt sends nothing more; what was due by then is unsent, what was not is nothing", async () => {
  const time = new SimulatedTime();
  const server = new SimulatedServer(time, () => 1000);
  const { recorder, controller, ended } = startLoad(time, server.send, {
    rate: constant(100),
    count: 50,
    concurrency: 2,
  });
  time.after(105, () => controller.abort());
  await time.run();
  const { pace, startMs, endMs } = await ended;
  // Ten were due: two are in flight, and not recorded.
  assert.deepEqual([pace.due, pace.sent], [10, 2]);
  assert.equal(recorder.finished, 0);
  assert.equal(server.sentAtMs.length, 2);
  assert.equal(endMs - startMs, 105);
});

Deno.test("a load that is interrupted before it starts sends nothing", async () => {
  const controller = new AbortController();
  controller.abort();
  const options = { rate: constant(100), count: 5 };
  const { pace } = await runOpenLoop({
    ending: endingOf(options),
    requestAt: () => 1,
    nextUncounted: () => 1,
    leadIn: NO_LEAD_IN,
    concurrency: 1,
    graceMs: 0,
    send: () => assert.fail("nothing is sent"),
    record: () => assert.fail("nothing was sent"),
    interrupt: controller.signal,
    clock: () => 0,
    alarm: () => assert.fail("nothing is waited for"),
  });
  assert.equal(pace.due, 0);
});

Deno.test("failures are sent on time like all, and have no response time", async () => {
  const time = new SimulatedTime();
  const failure: Sample = {
    kind: "failure",
    errorType: "HTTP 500",
    cause: "",
    reason: { kind: "other" },
  };
  const { recorder, ended } = startLoad(
    time,
    (_, done) => time.after(5, () => done(failure)),
    { rate: constant(100), count: 20 },
  );
  await time.run();
  await ended;
  assert.deepEqual(recorder.failuresByType, { "HTTP 500": 20 });
  assert.equal(recorder.responseTime.count, 0);
  assert.equal(recorder.scheduled!.sendDelay.count, 20);
});

Deno.test("what a client takes to get round to writing is in the response time", async () => {
  const time = new SimulatedTime();
  const held: Sample = {
    kind: "success",
    responseTimeMs: 2,
    payloadBytes: 1,
    phases: { connectionWaitMs: null, streamWaitMs: null, firstByteMs: 1, downloadMs: 1 },
    wireBytes: null,
  };
  const { timings, ended } = startLoad(
    time,
    (_, done) => time.after(32, () => done(held)),
    { rate: constant(10), count: 3 },
  );
  await time.run();
  await ended;
  assertTimes(timings.map(({ responseTimeMs }) => responseTimeMs), [32, 32, 32]);
});

Deno.test("an alarm never rings early, nor after it was stopped", async () => {
  const sleeper = await Sleeper.start();
  const lateness: number[] = [];
  for (const delayMs of [0, 0.3, 1, 2.7, 5]) {
    const atMs = monotonicClock() + delayMs;
    await new Promise<void>((resolve) => {
      preciseAlarm(monotonicClock, sleeper)(() => {
        lateness.push(monotonicClock() - atMs);
        resolve();
      }).set(atMs);
    });
  }
  assert(lateness.every((lateMs) => lateMs >= 0));
  const stopped = preciseAlarm(monotonicClock, sleeper)(() => assert.fail("it was stopped"));
  stopped.set(monotonicClock() + 3);
  stopped.stop();
  await new Promise((resolve) => setTimeout(resolve, 6));
  sleeper.close();
});

Deno.test("an alarm that is set again rings once, at the later time", async () => {
  const sleeper = await Sleeper.start();
  const rings: number[] = [];
  const laterMs = monotonicClock() + 6;
  await new Promise<void>((resolve) => {
    const alarm = preciseAlarm(monotonicClock, sleeper)(() => {
      rings.push(monotonicClock());
      setTimeout(resolve, 4);
    });
    alarm.set(laterMs - 3);
    alarm.set(laterMs);
  });
  assert.equal(rings.length, 1);
  assert(rings[0]! >= laterMs);
  sleeper.close();
});

Deno.test("real servers get the whole load, and no response is faster than its service", async () => {
  const sleeper = await Sleeper.start();
  await withReferenceServers(async ({ restUrl, grpcAddress }) => {
    for (const lens of ["native", "wire"] as const) {
      for (
        const withClient of [
          (body: Parameters<typeof withRestClient>[1]) => withRestClient(restUrl, body, { lens }),
          (body: Parameters<typeof withGrpcClient>[1]) =>
            withGrpcClient(grpcAddress, body, { lens }),
        ]
      ) {
        await withClient(async (client) => {
          const options = { rate: constant(400), count: 60, arrivals: "poisson" } as const;
          const recorder = new Recorder();
          const userIds = userIdsOf(options.count);
          const span = await runOpenLoop({
            ending: endingOf(options),
            requestAt: (position) => userIds[position - 1]!,
            nextUncounted: () => assert.fail("all of them count"),
            leadIn: NO_LEAD_IN,
            concurrency: 10,
            graceMs: 5000,
            send: (userId, done) => client.send(userId, done),
            record: (sample, timing) => {
              assert(sample.kind === "success");
              assert(timing.delayMs >= 0);
              assert(timing.responseTimeMs >= timing.delayMs + sample.responseTimeMs);
              recorder.recordScheduled(sample, timing);
            },
            interrupt: new AbortController().signal,
            clock: monotonicClock,
            alarm: preciseAlarm(monotonicClock, sleeper),
          });
          assert.equal(recorder.successes, 60);
          assert.equal(span.pace.sent, 60);
          assert(span.endMs - span.startMs >= arrivalsOf(options).timeOf(60));
        });
      }
    }
  });
  sleeper.close();
});
