import assert from "node:assert/strict";
import fc from "fast-check";
import type { UserIds } from "../../lib/ids.ts";
import { NO_FILL, runClosedLoop } from "../../lib/runners/closed_loop.ts";
import { Resumption } from "../../lib/runners/resumption.ts";
import type { Sample } from "../../lib/requests/sample.ts";
import { SimulatedTime } from "../support/simulated_time.ts";

const SUCCESS: Sample = {
  kind: "success",
  responseTimeMs: 1,
  payloadBytes: 1,
  phases: { connectionWaitMs: null, streamWaitMs: null, firstByteMs: null, downloadMs: null },
  wireBytes: null,
};

/** For a load that begins with all its places. */
const neverLater = () => ({
  resumption: new Resumption(() => assert.fail("nothing is put off")),
});

/** A service that the test answers by hand, in any order. */
class ManualService {
  readonly pending = new Map<number, (sample: Sample) => void>();
  readonly received: number[] = [];
  mostInFlight = 0;

  readonly send = (userId: number, done: (sample: Sample) => void): void => {
    this.received.push(userId);
    this.pending.set(this.received.length, done);
    this.mostInFlight = Math.max(this.mostInFlight, this.pending.size);
  };

  /** Answers the request that `choose` picks among those in flight. */
  answer(choose: (count: number) => number): void {
    const keys = [...this.pending.keys()];
    const key = keys[choose(keys.length) % keys.length]!;
    const done = this.pending.get(key)!;
    this.pending.delete(key);
    done(SUCCESS);
  }
}

function userIdsFrom(ids: readonly number[]): UserIds {
  let next = 0;
  return () => ids[next++] ?? null;
}

function startLoad(
  service: ManualService,
  ids: readonly number[],
  concurrency: number,
  fillRequests: UserIds = NO_FILL,
) {
  const recorded: Sample[] = [];
  const controller = new AbortController();
  let timeMs = 0;
  const ended = runClosedLoop({
    requests: userIdsFrom(ids),
    fillRequests,
    concurrency,
    send: service.send,
    record: (sample) => recorded.push(sample),
    interrupt: controller.signal,
    clock: () => timeMs++,
    ...neverLater(),
  });
  return { recorded, controller, ended };
}

Deno.test("the load is always full until the ids run out, and never more than full", async () => {
  await fc.assert(fc.asyncProperty(
    fc.integer({ min: 1, max: 60 }),
    fc.integer({ min: 1, max: 12 }),
    fc.infiniteStream(fc.nat()),
    async (count, concurrency, choices) => {
      const service = new ManualService();
      const ids = Array.from({ length: count }, (_, index) => index + 1);
      const { recorded, ended } = startLoad(service, ids, concurrency);
      for (let answered = 0; answered < count; answered++) {
        assert.equal(service.pending.size, Math.min(concurrency, count - answered));
        service.answer(() => choices.next().value!);
      }
      await ended;
      assert.deepEqual(service.received, ids);
      assert.equal(recorded.length, count);
      assert.equal(service.mostInFlight, Math.min(concurrency, count));
    },
  ));
});

Deno.test("an interrupt sends nothing more, and what was in flight is not recorded", async () => {
  const service = new ManualService();
  const { recorded, controller, ended } = startLoad(service, [1, 2, 3, 4, 5, 6, 7, 8], 3);
  service.answer(() => 0);
  controller.abort();
  const { startMs, endMs } = await ended;
  service.answer(() => 0);
  assert.equal(recorded.length, 1);
  assert.deepEqual(service.received, [1, 2, 3, 4]);
  assert(endMs > startMs);
});

Deno.test("a load that is interrupted before it starts sends nothing", async () => {
  const service = new ManualService();
  const controller = new AbortController();
  controller.abort();
  await runClosedLoop({
    requests: userIdsFrom([1, 2]),
    fillRequests: userIdsFrom([3, 4]),
    concurrency: 2,
    send: service.send,
    record: () => assert.fail("nothing was sent"),
    interrupt: controller.signal,
    clock: () => 0,
    ...neverLater(),
  });
  assert.deepEqual(service.received, []);
});

Deno.test("every place first sends one request that is not recorded, and what counts keeps its number", async () => {
  const service = new ManualService();
  const { recorded, ended } = startLoad(service, [1, 2, 3, 4, 5], 3, userIdsFrom([71, 72, 73]));
  assert.deepEqual(service.received, [71, 72, 73]);
  for (let answered = 0; answered < 8; answered++) service.answer(() => 0);
  const { fill, occupation } = await ended;
  assert.deepEqual(service.received, [71, 72, 73, 1, 2, 3, 4, 5]);
  assert.deepEqual([recorded.length, fill, occupation.places], [5, 3, 3]);
});

Deno.test("a place's time ends with its own last answer, and a straggler's is its own alone", async () => {
  const time = new SimulatedTime();
  // Four places, eight requests: the fifth takes a second, the others ten milliseconds.
  const ended = runClosedLoop({
    requests: userIdsFrom([10, 10, 10, 10, 1000, 10, 10, 10]),
    fillRequests: NO_FILL,
    concurrency: 4,
    send: (delayMs, done) => time.after(delayMs, () => done(SUCCESS)),
    record: () => {},
    interrupt: new AbortController().signal,
    clock: time.clock,
    resumption: new Resumption(time.callLater),
  });
  await time.run();
  const { startMs, endMs, occupation } = await ended;
  assert.deepEqual(occupation, { sumMs: 1010 + 3 * 20, places: 4 });
  assert.equal(endMs - startMs, 1010);
});

Deno.test("a place that its first, uncounted request holds to the end is a place, and adds no time", async () => {
  const time = new SimulatedTime();
  const ended = runClosedLoop({
    requests: userIdsFrom([10, 10, 10, 10]),
    fillRequests: userIdsFrom([500, 10, 10]),
    concurrency: 3,
    send: (delayMs, done) => time.after(delayMs, () => done(SUCCESS)),
    record: () => {},
    interrupt: new AbortController().signal,
    clock: time.clock,
    resumption: new Resumption(time.callLater),
  });
  await time.run();
  // Four requests of 10 ms by three places: 4 / (40 / 3) = 3 / 10 a millisecond, as Little's law has it.
  assert.deepEqual((await ended).occupation, { sumMs: 40, places: 3 });
});

Deno.test("an interrupt ends every place's time", async () => {
  const time = new SimulatedTime();
  const controller = new AbortController();
  const ended = runClosedLoop({
    requests: userIdsFrom([10, 1000]),
    fillRequests: NO_FILL,
    concurrency: 2,
    send: (delayMs, done) => time.after(delayMs, () => done(SUCCESS)),
    record: () => {},
    interrupt: controller.signal,
    clock: time.clock,
    resumption: new Resumption(time.callLater),
  });
  time.after(100, () => controller.abort());
  await time.run();
  assert.deepEqual((await ended).occupation, { sumMs: 110, places: 2 });
});

Deno.test("a place that a slow answer held at the end of a stretch is held as long in the next", async () => {
  const time = new SimulatedTime();
  const resumption = new Resumption(time.callLater);
  const sentAtMs: number[] = [];
  const stretch = async (delays: readonly number[], concurrency: number) => {
    const startMs = time.clock();
    const ended = runClosedLoop({
      requests: userIdsFrom(delays),
      fillRequests: NO_FILL,
      concurrency,
      send: (delayMs, done) => {
        sentAtMs.push(time.clock() - startMs);
        time.after(delayMs, () => done(SUCCESS));
      },
      record: () => {},
      interrupt: new AbortController().signal,
      clock: time.clock,
      resumption,
    });
    await time.run();
    resumption.usually(10);
    return { ...await ended, sentAtMs: sentAtMs.splice(0) };
  };
  // The requests run out after 20 ms, when the second place still has 80 ms to wait.
  await stretch([10, 100, 10], 2);
  // It begins when a usual request would just be done in time.
  const next = await stretch([10, 10, 10, 10, 10, 10, 10, 10, 10, 10], 2);
  assert.deepEqual(next.sentAtMs, [0, 10, 20, 30, 40, 50, 60, 70, 70, 80]);
  // A stretch that is over before leaves the rest to the one after it, and counts the place.
  await stretch([10, 100, 10], 2);
  const short = await stretch([10, 10, 10], 2);
  assert.deepEqual(short.sentAtMs, [0, 10, 20]);
  assert.deepEqual(short.occupation, { sumMs: 30, places: 2 });
  const rest = await stretch([10, 10, 10, 10, 10, 10], 2);
  assert.deepEqual(rest.sentAtMs, [0, 10, 20, 30, 40, 40]);
});
