import assert from "node:assert/strict";
import fc from "fast-check";
import {
  UnknownVariableError,
  type ValueSettings,
  ValueTable,
} from "../../lib/requests/value_table.ts";
import { parseRange, type Variables } from "../../lib/requests/variable.ts";
import type { Value } from "../../lib/requests/template.ts";

const NOON = new Date("2026-11-27T12:00:00.000Z");

function table(variables: Variables, seed = 42, more: Partial<ValueSettings> = {}): ValueTable {
  const settings = { variables, seed, contender: "rest", environment: {}, now: () => NOON };
  return new ValueTable({ ...settings, ...more });
}

/** What one variable is in requests 0, 1, … */
function valuesOf(of: ValueTable, name: string, count: number): Value[] {
  const slot = of.slotOf(name);
  return Array.from({ length: count }, (_, request) => of.valuesOf(request)[slot]!);
}

const SOURCES: Variables = {
  id: { kind: "integers", min: 1, max: 10 },
  huge: { kind: "integers", min: 0, max: Number.MAX_SAFE_INTEGER - 1 },
  sku: { kind: "choice", values: ["A", "B", 3, null] },
  customer: {
    kind: "rows",
    columns: ["email", "shop"],
    rows: [["a@x.org", "s1"], ["b@x.org", "s2"], ["c@x.org", "s3"]],
    pick: "random",
  },
  turn: { kind: "rows", columns: ["n"], rows: [["1"], ["2"], ["3"]], pick: "in-turn" },
};

Deno.test("the same seed and request give the same values, in any order and whatever else is asked", () => {
  fc.assert(
    fc.property(
      fc.maxSafeNat(),
      fc.uniqueArray(fc.nat(100_000), { minLength: 1 }),
      (seed, requests) => {
        const names = ["id", "sku", "customer.email", "uuid", "huge"];
        const first = table(SOURCES, seed);
        const second = table(SOURCES, seed);
        names.forEach((name) => first.slotOf(name));
        names.toReversed().forEach((name) => second.slotOf(name));
        const forwards = requests.map((request) =>
          names.map((name) => first.valuesOf(request)[first.slotOf(name)])
        );
        const backwards = requests.toReversed().map((request) =>
          names.map((name) => second.valuesOf(request)[second.slotOf(name)])
        ).toReversed();
        assert.deepEqual(forwards, backwards);
      },
    ),
    { numRuns: 30 },
  );
});

Deno.test("every value of a range and of a list comes about as often as any other", () => {
  for (const [name, distinct] of [["id", 10], ["sku", 4], ["customer.email", 3]] as const) {
    const counts = new Map<Value, number>();
    const drawn = 60_000;
    for (const value of valuesOf(table(SOURCES), name, drawn)) {
      counts.set(value, (counts.get(value) ?? 0) + 1);
    }
    assert.equal(counts.size, distinct);
    // Six standard deviations of a binomial count.
    const expected = drawn / distinct;
    for (const count of counts.values()) {
      assert.ok(Math.abs(count - expected) < 6 * Math.sqrt(expected), `${name}: ${count}`);
    }
  }
});

Deno.test("a range is kept to at both ends, even where it is as wide as exact integers go", () => {
  fc.assert(fc.property(
    fc.maxSafeInteger(),
    fc.maxSafeInteger(),
    fc.nat(),
    (a, b, seed) => {
      const [min, max] = [Math.min(a, b), Math.max(a, b)];
      fc.pre(Number.isSafeInteger(max - min + 1));
      for (const value of valuesOf(table({ v: { kind: "integers", min, max } }, seed), "v", 50)) {
        assert.ok(Number.isSafeInteger(value) && Number(value) >= min && Number(value) <= max);
      }
    },
  ));
});

Deno.test("two variables of one source draw independently of each other", () => {
  const source = SOURCES["id"]!;
  const of = table({ a: source, b: source });
  const [a, b] = [valuesOf(of, "a", 10_000), valuesOf(of, "b", 10_000)];
  const equal = a.filter((value, index) => value === b[index]).length;
  assert.ok(Math.abs(equal - 1000) < 200, `${equal} of 10,000 pairs are equal`);
});

Deno.test("the columns of one row go together, and rows in turn begin with the first", () => {
  const of = table(SOURCES);
  const [emails, shops] = [
    valuesOf(of, "customer.email", 100),
    valuesOf(of, "customer.shop", 100),
  ];
  const letters = "abc";
  emails.forEach((email, request) => {
    assert.equal(shops[request], `s${letters.indexOf(String(email)[0]!) + 1}`);
  });
  assert.deepEqual(valuesOf(of, "turn.n", 5), ["1", "2", "3", "1", "2"]);
  assert.deepEqual(valuesOf(of, "turn", 2), ["1", "2"]);
});

Deno.test("what is always there: a sequence from 1, UUIDs, the time, and who is asked", () => {
  const of = table({}, 42, { environment: { PROTODUEL_TOKEN: "secret" } });
  assert.deepEqual(valuesOf(of, "sequence", 3), [1, 2, 3]);
  const uuids = valuesOf(of, "uuid", 1000);
  assert.equal(new Set(uuids).size, 1000);
  for (const uuid of uuids) {
    assert.match(
      String(uuid),
      /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    );
  }
  assert.deepEqual(valuesOf(of, "now", 1), [NOON.toISOString()]);
  assert.deepEqual(valuesOf(of, "unixMs", 1), [NOON.getTime()]);
  assert.deepEqual(valuesOf(of, "contender", 1), ["rest"]);
  assert.deepEqual(valuesOf(of, "env.PROTODUEL_TOKEN", 1), ["secret"]);
});

for (
  const [name, expected] of [
    ["idd", /there is no variable "idd"; did you mean "id"\?/],
    ["customer", /there is no "customer"; the file has \{\{customer\.email\}\}/],
    ["customer.mail", /there is no "customer\.mail"; the file has/],
    ["id.x", /"id" has no columns/],
    ["env.NOPE", /the environment has no "NOPE"/],
    ["constructor", /there is no variable "constructor"/],
    ["__proto__", /there is no variable "__proto__"/],
  ] as const
) {
  Deno.test(`a hole {{${name}}} that stands for nothing says so`, () => {
    assert.throws(() => table(SOURCES).slotOf(name), (error) => {
      assert.ok(error instanceof UnknownVariableError);
      assert.match(error.message, expected);
      return true;
    });
  });
}

Deno.test("a variable without a hole is known", () => {
  const of = table(SOURCES);
  for (const name of ["id", "customer.email", "turn"]) of.slotOf(name);
  assert.deepEqual(of.unused, ["huge", "sku"]);
});

Deno.test("a range is two integers, the lesser first", () => {
  assert.deepEqual(parseRange("-5..5"), { kind: "integers", min: -5, max: 5 });
  for (const text of ["1", "1.5..2", "a..b", "1..", "..", "1...2"]) {
    assert.equal(parseRange(text), null);
  }
  assert.throws(() => parseRange("5..1"), /Cannot draw from the range "5\.\.1"/);
  assert.throws(() => parseRange("1..99999999999999999"), /Cannot draw from the range/);
});
