import assert from "node:assert/strict";
import fc from "fast-check";
import { differingFields, type FieldDifference } from "../../lib/requests/meaning.ts";

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
  const names = (differences: FieldDifference[]) => differences.map(({ name }) => name);
  assert.deepEqual(names(differingFields(first, second)), ["address.city", "id", "tags"]);
  assert.deepEqual(names(differingFields([1], { id: 1 })), ["(the whole answer)"]);
});

Deno.test("what only one side carries is told from what each has a value of its own for", () => {
  const rest = { id: 1, bio: "x", active: true, tags: ["a"], links: [{ a: 1 }, { b: 1 }] };
  const grpc = {
    id: 2,
    bio: "",
    active: false,
    email: "y",
    tags: [],
    links: [{ a: 1, c: "d" }, {}],
  };
  assert.deepEqual(differingFields(rest, grpc), [
    { name: "active", kind: "other-value" },
    { name: "bio", kind: "only-in-first" },
    { name: "email", kind: "only-in-second" },
    { name: "id", kind: "other-value" },
    { name: "links.b", kind: "only-in-first" },
    { name: "links.c", kind: "only-in-second" },
    { name: "tags", kind: "only-in-first" },
  ]);
});

Deno.test("list items that differ in more than one way count as another value", () => {
  const first = { list: [{ x: "a" }, {}] };
  const second = { list: [{}, { x: "b" }] };
  assert.deepEqual(differingFields(first, second), [{ name: "list.x", kind: "other-value" }]);
});

Deno.test("every JSON value means the same as itself", () => {
  fc.assert(fc.property(fc.jsonValue(), (value) => {
    assert.deepEqual(differingFields(value, structuredClone(value)), []);
  }));
});
