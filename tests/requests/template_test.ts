import assert from "node:assert/strict";
import fc from "fast-check";
import {
  ByteBuffer,
  ByteTemplate,
  type Escape,
  ValueError,
} from "../../lib/requests/byte_template.ts";
import {
  fillText,
  namesIn,
  parseTemplate,
  TemplateError,
  type Value,
} from "../../lib/requests/template.ts";

const anyValue: fc.Arbitrary<Value> = fc.oneof(
  fc.string({ unit: "binary", maxLength: 90 }),
  fc.integer(),
  fc.nat(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.boolean(),
  fc.constant(null),
);

function written(text: string, escape: Escape, values: Record<string, Value>): string {
  const names = Object.keys(values);
  const template = new ByteTemplate(parseTemplate(text), escape, (name) => names.indexOf(name));
  const buffer = new ByteBuffer();
  const end = template.writeTo(buffer, 0, Object.values(values));
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(buffer.upTo(end));
}

Deno.test("a text without holes is what it was", () => {
  fc.assert(fc.property(fc.string({ unit: "grapheme" }), (text) => {
    fc.pre(!text.includes("{{"));
    assert.deepEqual(parseTemplate(text), { literals: [text], holes: [] });
    assert.equal(written(text, "none", {}), text.toWellFormed());
  }));
});

Deno.test("every hole is found, with its name and its place", () => {
  const parts = parseTemplate("/users/{{id}}/{{ customer.email }}?x={{+path}}{{id}}");
  assert.deepEqual(parts.holes.map(({ name, offset }) => [name, offset]), [
    ["id", 7],
    ["customer.email", 14],
    ["path", 37],
    ["id", 46],
  ]);
  assert.deepEqual(namesIn(parts), ["id", "customer.email", "path"]);
  assert.equal(fillText(parts, (name) => `<${name}>`), "/users/<id>/<customer.email>?x=<path><id>");
});

for (const text of ["{{", "a {{b", "{{}}", "{{1a}}", "{{a-b}}", "{{a.}}", "{{a b}}", '{{"a"}}']) {
  Deno.test(`"${text}" is refused, and says where and what would be right`, () => {
    assert.throws(() => parseTemplate(text), (error) => {
      assert.ok(error instanceof TemplateError);
      assert.match(error.message, /expected "\{\{name\}\}"/);
      assert.equal(error.offset, text.indexOf("{{"));
      return true;
    });
  });
}

Deno.test("a JSON string that is one hole becomes the value itself, of its own type", () => {
  fc.assert(fc.property(anyValue, (value) => {
    const text = written('{ "a": "{{v}}", "b": ["{{v}}"] }', "json", { v: value });
    assert.deepEqual(JSON.parse(text), JSON.parse(JSON.stringify({ a: value, b: [value] })));
  }));
});

Deno.test("a hole within a JSON string is a part of the string, whatever it holds", () => {
  fc.assert(fc.property(anyValue, (value) => {
    const text = written('{"a":"x{{v}}y","{{v}}":1}', "json", { v: value });
    const wellFormed = typeof value === "string" ? value : String(value);
    assert.deepEqual(
      new Map(Object.entries(JSON.parse(text))),
      new Map<string, unknown>([["a", `x${wellFormed}y`], [wellFormed, 1]]),
    );
  }));
});

Deno.test("a value in a URL is one component of it, and a reserved one keeps its slashes", () => {
  fc.assert(fc.property(fc.string({ unit: "grapheme" }), (value) => {
    assert.equal(
      written("/{{v}}?q={{v}}", "url", { v: value }),
      `/${encodeURIComponent(value)}?q=${encodeURIComponent(value)}`,
    );
    assert.equal(
      written("/{{+v}}", "url", { v: value }),
      `/${value.split("/").map(encodeURIComponent).join("/")}`,
    );
  }));
});

Deno.test("a header never gets a line break from a value", () => {
  for (const value of ["a\r\nx: y", "a\nb", "\0", "a\rb"]) {
    assert.throws(() => written("Bearer {{v}}", "header", { v: value }), ValueError);
  }
  assert.equal(written("Bearer {{v}}", "header", { v: "tok\ten" }), "Bearer tok\ten");
});

Deno.test("a text grows beyond its buffer", () => {
  const long = "ä".repeat(100_000);
  assert.equal(written("{{v}}{{v}}", "none", { v: long }), long + long);
});
