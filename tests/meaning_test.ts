import assert from "node:assert/strict";
import fc from "fast-check";
import { differingFields } from "../lib/operations/meaning.ts";

Deno.test("spelling does not count: key case, underscores, 64-bit integers as strings", () => {
  const rest = { full_name: "Ada", createdAt: 12, tags: ["a"], address: { zip_code: "1" } };
  const grpc = { fullName: "Ada", createdAt: "12", tags: ["a"], address: { zipCode: "1" } };
  assert.deepEqual(differingFields(rest, grpc), []);
});

Deno.test("a default value and an absent one mean the same", () => {
  const defaults = { name: "", active: false, count: 0, big: "0", list: [], nested: {} };
  assert.deepEqual(differingFields({}, defaults), []);
  assert.deepEqual(differingFields({ name: null }, defaults), []);
});

Deno.test("differing fields are named by their paths", () => {
  const first = { id: 1, address: { city: "Oslo", zip: "1" }, tags: ["a", "b"] };
  const second = { id: 2, address: { city: "Rome", zip: "1" }, tags: ["a", "c"] };
  assert.deepEqual(differingFields(first, second), ["address.city", "id", "tags"]);
  assert.deepEqual(differingFields([1], { id: 1 }), ["(the whole answer)"]);
});

Deno.test("every JSON value means the same as itself", () => {
  fc.assert(fc.property(fc.jsonValue(), (value) => {
    assert.deepEqual(differingFields(value, structuredClone(value)), []);
  }));
});
