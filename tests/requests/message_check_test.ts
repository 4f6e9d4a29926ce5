import assert from "node:assert/strict";
import fc from "fast-check";
import protobuf from "protobufjs";
import { messageCheck } from "../../lib/requests/message_check.ts";
import { GetUserResponse } from "../../lib/requests/built_in/user_service.ts";
import { userById } from "../../lib/servers/users.ts";

const NESTED = protobuf.parse(`
  syntax = "proto3";
  message Node {
    repeated Node children = 1;
    int32 count = 2;
    double weight = 3;
    fixed32 mark = 4;
    enum Kind { NONE = 0; SOME = 1; }
    Kind kind = 5;
    bytes raw = 6;
    sint64 large = 100;
  }
`).root.lookupType("Node");

const nodes = fc.letrec((tie) => ({
  node: fc.record({
    children: fc.array(tie("node"), { maxLength: 2, depthIdentifier: "node" }),
    count: fc.integer(),
    weight: fc.double(),
    mark: fc.nat(),
    kind: fc.nat(1),
    raw: fc.uint8Array({ maxLength: 5 }),
    large: fc.integer(),
  }, { requiredKeys: [] }),
})).node;

Deno.test("every message of a type passes the check of that type", () => {
  for (let id = 1; id < 300; id++) {
    messageCheck(GetUserResponse)(GetUserResponse.encode({ user: userById(id) }).finish());
  }
  const check = messageCheck(NESTED);
  fc.assert(
    fc.property(nodes, (node) => check(NESTED.encode(node as protobuf.Message).finish())),
  );
});

/** Bytes that are a message, or nearly one. */
const nearMessages = fc.tuple(nodes, fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 3 }))
  .map(([node, changes]) => {
    const bytes = NESTED.encode(node as protobuf.Message).finish().slice();
    for (const [at, byte] of changes) if (bytes.length > 0) bytes[at % bytes.length] = byte;
    return bytes;
  });

Deno.test("whatever passes the check decodes", () => {
  const check = messageCheck(NESTED);
  let passed = 0;
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 30 }), nearMessages), (bytes) => {
      try {
        check(bytes);
      } catch {
        return;
      }
      passed++;
      NESTED.decode(bytes);
    }),
    { numRuns: 3000 },
  );
  assert(passed > 100);
});

const REFUSED: readonly (readonly [name: string, bytes: readonly number[]])[] = [
  ["a tag without a value", [0x0a]],
  ["a length beyond the end", [0x0a, 0x05, 0x00]],
  ["a nested field beyond its message", [0x0a, 0x02, 0x0a, 0x05, 0, 0, 0, 0, 0]],
  ["a number where a message belongs", [0x08, 0x01]],
  ["an endless varint", [0x78, ...Array(11).fill(0xff)]],
  ["field number 0", [0x00, 0x01]],
  ["a wire type that does not exist", [0x7e, 0x01]],
  ["a fixed number cut off", [0x19, 0, 0, 0]],
];

for (const [name, bytes] of REFUSED) {
  Deno.test(`the check refuses ${name}`, () => {
    assert.throws(() => messageCheck(NESTED)(Uint8Array.from(bytes)), RangeError);
  });
}

Deno.test("a type with packed numbers is decoded in full", () => {
  const { root } = protobuf.parse(
    'syntax = "proto3"; message List { repeated int32 numbers = 1; }',
  );
  const check = messageCheck(root.lookupType("List"));
  check(Uint8Array.from([0x0a, 0x02, 0x01, 0x02]));
  assert.throws(() => check(Uint8Array.from([0x0a, 0x01, 0xff])), RangeError);
});

Deno.test("messages nested without end are refused, not followed", () => {
  let bytes: number[] = [];
  for (let depth = 0; depth < 200; depth++) {
    const length = bytes.length < 128
      ? [bytes.length]
      : [bytes.length % 128 | 128, bytes.length >> 7];
    bytes = [0x0a, ...length, ...bytes];
  }
  assert.throws(() => messageCheck(NESTED)(Uint8Array.from(bytes)), /nested more than/);
});
