import assert from "node:assert/strict";
import type { LoadModel } from "../../lib/plan/load_model.ts";
import { collectGarbage, toleratedGrowthBytes } from "../../lib/runners/garbage.ts";

const MEGABYTE = 1e6;

/** `null`: V8 was started without `--expose-gc`. */
function withCollector(collector: (() => void) | null, use: () => void): void {
  const exposed = globalThis as { gc?: (() => void) | undefined };
  const before = exposed.gc;
  exposed.gc = collector ?? undefined;
  try {
    use();
  } finally {
    exposed.gc = before;
  }
}

Deno.test("garbage is collected once so much has piled up, and then not before as much has again", () => {
  let collections = 0;
  withCollector(() => collections++, () => {
    collectGarbage(-Infinity);
    assert.equal(collections, 1);
    collectGarbage(5 * MEGABYTE);
    assert.equal(collections, 1);
    // Large enough for V8 to put it into the old generation at once.
    const pile = Array.from({ length: 1.25 * MEGABYTE }, (_, index) => index);
    collectGarbage(5 * MEGABYTE);
    assert.equal(collections, 2);
    collectGarbage(5 * MEGABYTE);
    assert.equal(collections, 2);
    assert.equal(pile.length, 1.25 * MEGABYTE);
  });
});

Deno.test("where V8 does not let garbage be collected on demand, a load goes on without", () => {
  withCollector(null, () => collectGarbage(-Infinity));
});

Deno.test("V8 is left alone with a closed load of native clients, and with no other load", () => {
  const closed: LoadModel = { kind: "closed" };
  const open: LoadModel = {
    kind: "open",
    arrivals: "uniform",
    rate: { kind: "constant", perSecond: 500 },
  };
  assert.equal(toleratedGrowthBytes("native", closed), Infinity);
  assert(Number.isFinite(toleratedGrowthBytes("native", open)));
  assert(Number.isFinite(toleratedGrowthBytes("wire", open)));
  assert(Number.isFinite(toleratedGrowthBytes("wire", closed)));
});
