import assert from "node:assert/strict";
import { isLike, shapeOf, shapeText } from "../../lib/requests/answer_shape.ts";
import { AnswerShapes } from "../../lib/requests/answer_shapes.ts";
import { parseJson } from "../../lib/requests/rest_answer.ts";

const encoder = new TextEncoder();
const user = (id: number) => ({
  id,
  username: `user.${id}`,
  email: `u${id}@x.test`,
  address: { city: "Oslo", zip: "0150" },
  active: id % 2 === 0,
});

const like = (known: unknown, other: unknown) => isLike(shapeOf(known), shapeOf(other));

Deno.test("answers of the same sort are alike, whatever their values are", () => {
  assert(like(user(1), user(2)));
  assert(like({ user: user(1) }, { user: user(90_000) }));
  assert(like([user(1)], []));
  const { address: _, ...without } = user(3);
  assert(like(user(1), without), "a field may be absent");
  assert(like(user(1), { ...user(1), address: null }), "or null");
  assert(like(user(1), { ...user(1), more: "of it" }));
  assert(like({ id: 1, active: true }, { id: 2, active: false }));
});

Deno.test("an error, something else, or nothing is not like the answer", () => {
  for (
    const other of [
      { error: "rate limit exceeded" },
      { id: 5, error: "unknown" },
      { ...user(1), error: "stale" },
      {},
      null,
      [],
      "busy",
      { message: "slow down", code: 42 },
    ]
  ) assert(!like(user(1), other), JSON.stringify(other));
  assert(!like({ ...user(1), error: "stale" }, user(1)), "nor is the answer like an error");
  const envelope = { success: true, data: user(1) };
  assert(like(envelope, { success: true, data: user(2) }));
  assert(!like(envelope, { success: false, data: null, error: { code: 1 } }));
  assert(!like({ user: user(1) }, { user: null }), "an empty message");
  assert(!like({ user: user(1) }, { user: { id: "0", username: "", active: false } }));
});

Deno.test("a shape in words names fields, and no value", () => {
  assert.equal(shapeText(shapeOf({ error: "secret", code: null })), "{error}");
  assert.equal(shapeText(shapeOf({ a: 1, b: 1, c: 1, d: 1, e: 1, f: 1 })), "{a, b, c, d, e, …}");
  assert.equal(shapeText(shapeOf({})), "an empty one");
});

/** Lets a watch see answers of both sorts, and tells what share it says are errors. */
function shareSeen(documents: readonly object[]): number {
  const shapes = new AnswerShapes(parseJson);
  for (const document of documents) {
    const bytes = encoder.encode(`__${JSON.stringify(document)}__`);
    shapes.see(bytes, 2, bytes.length - 2);
  }
  const { kinds } = shapes;
  const all = kinds.reduce((sum, { count }) => sum + count, 0);
  assert.equal(all, documents.length);
  const others = kinds.filter(({ shape }) => !isLike(shapeOf(user(1)), shape));
  return others.reduce((sum, { count }) => sum + count, 0) / documents.length;
}

function answers(count: number, isError: (index: number) => boolean, error: object): object[] {
  return Array.from({ length: count }, (_, index) => isError(index) ? error : user(index));
}

Deno.test("errors that are told by their size are counted exactly", () => {
  const error = { error: "rate limit exceeded" };
  assert.equal(shareSeen(answers(20_000, () => false, error)), 0);
  assert.equal(shareSeen(answers(20_000, (index) => index >= 300, error)), 19_700 / 20_000);
  assert.equal(shareSeen(answers(20_000, (index) => index % 50 === 7, error)), 0.02);
});

Deno.test("errors of the size that good answers have are found by samples", () => {
  const size = JSON.stringify(user(12_345)).length;
  const error = { error: "x".repeat(size - '{"error":""}'.length) };
  const share = shareSeen(answers(40_000, (index) => index >= 12_000, error));
  assert(share > 0.6 && share < 0.75, `${share}, where 0.7 is true`);
});

Deno.test("answers that are each of another size are sampled, in step with no pattern of theirs", () => {
  const filler = "x".repeat(16_000);
  const documents = Array.from({ length: 8000 }, (_, index) => {
    const text = filler.slice(0, 3000 + index);
    return index % 4 === 0 ? { error: text } : { ...user(index), username: text };
  });
  const share = shareSeen(documents);
  assert(share > 0.1 && share < 0.4, `${share}, where 0.25 is true`);
});

Deno.test("what does not decode, or is of ever new shapes, is borne", () => {
  const broken = new AnswerShapes(() => {
    throw new Error("no");
  });
  broken.see(encoder.encode("{}"), 0, 2);
  assert.deepEqual(broken.kinds, []);
  const shapes = new AnswerShapes(parseJson);
  for (let index = 0; index < 100; index++) {
    const bytes = encoder.encode(JSON.stringify({ [`field${index}`]: "x".repeat(index) + 1 }));
    shapes.see(bytes, 0, bytes.length);
  }
  assert(shapes.kinds.length <= 8);
});
