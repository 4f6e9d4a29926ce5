import assert from "node:assert/strict";
import fc from "fast-check";
import {
  parseArrivals,
  parseLoadDuration,
  parseRamp,
  parseRate,
  parseSteps,
} from "../../lib/command_line/load_values.ts";
import { InvalidValueError } from "../../lib/terminal/invalid_value.ts";

Deno.test("rates, ramps, steps and arrivals are read as written", () => {
  assert.deepEqual(parseRate("0.5"), { kind: "constant", perSecond: 0.5 });
  assert.deepEqual(parseRamp("0:500:30s"), {
    kind: "ramp",
    fromPerSecond: 0,
    toPerSecond: 500,
    overMs: 30_000,
  });
  assert.deepEqual(parseSteps("100:10s,200.5:500ms"), {
    kind: "steps",
    steps: [{ perSecond: 100, durationMs: 10_000 }, { perSecond: 200.5, durationMs: 500 }],
  });
  assert.equal(parseArrivals("poisson"), "poisson");
  assert.equal(parseLoadDuration("2m"), 120_000);
});

const UNUSABLE: readonly (readonly [parse: (text: string) => unknown, texts: readonly string[]])[] =
  [
    [parseRate, ["", "0", "-5", "1e3", "5/s", "Infinity", "NaN", "10000001", " 5", "0x10"]],
    [parseRamp, ["", "1:2", "1:0:5s", "1:2:0s", "1:2:5", "1:2:3s:4", "-1:2:3s", "1:2:9999m"]],
    [parseSteps, ["", "100", "100:10s,", "0:10s", "100:0s", "100:10s:1", "100:10s;200:10s"]],
    [parseSteps, [new Array(101).fill("1:1s").join(",")]],
    [parseArrivals, ["", "Poisson", "even"]],
    [parseLoadDuration, ["", "0s", "10", "0.5ms", "1441m", "-1s"]],
  ];

Deno.test("what is no load is refused with what would be right", () => {
  for (const [parse, texts] of UNUSABLE) {
    for (const text of texts) {
      assert.throws(
        () => parse(text),
        (error) =>
          error instanceof InvalidValueError && error.value === text &&
          error.expected.includes(parse === parseArrivals ? "one of" : "for example"),
        text,
      );
    }
  }
});

Deno.test("any text is either a usable load or refused as a value, never a crash", () => {
  const texts = fc.oneof(
    fc.string(),
    fc.array(fc.constantFrom("1", "0", ".", ":", ",", "s", "ms", "m", "-", "9")).map((parts) =>
      parts.join("")
    ),
  );
  fc.assert(fc.property(texts, (text) => {
    for (const [parse] of UNUSABLE) {
      try {
        parse(text);
      } catch (error) {
        assert(error instanceof InvalidValueError);
      }
    }
  }));
});
