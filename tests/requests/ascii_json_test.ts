import assert from "node:assert/strict";
import fc from "fast-check";
import { isAsciiJson } from "../../lib/requests/ascii_json.ts";

const encoder = new TextEncoder();

function parses(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

const ascii = (text: string) => text.replaceAll(/[^ -~\n]/g, "x");

Deno.test("every JSON text in ASCII is recognized, compact or spaced", () => {
  fc.assert(fc.property(fc.json({ depthSize: "small" }), fc.nat(4), (text, indent) => {
    const spaced = ascii(JSON.stringify(JSON.parse(text), null, indent));
    assert.equal(isAsciiJson(encoder.encode(spaced)), true, spaced);
  }));
});

Deno.test("what is recognized is JSON: no damaged text that JSON.parse refuses is let through", () => {
  const damage = fc.tuple(
    fc.nat(),
    fc.constantFrom(
      "",
      ",",
      ":",
      '"',
      "\\",
      "{",
      "}",
      "[",
      "]",
      "0",
      "-",
      ".",
      "e",
      "\\u00",
      "\x1f",
      "\x7f",
      "é",
      "tru",
      " ",
    ),
    fc.boolean(),
  );
  fc.assert(
    fc.property(fc.json(), fc.array(damage, { minLength: 1, maxLength: 3 }), (json, damages) => {
      let text = ascii(json);
      for (const [place, insertion, replaces] of damages) {
        const at = place % (text.length + 1);
        text = text.slice(0, at) + insertion + text.slice(replaces ? at + 1 : at);
      }
      if (isAsciiJson(encoder.encode(text))) assert(parses(text), text);
    }),
    { numRuns: 5000 },
  );
});

Deno.test("the edges of the grammar are where RFC 8259 puts them", () => {
  const right = [
    "0",
    "-0",
    "1.5e+3",
    "1E9",
    "-1.0e-2",
    '""',
    '"\\u00fF\\n"',
    " [ ] ",
    "{ }",
    "null",
  ];
  const wrong = [
    ...[
      "",
      " ",
      "01",
      "-",
      "1.",
      ".5",
      "1e",
      "+1",
      "0x1",
      "NaN",
      "nul",
      "truefalse",
      "[1,]",
      "[,1]",
    ],
    ...[
      '{"a"}',
      '{"a":}',
      '{"a":1,}',
      "{a:1}",
      '"\\x"',
      '"\\u12g4"',
      '"a',
      "'a'",
      "[1",
      "{}{}",
      "\ufeff1",
    ],
  ];
  for (const text of right) assert.equal(isAsciiJson(encoder.encode(text)), true, text);
  for (const text of wrong) assert.equal(isAsciiJson(encoder.encode(text)), false, text);
});

Deno.test("texts that are not for it to judge are left alone: beyond ASCII, or nested without end", () => {
  assert.equal(isAsciiJson(encoder.encode('"é"')), false);
  assert.equal(isAsciiJson(encoder.encode("[".repeat(100_000))), false);
  assert.equal(isAsciiJson(encoder.encode("[".repeat(100) + "]".repeat(100))), false);
});

Deno.test("a text is judged by its own bytes, whatever lies around them", () => {
  const texts = ["{}", " [1, 2] ", "12", "true", '"x"', "", " ", "[1", "tru", '"x', "1."];
  const others = ["", "3", "e", '"', "]", " ", "}{"];
  for (const text of texts) {
    for (const other of others) {
      const bytes = encoder.encode(other + text + other);
      const [start, end] = [other.length, other.length + text.length];
      if (isAsciiJson(bytes, start, end)) assert(parses(text), `${text} in ${other}`);
      assert.equal(isAsciiJson(bytes, start, end) || !parses(text) || continues(text, other), true);
    }
  }
});

/** Whether the text could go on with what follows it: that is left to a real parser. */
function continues(text: string, other: string): boolean {
  return /[\de]$/.test(text) && /^[\de]/.test(other);
}
