import assert from "node:assert/strict";
import fc from "fast-check";
import { UsageError } from "../../lib/errors.ts";
import { ScenarioText } from "../../lib/scenario/scenario_text.ts";

const SCENARIO = `# a scenario
rest: http://localhost:8080
operations:
  - name: getUser
    message: { userId: "{{id}}", deep: { list: [1, 2] } }
`;

function faultOf(text: string): string {
  try {
    new ScenarioText("s.yaml", text);
  } catch (error) {
    assert.ok(error instanceof UsageError);
    return error.message;
  }
  return "none";
}

Deno.test("a scenario is data, and everything in it has its place", () => {
  const scenario = new ScenarioText("s.yaml", SCENARIO);
  assert.deepEqual(scenario.value, {
    rest: "http://localhost:8080",
    operations: [{ name: "getUser", message: { userId: "{{id}}", deep: { list: [1, 2] } } }],
  });
  const at = (pointer: string) => scenario.error(pointer, "here").message;
  assert.equal(at("/rest"), "s.yaml:2:1: here");
  assert.equal(at("/operations/0"), "s.yaml:4:5: here");
  assert.equal(at("/operations/0/message/userId"), "s.yaml:5:16: here");
  assert.equal(at("/operations/0/message/deep/list/1"), "s.yaml:5:52: here");
  // What is not there is told where it is missing.
  assert.equal(at("/operations/0/weight"), "s.yaml:4:5: here");
});

Deno.test("JSON is read as well, every document of it", () => {
  fc.assert(fc.property(fc.jsonValue({ maxDepth: 4 }), (value) => {
    const text = JSON.stringify(value);
    // Numbers of other spellings than JSON's own are YAML's matter.
    fc.pre(!/\\u|[eE][+-]?\d|-0\b|"__proto__"/.test(text) && !text.includes("{{"));
    assert.deepEqual(new ScenarioText("s.json", text).value, JSON.parse(text));
  }));
});

Deno.test("integers stay exact, and what only looks like something else stays text", () => {
  const { value } = new ScenarioText(
    "s.yaml",
    "{ n: 9007199254740993, small: -7, no: no, on: on, range: 1..5, day: 2024-05-01, v: 1.5 }",
  );
  assert.deepEqual(value, {
    n: "9007199254740993",
    small: -7,
    no: "no",
    on: "on",
    range: "1..5",
    day: "2024-05-01",
    v: 1.5,
  });
});

for (
  const [name, text, expected] of [
    [
      "a hole without quotes",
      "a:\n  id: {{id}}\n",
      's.yaml:2:7: a value that begins with a hole needs quotes; expected "{{name}}"',
    ],
    ["the same name twice", "rest: a\nrest: b\n", "s.yaml:2:1: duplicated mapping key"],
    ["nothing", "", "s.yaml:1:1: "],
    ["a tag that would be code", "a: !!js/function 'x'", "s.yaml:1:4: unknown scalar tag"],
    ["too deep a nesting", "[".repeat(200), "s.yaml:1:"],
    ["an unclosed list", "a: [1\n", "s.yaml:2:1: "],
  ] as const
) {
  Deno.test(`a file with ${name} is refused at its line and column`, () => {
    assert.ok(faultOf(text).startsWith(expected), faultOf(text));
  });
}

Deno.test("a bomb of aliases is refused", () => {
  let text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (let level = 1; level < 9; level++) {
    const again = Array(10).fill(`*a${level - 1}`).join(", ");
    text += `a${level}: &a${level} [${again}]\n`;
  }
  assert.match(faultOf(text), /^s\.yaml:1:1: more than 100000 values/);
  const wide = `a: &a [x]\nb: [${Array(200).fill("*a").join(", ")}]`;
  assert.match(faultOf(wide), /^s\.yaml:/);
});

Deno.test("no text at all makes it fail otherwise than as a fault of the file", () => {
  const piece = fc.constantFrom(
    "a",
    ":",
    " ",
    "\n",
    "- ",
    "{",
    "}",
    "[",
    "]",
    "&a ",
    "*a",
    "{{a}}",
    "'",
    '"',
    "|",
    "\t",
    "#",
    "?",
    "1",
  );
  fc.assert(
    fc.property(fc.array(piece).map((pieces) => pieces.join("")), (text) => {
      assert.match(faultOf(text), /^none$|^s\.yaml:\d+:\d+: ./);
    }),
    { numRuns: 2000 },
  );
});
