import assert from "node:assert/strict";
import fc from "fast-check";
import protobuf from "protobufjs";
import protojson from "protobufjs/ext/protojson.js";
import { ValueError } from "../../../lib/requests/byte_template.ts";
import {
  MessageTemplate,
  MessageTemplateError,
} from "../../../lib/requests/grpc/message_template.ts";
import { compileSchema } from "../../../lib/requests/grpc/schema.ts";
import type { Value } from "../../../lib/requests/template.ts";
import { SHOP } from "../../support/shop_schema.ts";

const Order = compileSchema(SHOP).method("shop.v1.Shop/CreateOrder").requestType;

function encode(template: unknown, values: Record<string, Value>, type = Order): unknown {
  const names = Object.keys(values);
  const message = new MessageTemplate(type, template, (name) => names.indexOf(name));
  return protojson.toJson(type, type.decode(message.encode(Object.values(values))));
}

/** One value that each kind of field takes, with the template that has it in a hole. */
const FIELDS: Readonly<Record<string, fc.Arbitrary<Value>>> = {
  orderId: fc.string({ unit: "grapheme" }),
  status: fc.constantFrom("STATUS_UNSPECIFIED", "PAID", 2),
  createdAt: fc.date({
    noInvalidDate: true,
    min: new Date("0001-01-02"),
    max: new Date("9999-12-30"),
  })
    .map((date) => date.toISOString()),
  ttl: fc.nat(100_000).map((seconds) => `${seconds}s`),
  raw: fc.uint8Array().map((bytes) => bytes.toBase64()),
  card: fc.string({ unit: "grapheme" }),
  opt: fc.integer(),
  weight: fc.double({ noDefaultInfinity: true, noNaN: true }).filter((it) => !Object.is(it, -0)),
  gift: fc.boolean(),
  big: fc.bigInt(0n, 2n ** 64n - 1n).map(String),
  delta: fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n).map(String),
  note: fc.string({ unit: "grapheme" }),
};

/** Any of them, in any number. */
const anyFields = fc.subarray(Object.keys(FIELDS)).chain((names) =>
  fc.record(Object.fromEntries(names.map((name) => [name, FIELDS[name]!])))
);

Deno.test("a filled template is the message that ProtoJSON makes of the same document", () => {
  fc.assert(fc.property(anyFields, (values) => {
    const template = Object.fromEntries(Object.keys(values).map((name) => [name, `{{${name}}}`]));
    assert.deepEqual(
      encode(template, values),
      protojson.toJson(
        Order,
        Order.decode(Order.encode(protojson.fromJson(Order, values)).finish()),
      ),
    );
  }));
});

Deno.test("holes go anywhere: in lists, maps, nested messages, parts of texts and free JSON", () => {
  const template = {
    order_id: "o-{{id}}-{{sku}}",
    items: [{ sku: "{{sku}}", quantity: "{{quantity}}" }, { sku: "B", price_cents: "{{id}}" }],
    labels: { tier: "{{sku}}" },
    extra: { a: ["{{quantity}}", { b: "{{sku}}!" }], c: null },
    total: { units: "{{id}}", currency: "EUR" },
    gift: true,
  };
  assert.deepEqual(encode(template, { id: 7, sku: "A", quantity: 3 }), {
    orderId: "o-7-A",
    items: [{ sku: "A", quantity: 3 }, { sku: "B", priceCents: "7" }],
    labels: { tier: "A" },
    extra: { a: [3, { b: "A!" }], c: null },
    total: { units: "7", currency: "EUR" },
    gift: true,
  });
});

Deno.test("one template serves one request after the other, defaults among them", () => {
  const message = new MessageTemplate(Order, { opt: "{{v}}", big: "{{v}}" }, () => 0);
  const sent = [1, 0, 2].map((value) =>
    protojson.toJson(Order, Order.decode(message.encode([value])))
  );
  assert.deepEqual(sent, [{ opt: 1, big: "1" }, { opt: 0 }, { opt: 2, big: "2" }]);
});

for (
  const [template, path, expected] of [
    [{ ordrId: "x" }, "/ordrId", /shop\.v1\.Order has no field "ordrId"; did you mean "orderId"\?/],
    [{ zzz: 1 }, "/zzz", /has no field "zzz"; it has "orderId"/],
    [{ constructor: 1 }, "/constructor", /has no field "constructor"/],
    [{ items: [{ skuu: "x" }] }, "/items/0/skuu", /shop\.v1\.Item has no field "skuu"/],
    [{ orderId: "{{x" }, "/orderId", /is not closed/],
    [{ extra: { a: "{{-}}" } }, "/extra/a", /is no variable/],
    [{ labels: { "{{k}}": "v" } }, "/labels/{{k}}", /the key of a map/],
    [{ status: "NOPE" }, "", /NOPE/],
    [{ orderId: 5 }, "", /orderId/],
    ["text", "", /is a message; expected an object/],
  ] as const
) {
  Deno.test(`a template ${JSON.stringify(template)} is refused, with the place of the fault`, () => {
    assert.throws(() => new MessageTemplate(Order, template, () => 0), (error) => {
      assert.ok(error instanceof MessageTemplateError);
      assert.equal(error.path, path);
      assert.match(error.message, expected);
      return true;
    });
  });
}

for (
  const [field, value, expected] of [
    [
      "opt",
      "x",
      /field "opt" does not take "x"; expected an integer from -2147483648 to 2147483647/,
    ],
    ["opt", 2 ** 31, /an integer/],
    ["opt", 1.5, /an integer/],
    ["big", -1, /an integer from 0 to 18446744073709551615/],
    ["delta", "9223372036854775808", /an integer/],
    ["status", "PAYED", /expected one of STATUS_UNSPECIFIED, PAID, OPEN/],
    ["status", "constructor", /expected one of/],
    ["gift", "yes", /true or false/],
    ["raw", "%%", /base64/],
    ["weight", "heavy", /a number/],
    ["weight", "", /a number/],
    ["createdAt", "tomorrow", /google\.protobuf\.Timestamp/],
  ] as const
) {
  Deno.test(`a value ${JSON.stringify(value)} for the field ${field} is refused by the field's name`, () => {
    const message = new MessageTemplate(Order, { [field]: "{{v}}" }, () => 0);
    assert.throws(() => message.encode([value]), (error) => {
      assert.ok(error instanceof ValueError);
      assert.match(error.message, expected);
      return true;
    });
  });
}

Deno.test("an integer that a double does not hold arrives whole", () => {
  const type = protobuf.parse(
    'syntax = "proto3"; message M { int64 v = 1; repeated uint64 w = 2; }',
  ).root
    .resolveAll().lookupType("M");
  const exact = { v: "9007199254740993", w: ["18446744073709551615"] };
  assert.deepEqual(
    encode({ v: "{{a}}", w: ["{{b}}"] }, { a: exact.v, b: exact.w[0]! }, type),
    exact,
  );
});
