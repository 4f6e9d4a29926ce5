import { stringify } from "csv-stringify/sync";
import assert from "node:assert/strict";
import fc from "fast-check";
import { UsageError } from "../../lib/errors.ts";
import { csvRows } from "../../lib/requests/csv_rows.ts";

Deno.test("whatever a CSV holds is read as another implementation wrote it", () => {
  const cell = fc.string({ unit: "grapheme" });
  fc.assert(fc.property(fc.array(fc.tuple(cell, cell), { minLength: 1 }), (rows) => {
    // A line that is all empty is no row.
    fc.pre(rows.every(([a, b]) => a !== "" || b !== ""));
    const text = stringify([["email", "shop"], ...rows]);
    assert.deepEqual(csvRows("c.csv", text, "random"), {
      kind: "rows",
      columns: ["email", "shop"],
      rows,
      pick: "random",
    });
  }));
});

Deno.test("a byte order mark and either line end are no part of a name", () => {
  const source = csvRows("c.csv", "\ufeffa,b\r\n1,2\r\n", "in-turn");
  assert.ok(source.kind === "rows");
  assert.deepEqual(source.columns, ["a", "b"]);
});

for (
  const [name, text, expected] of [
    ["ragged rows", "a,b\n1,2\n3\n", /"c\.csv:3": .*as many values in each row/],
    ["an unclosed quote", 'a,b\n1,"2\n', /Cannot take variables from "c\.csv/],
    ["nothing", "", /it is empty/],
    ["no rows", "a,b\n", /names and no rows/],
    ["a column twice", "a,a\n1,2\n", /"a" stands there twice/],
    ["a column without a name", "a,\n1,2\n", /"" is no name of a column/],
    ["numbers where the names belong", "1,2\n3,4\n", /"1" is no name of a column/],
  ] as const
) {
  Deno.test(`a CSV with ${name} is refused`, () => {
    assert.throws(() => csvRows("c.csv", text, "random"), (error) => {
      assert.ok(error instanceof UsageError);
      assert.match(error.message, expected);
      return true;
    });
  });
}
