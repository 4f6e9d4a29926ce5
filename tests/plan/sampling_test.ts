import assert from "node:assert/strict";
import fc from "fast-check";
import { looksAt } from "../../lib/plan/sampling.ts";

Deno.test("a fixed sample is looked at once, at its end", () => {
  const extent = { kind: "requests", requests: 500 } as const;
  assert.deepEqual(looksAt(extent, { kind: "fixed" }), [extent]);
});

Deno.test("until it is decided, each look doubles the sample, at most six times, within the limit", () => {
  const counts = fc.integer({ min: 1, max: 1_000_000 });
  fc.assert(fc.property(counts, fc.integer({ min: 1, max: 1000 }), (requests, factor) => {
    const mostRequests = requests * factor;
    const looks = looksAt(
      { kind: "requests", requests },
      { kind: "until-decided", mostRequests },
    ).map((extent) => extent.kind === "requests" ? extent.requests : NaN);
    assert.equal(looks[0], requests);
    assert(looks.length <= 6);
    let sent = requests;
    for (const more of looks.slice(1)) {
      assert(more === sent || sent + more === mostRequests);
      sent += more;
    }
    assert(sent <= mostRequests);
    if (looks.length < 6) assert.equal(sent, mostRequests);
  }));
});
