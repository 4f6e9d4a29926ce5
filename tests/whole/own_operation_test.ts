import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import {
  type sendUnaryData,
  Server,
  ServerCredentials,
  type ServerDuplexStream,
  type ServerUnaryCall,
  status,
} from "@grpc/grpc-js";
import protobuf from "protobufjs";
import descriptor from "protobufjs/google/protobuf/descriptor.json" with { type: "json" };
import type { Report } from "../../lib/report/report.ts";
import { inProcess } from "../support/in_process.ts";
import { withReferenceServers } from "../support/reference.ts";

const TOKEN = "a-token-that-nobody-may-see";
const FILES: Readonly<Record<string, string>> = {
  "shop.proto": `syntax = "proto3"; package shop.v1;
    service Shop { rpc CreateOrder (Order) returns (Order); rpc Watch (Order) returns (stream Order); }
    message Order { string sku = 1; int32 quantity = 2; int64 number = 3; string email = 4; }`,
  "broken.proto": `syntax = "proto3"; import "nowhere.proto"; service Shop {}`,
  "customers.csv": "email,city\na@b.test,Rome\nc@d.test,Oslo\n",
  "ragged.csv": "email,city\na@b.test\n",
};
const readFile = (path: string) =>
  FILES[path] === undefined
    ? Promise.reject(new Deno.errors.NotFound(`No such file: open '${path}'`))
    : Promise.resolve(FILES[path]!);
const environment = (name: string) => ({
  PROTODUEL_TOKEN: TOKEN,
  PROTODUEL_BROKEN: "two\nlines-of-it",
}[name]);

const CREATE_ORDER = [
  ...["--rest", "POST /v1/orders", "--call", "shop.v1.Shop/CreateOrder", "--proto", "shop.proto"],
  ...["--var", "qty=1..5", "--var", "sku=A,B", "--var", "customer=@customers.csv"],
  "-d",
  '{"sku": "{{sku}}", "quantity": "{{qty}}", "number": "{{sequence}}", "email": "{{customer.email}}"}',
];

/** What reflection says of the service: a FileDescriptorProto within fields 4 and 1 of the answer. */
const DESCRIBED = described();

function described(): Buffer {
  const file = protobuf.Root.fromJSON(descriptor).lookupType("google.protobuf.FileDescriptorProto");
  const field = (name: string, number: number, type: number) => ({
    name,
    number,
    type,
    label: 1,
    jsonName: name,
  });
  const bytes = file.encode(file.fromObject({
    name: "shop.proto",
    package: "shop.v1",
    syntax: "proto3",
    messageType: [{
      name: "Order",
      field: [
        field("sku", 1, 9),
        field("quantity", 2, 5),
        field("number", 3, 3),
        field("email", 4, 9),
      ],
    }],
    service: [{
      name: "Shop",
      method: [{ name: "CreateOrder", inputType: ".shop.v1.Order", outputType: ".shop.v1.Order" }],
    }],
  })).finish();
  const files = protobuf.Writer.create().uint32(1 << 3 | 2).bytes(bytes).finish();
  return Buffer.from(protobuf.Writer.create().uint32(4 << 3 | 2).bytes(files).finish());
}

/** Servers that give back what they get, and say which token they refuse. */
async function withEchoes<T>(
  token: string,
  body: (targets: string[], bodies: unknown[]) => Promise<T>,
): Promise<T> {
  const bodies: unknown[] = [];
  const rest = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
    const given = request.headers.get("authorization");
    const content = await request.text();
    if (given !== `Bearer ${token}`) return new Response(`no ${given}`, { status: 401 });
    bodies.push(JSON.parse(content));
    return new Response(content, { status: 201 });
  });
  const grpc = new Server();
  const bytes = (it: Buffer) => it;
  grpc.addService({
    CreateOrder: {
      path: "/shop.v1.Shop/CreateOrder",
      requestStream: false,
      responseStream: false,
      requestSerialize: bytes,
      requestDeserialize: bytes,
      responseSerialize: bytes,
      responseDeserialize: bytes,
    },
  }, {
    CreateOrder: (
      { request, metadata }: ServerUnaryCall<Buffer, Buffer>,
      callback: sendUnaryData<Buffer>,
    ) => {
      const [given] = metadata.get("authorization");
      if (given === `Bearer ${token}`) return callback(null, Buffer.from(request));
      callback({ code: status.UNAUTHENTICATED, details: `no ${given}` });
    },
  });
  grpc.addService({
    Info: {
      path: "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
      requestStream: true,
      responseStream: true,
      requestSerialize: bytes,
      requestDeserialize: bytes,
      responseSerialize: bytes,
      responseDeserialize: bytes,
    },
  }, {
    Info: (call: ServerDuplexStream<Buffer, Buffer>) => {
      const [given] = call.metadata.get("authorization");
      if (given !== `Bearer ${token}`) {
        call.emit("error", { code: status.UNIMPLEMENTED, details: "" });
        return;
      }
      call.on("data", () => call.write(DESCRIBED));
      call.on("end", () => call.end());
    },
  });
  const port = await new Promise<number>((resolve, reject) =>
    grpc.bindAsync(
      "127.0.0.1:0",
      ServerCredentials.createInsecure(),
      (error, port) => error === null ? resolve(port) : reject(error),
    )
  );
  try {
    const targets = [
      "--rest-url",
      `http://127.0.0.1:${rest.addr.port}`,
      "--grpc-url",
      `127.0.0.1:${port}`,
    ];
    return await body(targets, bodies);
  } finally {
    grpc.forceShutdown();
    await rest.shutdown();
  }
}

const run = (args: readonly string[]) =>
  inProcess(["-r", "40", "-c", "4", "--no-client-check", "--workers", "1", ...args], {
    readFile,
    environment,
  });

for (const lens of ["wire", "native"] as const) {
  Deno.test(`${lens}: a POST whose body varies is measured behind a token, which no output shows`, async () => {
    const args = [...CREATE_ORDER, "-H", "authorization: Bearer {{env.PROTODUEL_TOKEN}}"];
    await withEchoes(TOKEN, async (targets, bodies) => {
      const { stdout, stderr, code } = await run([
        ...targets,
        ...args,
        "--client",
        lens,
        "-o",
        "json",
        "-v",
      ]);
      assert.equal(code, 0, stderr);
      const { rest, grpc, test_metadata }: Report = JSON.parse(stdout);
      assert.deepEqual([rest.failed_requests, grpc.failed_requests], [0, 0]);
      assert.equal(test_metadata.operation, "CreateOrder");
      assert(!(stdout + stderr).includes(TOKEN));
      assert.doesNotMatch(stderr, /differently/);
      const numbers = bodies.map((it) => (it as { number: number }).number);
      assert.equal(new Set(numbers).size, numbers.length, "no two requests have a number");
      for (const it of bodies as { quantity: number; sku: string; email: string }[]) {
        assert(it.quantity >= 1 && it.quantity <= 5 && ["A", "B"].includes(it.sku));
        assert(["a@b.test", "c@d.test"].includes(it.email));
      }
    });
  });

  Deno.test(`${lens}: a token that both servers refuse, and repeat, is in no error`, async () => {
    const args = [...CREATE_ORDER, "-H", "authorization: Bearer {{env.PROTODUEL_TOKEN}}"];
    await withEchoes("another", async (targets) => {
      const { stdout, stderr, code } = await run([...targets, ...args, "--client", lens, "-v"]);
      assert.equal(code, 3);
      assert.match(stderr, /answered 401 Unauthorized.*--header/);
      assert.match(stderr, /UNAUTHENTICATED: no Bearer \*\*\*/);
      assert(!(stdout + stderr).includes(TOKEN));
    });
  });

  Deno.test(`${lens}: getUser is an operation like any other`, async () => {
    await withReferenceServers(async ({ restUrl, grpcAddress }) => {
      const { stdout, stderr, code } = await inProcess([
        ...[
          "-r",
          "40",
          "-c",
          "4",
          "--no-client-check",
          "--workers",
          "1",
          "--client",
          lens,
          "-o",
          "json",
        ],
        ...["--rest-url", restUrl, "--grpc-url", grpcAddress, "--rest", "GET /api/users/{{id}}"],
        ...["--call", "UserService.GetUser", "-d", '{"userId": "{{id}}"}'],
        ...["--proto", "proto/user_service.proto"],
      ], { readFile: Deno.readTextFile });
      assert.equal(code, 0, stderr);
      const { rest, grpc }: Report = JSON.parse(stdout);
      assert.deepEqual([rest.failed_requests, grpc.failed_requests], [0, 0]);
      assert.doesNotMatch(stderr, /differently/);
    });
  });
}

Deno.test("the schema comes from the server itself, behind the same login", async () => {
  await withEchoes(TOKEN, async (targets) => {
    const withoutProto = CREATE_ORDER.filter((it) => it !== "--proto" && it !== "shop.proto");
    const login = ["-H", "authorization: Bearer {{env.PROTODUEL_TOKEN}}", "-H", "x-id: {{uuid}}"];
    const { stdout, stderr, code } = await run([
      ...targets,
      ...withoutProto,
      ...login,
      "-o",
      "json",
    ]);
    assert.equal(code, 0, stderr);
    const { rest, grpc }: Report = JSON.parse(stdout);
    assert.deepEqual([rest.failed_requests, grpc.failed_requests], [0, 0]);
  });
});

Deno.test("a server without reflection is told, and what gives the schema in its place", async () => {
  await withEchoes(TOKEN, async (targets) => {
    const args = ["--rest", "GET /", "--call", "shop.v1.Shop/CreateOrder"];
    const { stderr, code } = await run([...targets, ...args]);
    assert.equal(code, 3);
    assert.match(stderr, /Cannot learn the schema of "shop.v1.Shop".*no reflection.*--proto/);
  });
});

const CALL = ["--rest", "POST /", "--call", "shop.v1.Shop/CreateOrder", "--proto", "shop.proto"];
const WRONG: readonly (readonly [args: readonly string[], message: RegExp])[] = [
  [["--rest", "GET /"], /--rest alone: expected --call/],
  [["--rest", "GET", "--call", "a.B/C"], /--rest "GET": expected a method and a path/],
  [
    ["--call", "shop.v1.Shop/CreatOrder", "--proto", "shop.proto"],
    /Did you mean ".*CreateOrder"\?/,
  ],
  [["--call", "shop.v1.Shop/Watch", "--proto", "shop.proto"], /is a stream/],
  [["--call", "shop.v1.Shop/CreateOrder", "--proto", "shop.proto"], /no google\.api\.http/],
  [
    ["--call", "x.Shop/Y", "--proto", "broken.proto"],
    /"nowhere.proto", which "broken.proto" imports/,
  ],
  [[...CALL, "-d", '{"skuu": "A"}'], /no field "skuu"; did you mean "sku"\?/],
  [[...CALL, "-d", '{"sku": "{{nobody}}"}'], /no variable "nobody"/],
  [[...CALL, "--var", "sku=A"], /variable "sku": expected \{\{sku\}\}/],
  [[...CALL, "-d", '{"sku": {{sku}}}', "--var", "sku=A"], /--data as the message of --call/],
  [[...CALL, "-d", '{"quantity": "{{q}}"}', "--var", "q=1,many"], /does not take "many"/],
  [
    [...CALL, "-d", '{"sku": "{{c.name}}"}', "--var", "c=@customers.csv"],
    /no "c.name"; the file has/,
  ],
  [[...CALL, "-d", '{"sku": "{{c.city}}"}', "--var", "c=@ragged.csv"], /"ragged.csv:2"/],
  [[...CALL, "-d", "@missing.json"], /--data "missing.json"/],
  [[...CALL, "-H", "x: {{env.HOME}}"], /begins with PROTODUEL_/],
  [[...CALL, "-H", "x: {{env.PROTODUEL_NOPE}}"], /it is not set/],
  [[...CALL, "-H", "x: {{env.PROTODUEL_BROKEN}}"], /one line/],
  [[...CALL, "-d", '{"sku": "{{env.PROTODUEL_TOKEN}}"}'], /in a header or in metadata/],
  [[...CALL, "--grpc-header", "key-bin: ???"], /expected base64/],
];

for (const [args, message] of WRONG) {
  Deno.test(`an operation that cannot be asked is told before anything is sent: ${args.slice(-2).join(" ")}`, async () => {
    const { stdout, stderr, code } = await run(args);
    assert.match(stderr, message);
    assert.deepEqual([stdout, code], ["", 2]);
    assert(!stderr.includes(TOKEN));
  });
}
