import assert from "node:assert/strict";
import fc from "fast-check";
import { type Block, interleave } from "../lib/schedule.ts";

function blocksOf(requests: number, concurrency: number, seed: number): readonly Block[] {
  const schedule = interleave(requests, concurrency, seed);
  assert(schedule.kind === "interleaved");
  return schedule.blocks;
}

const requestCounts = fc.integer({ min: 1, max: 200_000 });
const concurrencies = fc.integer({ min: 1, max: 1000 });
const seeds = fc.maxSafeInteger();

Deno.test("the blocks share out every request, evenly", () => {
  fc.assert(fc.property(requestCounts, concurrencies, seeds, (requests, concurrency, seed) => {
    const lengths = blocksOf(requests, concurrency, seed).map((block) => block.requests);
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

Deno.test("a block is twice as long as the concurrency, unless the run is too short for two", () => {
  fc.assert(fc.property(requestCounts, concurrencies, seeds, (requests, concurrency, seed) => {
    const blocks = blocksOf(requests, concurrency, seed);
    if (blocks.length === 1) return;
    for (const block of blocks) assert(block.requests >= Math.max(2 * concurrency, 50));
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
    for (const block of blocks) assert(block.requests >= 5 * concurrency);
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
      (_, seed) => blocksOf(150, 1, seed).filter((block) => block.first === "rest").length,
    ),
  );
  assert.deepEqual([...restFirst].sort(), [1, 2]);
});
