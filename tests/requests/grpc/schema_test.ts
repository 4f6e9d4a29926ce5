import assert from "node:assert/strict";
import { UsageError } from "../../../lib/errors.ts";
import { bindToHttp } from "../../../lib/requests/grpc/http_binding.ts";
import { compileSchema } from "../../../lib/requests/grpc/schema.ts";
import { readProtoFiles } from "../../../lib/requests/grpc/schema_source.ts";
import { readShopFile, SHOP } from "../../support/shop_schema.ts";

const shop = compileSchema(SHOP);

Deno.test("a method is found by its path, with a slash or dots, and by its service's own name", () => {
  for (
    const name of [
      "shop.v1.Shop/GetOrder",
      "/shop.v1.Shop/GetOrder",
      "shop.v1.Shop.GetOrder",
      "Shop/GetOrder",
    ]
  ) {
    const { path, shape, requestType, responseType } = shop.method(name);
    assert.equal(path, "/shop.v1.Shop/GetOrder");
    assert.equal(shape, "unary");
    assert.equal(requestType.fullName, ".shop.v1.GetOrderRequest");
    assert.equal(responseType.fullName, ".shop.v1.Order");
  }
  assert.deepEqual(
    ["WatchOrder", "Upload", "Talk"].map((name) => shop.method(`Shop/${name}`).shape),
    ["server-stream", "client-stream", "bidi"],
  );
  assert.deepEqual(shop.services, ["shop.v1.Shop"]);
});

for (
  const [name, expected] of [
    ["shop.v1.Shop/GetOder", /has no method "GetOder"\. Did you mean "shop\.v1\.Shop\/GetOrder"\?/],
    ["shop.v1.Shop/Zebra", /has no method "Zebra"\. It has "shop\.v1\.Shop\/CreateOrder"/],
    ["shop.v1.Shop/constructor", /has no method "constructor"/],
    ["shop.v2.Shop/GetOrder", /has no service "shop\.v2\.Shop"\. Did you mean "shop\.v1\.Shop"\?/],
    ["GetOrder", /expected "package\.Service\/Method"/],
    ["/", /expected "package\.Service\/Method"/],
    ["", /expected "package\.Service\/Method"/],
  ] as const
) {
  Deno.test(`a method "${name}" that there is not is told with what is near it`, () => {
    assert.throws(() => shop.method(name), (error) => {
      assert.ok(error instanceof UsageError);
      assert.match(error.message, expected);
      return true;
    });
  });
}

for (
  const [fault, files, expected] of [
    ["a file that is not there", {}, /Cannot read the schema "a\.proto": there is no such file/],
    [
      "a syntax error, with file and line",
      { "a.proto": 'syntax = "proto3";\nmessage A {\n  int32 int32;\n}' },
      /Cannot read the schema "a\.proto:3"/,
    ],
    [
      "a missing import, with who imported it and where it was looked for",
      { "a.proto": 'import "b.proto";', "inc/b.proto": 'import "c/d.proto";' },
      /Cannot find "c\/d\.proto", which "b\.proto" imports, in "inc", "\."\. Give the folder .* with -I/,
    ],
    [
      "a type that no file has",
      { "a.proto": 'syntax = "proto3"; message A { Nope nope = 1; }' },
      /Cannot use the \.proto files as a schema: .*Nope/,
    ],
  ] as const
) {
  Deno.test(`a schema with ${fault} is refused`, async () => {
    await assert.rejects(async () => {
      const texts: Readonly<Record<string, string>> = files;
      compileSchema(
        await readProtoFiles(["a.proto"], ["inc"], (path) => Promise.resolve(texts[path] ?? null)),
      );
    }, (error) => {
      assert.ok(error instanceof UsageError);
      assert.match(error.message, expected);
      return true;
    });
  });
}

Deno.test("two files that import each other end, and a file is read once", async () => {
  const texts: Readonly<Record<string, string>> = {
    "a.proto": 'syntax = "proto3"; import "b.proto"; message A { B b = 1; }',
    "b.proto": 'syntax = "proto3"; import "a.proto"; message B { A a = 1; }',
  };
  const read: string[] = [];
  const source = await readProtoFiles(["a.proto"], [], (path) => {
    read.push(path);
    return Promise.resolve(texts[path] ?? null);
  });
  assert.deepEqual(read.toSorted(), ["a.proto", "b.proto"]);
  assert.deepEqual(compileSchema(source).services, []);
});

Deno.test("imports are looked for beside the file where no folder is given", async () => {
  const files: Readonly<Record<string, string>> = {
    "x/a.proto": 'syntax = "proto3"; import "b.proto";',
    "x/b.proto": 'syntax = "proto3";',
  };
  const read = (path: string) => Promise.resolve(files[path] ?? null);
  const source = await readProtoFiles(["x/a.proto"], [], read);
  assert.ok(source.kind === "proto-files");
  assert.deepEqual(source.files.map(({ name }) => name), ["b.proto", "x/a.proto"]);
});

Deno.test("a method's google.api.http becomes a request, the first rule that fits", () => {
  const { httpRules } = shop.method("Shop/GetOrder");
  assert.deepEqual(httpRules.map(({ method, path }) => [method, path]), [
    ["GET", "/v1/orders/{order_id}"],
    ["GET", "/v2/{order_id=orders/*}"],
  ]);
  assert.deepEqual(bindToHttp(httpRules, { orderId: "o-{{id}}" }), {
    method: "GET",
    path: "/v1/orders/o-{{id}}",
    body: null,
  });
  assert.deepEqual(
    bindToHttp(shop.method("Shop/CreateOrder").httpRules, { order_id: "{{id}}", gift: true }),
    { method: "POST", path: "/v1/orders", body: '{"order_id":"{{id}}","gift":true}' },
  );
  assert.deepEqual(shop.method("Shop/WatchOrder").httpRules, []);
});

const rule = (method: string, path: string, body: string | null = null) => ({
  method,
  path,
  body,
  responseBody: null,
});

for (
  const [name, rules, message, expected] of [
    [
      "what the path does not take is the query, lists again and again, nested names with dots",
      [rule("GET", "/v1/orders")],
      { pageSize: 10, status: ["PAID", "OPEN"], filter: { text: "a b{{c}}" }, none: null },
      "GET /v1/orders?pageSize=10&status=PAID&status=OPEN&filter.text=a%20b{{c}} null",
    ],
    [
      "a variable of several segments keeps its slashes",
      [rule("GET", "/v1/{name=shops/*/orders/*}")],
      { name: "shops/{{s}}/orders/{{o}}" },
      "GET /v1/shops/{{s}}/orders/{{o}} null",
    ],
    [
      "a hole that is all of such a variable is reserved",
      [rule("GET", "/v1/{name=shops/**}")],
      { name: "{{full}}" },
      "GET /v1/{{+full}} null",
    ],
    [
      "a pattern that does not match leaves the next rule its turn",
      [rule("GET", "/v1/{name=shops/*}"), rule("GET", "/v2/{name=users/*}")],
      { name: "users/7" },
      "GET /v2/users/7 null",
    ],
    [
      "a body of one field leaves the rest to the query",
      [rule("POST", "/v1/{parent=shops/*}/orders", "order")],
      { parent: "shops/{{s}}", order: { a: "{{q}}" }, dry: true },
      'POST /v1/shops/{{s}}/orders?dry=true {"a":"{{q}}"}',
    ],
    ["a variable that is missing fits no rule", [rule("GET", "/v1/{a}")], {}, null],
  ] as const
) {
  Deno.test(`google.api.http: ${name}`, () => {
    const bound = bindToHttp(rules, message);
    assert.equal(bound && `${bound.method} ${bound.path} ${bound.body}`, expected);
  });
}

Deno.test("the files of a schema are found under their include folder's names", async () => {
  const source = await readProtoFiles(["protos/shop/v1/shop.proto"], ["protos"], readShopFile);
  assert.ok(source.kind === "proto-files");
  assert.deepEqual(source.files.map(({ name }) => name), [
    "shop/v1/money.proto",
    "shop/v1/shop.proto",
  ]);
});
