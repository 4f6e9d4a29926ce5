import assert from "node:assert/strict";
import fc from "fast-check";
import protojson from "protobufjs/ext/protojson.js";
import { differencesByType } from "../../../lib/requests/grpc/read_through.ts";
import { compileSchema } from "../../../lib/requests/grpc/schema.ts";
import { SHOP } from "../../support/shop_schema.ts";

const Order = compileSchema(SHOP).method("shop.v1.Shop/CreateOrder").requestType;

const ORDER = {
  orderId: "o-7",
  status: "PAID",
  items: [{ sku: "A", quantity: 3, priceCents: "4999" }, { sku: "B" }],
  labels: { tier: "gold" },
  createdAt: "2026-11-27T12:00:00.500Z",
  total: { units: "9007199254740993", currency: "EUR" },
  weight: 1.25,
  gift: true,
};

function differences(rest: unknown, message: unknown = ORDER): string[] {
  const bytes = Order.encode(protojson.fromJson(Order, message)).finish();
  return differencesByType(Order, rest, bytes).map(({ name, kind }) => `${name} ${kind}`);
}

for (
  const [name, rest] of [
    ["as it is", ORDER],
    ["in snake case, with defaults and nulls", {
      order_id: "o-7",
      status: 1,
      items: [{ sku: "A", quantity: 3, price_cents: 4999 }, { sku: "B", quantity: 0 }],
      labels: { tier: "gold" },
      created_at: "2026-11-27T13:00:00.5+01:00",
      total: { units: "9007199254740993", currency: "EUR" },
      weight: 1.25,
      gift: "true",
      card: null,
      opt: null,
    }],
    ["in an envelope", { data: ORDER, meta: { page: 1 } }],
    ["with a time in milliseconds and a status in lower case", {
      ...ORDER,
      createdAt: Date.parse(ORDER.createdAt),
      status: "paid",
    }],
    ["with a time without an offset", { ...ORDER, createdAt: "2026-11-27 12:00:00.500" }],
    ["with dashes", { ...ORDER, orderId: undefined, "order-id": "o-7" }],
  ] as const
) {
  Deno.test(`an answer ${name} means the same`, () => assert.deepEqual(differences(rest), []));
}

for (
  const [name, rest, expected] of [
    ["another value", { ...ORDER, weight: 1.5 }, ["weight other-value"]],
    ["a rounded 64-bit integer", {
      ...ORDER,
      total: { units: 9007199254740992, currency: "EUR" },
    }, ["total.units other-value"]],
    ["a field that gRPC lacks", { ...ORDER, extraField: "x" }, ["extraField only-in-first"]],
    ["a field less", { ...ORDER, gift: undefined }, ["gift only-in-second"]],
    ["an item less", { ...ORDER, items: [ORDER.items[0]] }, ["items other-value"]],
    ["another time", { ...ORDER, createdAt: "2026-11-27T12:00:01Z" }, ["createdAt other-value"]],
  ] as const
) {
  Deno.test(`an answer with ${name} is told by the field`, () => {
    assert.deepEqual(differences(rest), expected);
  });
}

Deno.test("an error page instead of the answer differs, whatever it is", () => {
  for (const rest of [{ error: "rate limit" }, [], "text", null, 5]) {
    assert.notDeepEqual(differences(rest), []);
  }
});

Deno.test("any answer is compared without a throw", () => {
  fc.assert(fc.property(fc.jsonValue(), (rest) => void differences(rest)));
});
