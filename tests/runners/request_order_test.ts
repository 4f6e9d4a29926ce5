import assert from "node:assert/strict";
import fc from "fast-check";
import { drawsOf } from "../../lib/draws.ts";
import { userIdsOf } from "../../lib/ids.ts";
import { RequestOrder, requestsInOrder } from "../../lib/runners/request_order.ts";
import { RequestSequence } from "../../lib/runners/request_sequence.ts";
import { looksAt } from "../../lib/plan/sampling.ts";

const windowSizes = fc.integer({ min: 1, max: 3000 });
const seeds = fc.maxSafeInteger();

function numbers(order: RequestOrder, count: number): number[] {
  return Array.from({ length: count }, (_, position) => order.numberAt(position));
}

const ascending = (values: Iterable<number>) => [...values].sort((a, b) => a - b);
const upTo = (count: number) => Array.from({ length: count }, (_, number) => number);

Deno.test("every order of a window has each request once", () => {
  fc.assert(fc.property(windowSizes, seeds, fc.nat(5), (size, seed, side) => {
    assert.deepEqual(ascending(numbers(new RequestOrder([size], seed, side), size)), upTo(size));
  }));
});

Deno.test("windows follow each other, each with its own requests, and those not foretold are ever longer", () => {
  fc.assert(
    fc.property(fc.array(windowSizes, { minLength: 1, maxLength: 4 }), seeds, (given, seed) => {
      const whole = given.reduce((sum, size) => sum + size, 0);
      const order = numbers(new RequestOrder(given, seed, 1), 4 * whole);
      let start = 0;
      for (const size of [...given, whole, 2 * whole]) {
        const window = order.slice(start, start + size);
        assert.deepEqual(ascending(window), upTo(size).map((number) => start + number));
        start += size;
      }
    }),
  );
});

Deno.test("both sides send the same ids, each in an order of its own, and a seed repeats both", () => {
  const counts = fc.integer({ min: 20, max: 3000 });
  fc.assert(
    fc.property(counts, seeds, fc.integer({ min: 20, max: 2 ** 31 - 1 }), (requests, seed, max) => {
      const plan = {
        extent: { kind: "requests", requests },
        sampling: { kind: "fixed" },
        seed,
      } as const;
      const userIdOf = userIdsOf({ min: 1, max }, seed);
      const of = (side: "rest" | "grpc") =>
        upTo(requests).map(requestsInOrder(plan, side)).map(userIdOf);
      assert.notDeepEqual(of("rest"), of("grpc"));
      assert.deepEqual(ascending(of("rest")), ascending(of("grpc")));
      assert.deepEqual(of("rest"), of("rest"));
      assert(of("grpc").every((id) => Number.isInteger(id) && id >= 1 && id <= max));
    }),
  );
});

Deno.test("a run until it is decided has sent the same from both sides at each of its looks", () => {
  const limits = fc.tuple(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 0, max: 5000 }));
  fc.assert(fc.property(limits, seeds, ([requests, more], seed) => {
    const extent = { kind: "requests", requests } as const;
    const sampling = { kind: "until-decided", mostRequests: requests + more } as const;
    const plan = { extent, sampling, seed };
    const looks = looksAt(extent, sampling).map((look) =>
      look.kind === "requests" ? look.requests : 0
    );
    const sent = looks.reduce((sum, size) => sum + size, 0);
    const [rest, grpc] = (["rest", "grpc"] as const)
      .map((side) => upTo(sent).map(requestsInOrder(plan, side)));
    let start = 0;
    for (const size of looks) {
      const look = (ids: readonly number[]) => ascending(ids.slice(start, start + size));
      assert.deepEqual(look(rest!), look(grpc!));
      start += size;
    }
  }));
});

Deno.test("within an order every request is as likely to come early as late", () => {
  // A table of place by number, ten by ten; over 300 orders its chi-squared is 81 on average, ± 0.7.
  const [size, cells, orders] = [1000, 10, 300];
  let total = 0;
  for (let seed = 0; seed < orders; seed++) {
    const counts = new Float64Array(cells ** 2);
    numbers(new RequestOrder([size], seed, seed % 2), size).forEach((number, position) => {
      counts[Math.floor(position * cells / size) * cells + Math.floor(number * cells / size)]!++;
    });
    const expected = size / cells ** 2;
    total += counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
  }
  const mean = total / orders;
  assert(mean > 78 && mean < 84, String(mean));
});

Deno.test("draws are even, and those of two variables, seeds or neighbouring requests unlike", () => {
  const count = 100_000;
  const uniform = (seed: number, variable: number, shift = 0) => {
    const draw = drawsOf(seed, variable);
    return upTo(count).map((request) => draw(request + shift) / 2 ** 32 - 0.5);
  };
  const first = uniform(42, 0);
  const bins = new Float64Array(100);
  for (const value of first) bins[Math.floor((value + 0.5) * 100)]!++;
  const chiSquared = bins.reduce((sum, bin) => sum + (bin - count / 100) ** 2 / (count / 100), 0);
  assert(chiSquared < 149, `chi-squared ${chiSquared} at 99 degrees of freedom`);
  const others = [uniform(42, 1), uniform(43, 0), uniform(42 + 2 ** 32, 0), uniform(42, 0, 1)];
  for (const other of others) {
    const correlation = 12 / count *
      first.reduce((sum, value, index) => sum + value * other[index]!, 0);
    assert(Math.abs(correlation) * Math.sqrt(count) < 4, String(correlation));
  }
});

Deno.test("threads share out a run of requests, each stretch evenly, whatever they are cut into", () => {
  const stretches = fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 12 });
  fc.assert(fc.property(stretches, fc.integer({ min: 1, max: 7 }), (counts, of) => {
    const threads = upTo(of).map((index) =>
      new RequestSequence((position) => position, { index, of })
    );
    let start = 0;
    for (const count of counts) {
      const shares = threads.map((thread) => thread.shareOfNext.index);
      const parts = threads.map((thread) => {
        const next = thread.stretch(count);
        const part: number[] = [];
        for (let id = next(); id !== null; id = next()) part.push(id);
        return part;
      });
      assert.deepEqual(ascending(parts.flat()), upTo(count).map((number) => start + number));
      // What else is shared out by the stretch's own count goes to the same threads.
      parts.forEach((part, thread) =>
        assert(part.every((position) => (position - start) % of === shares[thread]))
      );
      start += count;
    }
  }));
});

Deno.test("a thread that sends less of a stretch than planned goes on from there", () => {
  const sequence = new RequestSequence((position) => position, { index: 0, of: 1 });
  const first = sequence.stretch(10);
  assert.deepEqual([first(), first(), first()], [0, 1, 2]);
  const second = sequence.stretch(3);
  assert.deepEqual([second(), second(), second(), second()], [3, 4, 5, null]);
});
