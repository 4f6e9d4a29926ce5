import assert from "node:assert/strict";
import fc from "fast-check";
import type { Extent } from "../../lib/plan/extent.ts";
import type { LoadModel } from "../../lib/plan/load_model.ts";
import { arrivalsWithin } from "../../lib/plan/rate_curve.ts";
import { type Block, cutIntoBlocks, SCHEDULES, turnsOf } from "../../lib/plan/schedule.ts";

const CLOSED: LoadModel = { kind: "closed" };

function blocksOf(requests: number, concurrency: number, seed: number): Block[] {
  return cutIntoBlocks({ kind: "requests", requests }, { load: CLOSED, concurrency }, seed);
}

function requestsOf({ extent }: { readonly extent: Extent }): number {
  assert(extent.kind === "requests");
  return extent.requests;
}

const requestCounts = fc.integer({ min: 1, max: 200_000 });
const concurrencies = fc.integer({ min: 1, max: 1000 });
const seeds = fc.maxSafeInteger();

Deno.test("the blocks share out every request, evenly", () => {
  fc.assert(fc.property(requestCounts, concurrencies, seeds, (requests, concurrency, seed) => {
    const lengths = blocksOf(requests, concurrency, seed).map(requestsOf);
    assert.equal(lengths.reduce((sum, length) => sum + length, 0), requests);
    assert(Math.max(...lengths) - Math.min(...lengths) <= 1);
    assert(Math.min(...lengths) >= 1);
  }));
});

Deno.test("each side goes first equally often, but for one", () => {
  fc.assert(fc.property(requestCounts, concurrencies, seeds, (requests, concurrency, seed) => {
    const blocks = blocksOf(requests, concurrency, seed);
    const restFirst = blocks.filter((block) => block.first === "rest").length;
    assert(Math.abs(2 * restFirst - blocks.length) <= 1);
    assert.deepEqual(blocks.map((block) => block.index), blocks.map((_, index) => index));
  }));
});

Deno.test("a block is twice as long as the concurrency, and no shorter than it takes for a verdict", () => {
  fc.assert(fc.property(requestCounts, concurrencies, seeds, (requests, concurrency, seed) => {
    const blocks = blocksOf(requests, concurrency, seed);
    if (blocks.length === 1) return;
    const least = blocks.length > 4 ? 50 : 20;
    for (const block of blocks) assert(requestsOf(block) >= Math.max(2 * concurrency, least));
    if (requests >= 4 * Math.max(2 * concurrency, 20)) assert(blocks.length >= 4);
  }));
});

Deno.test("there are at least ten blocks where they can be long enough, and at most sixty", () => {
  fc.assert(fc.property(requestCounts, concurrencies, seeds, (requests, concurrency, seed) => {
    const blocks = blocksOf(requests, concurrency, seed);
    if (requests >= 10 * Math.max(2 * concurrency, 50)) assert(blocks.length >= 10);
    assert(blocks.length <= 60);
  }));
});

Deno.test("beyond ten blocks each refills its concurrency five times", () => {
  fc.assert(fc.property(requestCounts, concurrencies, seeds, (requests, concurrency, seed) => {
    const blocks = blocksOf(requests, concurrency, seed);
    if (blocks.length <= 10) return;
    for (const block of blocks) assert(requestsOf(block) >= 5 * concurrency);
  }));
});

Deno.test("equal seeds give equal orders, and over all seeds every order of four blocks occurs", () => {
  const order = (seed: number) => blocksOf(200, 1, seed).map((block) => block.first).join(" ");
  assert.equal(order(42), order(42));
  const orders = new Set(Array.from({ length: 200 }, (_, seed) => order(seed)));
  assert.equal(orders.size, 6);
});

Deno.test("where the number of blocks is odd, either side may lead once more", () => {
  const restFirst = new Set(
    Array.from(
      { length: 50 },
      (_, seed) => blocksOf(250, 1, seed).filter((block) => block.first === "rest").length,
    ),
  );
  assert.deepEqual([...restFirst].sort(), [2, 3]);
});

Deno.test("every schedule gives each protocol every block once", () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...SCHEDULES),
      requestCounts,
      concurrencies,
      seeds,
      (schedule, requests, concurrency, seed) => {
        const blocks = blocksOf(requests, concurrency, seed);
        const turns = turnsOf(schedule, blocks);
        for (const protocol of ["rest", "grpc"] as const) {
          const halves = turns.filter(({ contenders }) => contenders.includes(protocol));
          assert.deepEqual(halves.map(({ block }) => block), blocks.map(({ index }) => index));
          assert.equal(halves.reduce((sum, half) => sum + requestsOf(half), 0), requests);
        }
      },
    ),
  );
});

Deno.test("interleaved turns keep a block's halves together, sequential ones keep the contenders apart", () => {
  const blocks = blocksOf(500, 10, 7);
  const interleaved = turnsOf("interleaved", blocks);
  blocks.forEach(({ index, first }) => {
    const [one, other] = [interleaved[2 * index]!, interleaved[2 * index + 1]!];
    assert.deepEqual([one.block, other.block], [index, index]);
    assert.equal(one.contenders[0], first);
  });
  const sequential = turnsOf("sequential", blocks).map(({ contenders }) => contenders[0]);
  assert.deepEqual(sequential, [...sequential].sort().reverse());
  assert.equal(turnsOf("simultaneous", blocks).length, blocks.length);
});

Deno.test("a run that is measured in time is cut into blocks of a second, or into ten", () => {
  const durations = fc.integer({ min: 1, max: 3_600_000 });
  fc.assert(fc.property(durations, concurrencies, seeds, (durationMs, concurrency, seed) => {
    const blocks = cutIntoBlocks(
      { kind: "duration", durationMs },
      { load: CLOSED, concurrency },
      seed,
    );
    const lengths = blocks.map(({ extent }) =>
      extent.kind === "duration" ? extent.durationMs : NaN
    );
    const sum = lengths.reduce((total, length) => total + length, 0);
    assert(Math.abs(sum - durationMs) < 1e-6 * durationMs);
    assert(blocks.length <= 60);
    if (durationMs >= 1000) assert(blocks.length >= 10);
    if (blocks.length > 10) assert(lengths[0]! >= 1000);
  }));
});

Deno.test("an open load is cut by its time, so that a stall finds room in a block", () => {
  const rates = fc.double({ min: 0.5, max: 20_000, noNaN: true });
  const lengths = fc.integer({ min: 1, max: 600 });
  fc.assert(fc.property(rates, lengths, concurrencies, (perSecond, seconds, concurrency) => {
    const rate = { kind: "constant", perSecond } as const;
    const load = { kind: "open", rate, arrivals: "uniform" } as const;
    const requests = arrivalsWithin(rate, seconds * 1000);
    fc.pre(requests >= 1);
    const blocks = cutIntoBlocks({ kind: "requests", requests }, { load, concurrency }, 1);
    const blockSeconds = requests / perSecond / blocks.length;
    // A second at least, but that four blocks carry a verdict; and no more blocks than requests.
    if (blocks.length > 4) assert(blockSeconds >= 1);
    if (blocks.length > 10) assert(blockSeconds >= 2);
    if (requests / perSecond >= 10) assert(blocks.length >= Math.min(10, requests));
    assert(blocks.length <= 60 && blocks.every((block) => requestsOf(block) >= 1));
  }));
});
