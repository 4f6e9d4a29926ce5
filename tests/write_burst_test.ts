import assert from "node:assert/strict";
import { WriteBurst } from "../lib/protocols/wire/http1/write_burst.ts";

Deno.test("what becomes ready in one batch of callbacks is written at its end, in that order", async () => {
  const happened: string[] = [];
  const burst = new WriteBurst();
  const answer = (name: string) => {
    happened.push(`read ${name}`);
    burst.add({ writeNow: () => happened.push(`write ${name}`) });
  };
  // Callbacks of reads that have returned together, as Deno runs them.
  await Promise.all(["a", "b", "c"].map((name) => Promise.resolve(name).then(answer)));
  assert.deepEqual(happened, ["read a", "read b", "read c", "write a", "write b", "write c"]);
});

Deno.test("a burst that was written is not written again with the next", async () => {
  const written: number[] = [];
  const burst = new WriteBurst();
  for (const number of [1, 2]) {
    burst.add({ writeNow: () => written.push(number) });
    await Promise.resolve();
  }
  assert.deepEqual(written, [1, 2]);
});
