import assert from "node:assert/strict";
import fc from "fast-check";
import type { Exchange } from "../../../lib/clients/wire/http2/exchange.ts";
import { StreamTable } from "../../../lib/clients/wire/http2/stream_table.ts";

/** The table looks at nothing but the identifier. */
function exchangeOn(streamId: number): Exchange {
  return { streamId } as Exchange;
}

/** Odd, and so close that they share slots; up to the largest there is. */
const streamIds = fc.oneof(
  fc.integer({ min: 0, max: 600 }).map((index) => 2 * index + 1),
  fc.integer({ min: 0, max: 40 }).map((index) => 512 * index + 1),
  fc.integer({ min: 0, max: 40 }).map((index) => 2 ** 31 - 1 - 2 * index),
);

Deno.test("a stream table holds what a map would hold, whatever is added and deleted", () => {
  const steps = fc.array(fc.tuple(fc.boolean(), streamIds), { maxLength: 1500, size: "max" });
  fc.assert(fc.property(steps, (steps) => {
    const table = new StreamTable<Exchange>();
    const map = new Map<number, Exchange>();
    for (const [isAddition, streamId] of steps) {
      if (!isAddition) {
        table.delete(streamId);
        map.delete(streamId);
      } else if (!map.has(streamId)) {
        const exchange = exchangeOn(streamId);
        table.add(exchange);
        map.set(streamId, exchange);
      }
      assert.equal(table.size, map.size);
    }
    for (const [, streamId] of steps) assert.equal(table.get(streamId), map.get(streamId));
    const oldestFirst = [...map.values()].sort((a, b) => a.streamId - b.streamId);
    assert.deepEqual(table.byAge(), oldestFirst);
  }));
});
