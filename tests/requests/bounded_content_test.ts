import assert from "node:assert/strict";
import { differingFields } from "../../lib/requests/meaning.ts";
import { isDeeperThan } from "../../lib/requests/json_depth.ts";
import { LENSES } from "../../lib/clients/lens.ts";
import { parseJson } from "../../lib/requests/rest_answer.ts";
import { startGrpcStub } from "../support/grpc_stub.ts";
import { inProcess } from "../support/in_process.ts";
import { answering, httpAnswer, startRawServer } from "../support/raw_server.ts";
import { withReferenceServers } from "../support/reference.ts";
import { validReport } from "../support/saved_document.ts";

const encoder = new TextEncoder();
const MEGABYTE = 1_000_000;

/** Runs a few requests against a REST server that always gives this body, and a healthy gRPC one. */
async function runWith(body: string, args: readonly string[], grpc?: string) {
  const server = startRawServer(answering(httpAnswer("200 OK", "application/json", body)));
  try {
    return await withReferenceServers(({ grpcAddress }) =>
      inProcess([
        ...["-r", "3", "-c", "1", "--warmup", "off", "--no-client-check", "-v", ...args],
        ...["--rest-url", `http://127.0.0.1:${server.port}`, "--grpc-url", grpc ?? grpcAddress],
      ])
    );
  } finally {
    await server.close();
  }
}

/** `report` on a text. */
const rendered = (text: string) =>
  inProcess(["report", "it.json"], { readFile: () => Promise.resolve(text) });

for (const lens of LENSES) {
  Deno.test(`${lens}: a document nested without end is refused, and not followed`, async () => {
    const depth = 5 * MEGABYTE;
    const body = "[".repeat(depth) + "]".repeat(depth);
    const { stdout } = await runWith(body, ["--client", lens, "-o", "json"]);
    assert.deepEqual(validReport(stdout).rest.errors, { "Malformed JSON": 3 });
  });

  Deno.test(`${lens}: a field's name is cut where it enters a message or a report, which reads again`, async () => {
    const body = `{"${"A".repeat(MEGABYTE / 2)}":1}`;
    const { stdout, stderr } = await runWith(body, ["--client", lens, "-o", "json"]);
    const report = validReport(stdout);
    assert.equal(report.rest.successful_requests, 3);
    assert(stdout.length + stderr.length < 50_000, `${stdout.length} + ${stderr.length}`);
    assert.match(stderr, /"A{30,60}…"/);
    assert.equal((await rendered(stdout)).code, 0);
  });

  Deno.test(`${lens}: an answer too large to be looked into is measured all the same`, async () => {
    const body = JSON.stringify({ list: Array(MEGABYTE).fill({}) });
    const { stdout, stderr } = await runWith(body, ["--client", lens, "-o", "json"]);
    const report = validReport(stdout);
    assert.equal(report.rest.successful_requests, 3);
    assert.doesNotMatch(stderr, /answer getUser\(\d+\) differently/);
    assert.equal((await rendered(stdout)).code, 0);
  });

  Deno.test(`${lens}: what a gRPC server says of a failure is cut to a bound`, async () => {
    const details = "long ".repeat(1500);
    const stub = await startGrpcStub((_call, callback) => callback({ code: 13, details }));
    try {
      const args = ["--client", lens, "-o", "json"];
      const { stdout, stderr } = await runWith("{}", args, `127.0.0.1:${stub.port}`);
      assert.deepEqual(validReport(stdout).grpc.errors, { INTERNAL: 3 });
      assert.match(stderr, /long long/);
      for (const text of [stdout, stderr]) assert(!text.includes("long ".repeat(100)));
      assert.equal((await rendered(stdout)).code, 0);
    } finally {
      stub.close();
    }
  });
}

Deno.test("a document is as deep as its brackets outside strings", () => {
  const deeper = (text: string, levels: number) => isDeeperThan(encoder.encode(text), levels);
  assert.equal(deeper('[{"a":[1]}]', 3), false);
  assert.equal(deeper('[{"a":[1]}]', 2), true);
  assert.equal(deeper('["[[[[", "\\"[[[[", "\\\\", "{"]', 1), false);
  assert.equal(deeper('[[],[],{},"é[",[]]', 2), false);
});

Deno.test("what is nested deeply, but not without end, is parsed whether it is ASCII or not", () => {
  for (const leaf of ['"e"', '"é"']) {
    const text = "[".repeat(900) + leaf + "]".repeat(900);
    assert.equal(JSON.stringify(parseJson(encoder.encode(text))), text);
  }
});

Deno.test("documents are compared in time and memory that follow from their size, however they are made", () => {
  const deep = (depth: number, leaf: string) =>
    JSON.parse('{"a":'.repeat(depth) + leaf + "}".repeat(depth));
  assert.deepEqual(differingFields(deep(50_000, "1"), deep(50_000, "1")), []);
  assert.equal(differingFields(deep(50_000, "1"), deep(50_000, "2")).length, 1);
  assert.equal(differingFields(deep(50_000, "1"), { a: 1 }).length, 1);
  const lists = (leaf: string) => JSON.parse("[".repeat(50_000) + leaf + "]".repeat(50_000));
  assert.equal(differingFields(lists("1"), lists("2")).length, 1);
  // Each of many differing fields below a name as long as the document.
  const many = Object.fromEntries(
    Array.from({ length: 20_000 }, (_, index) => [`f${index}`, index]),
  );
  const fields = differingFields({ ["N".repeat(MEGABYTE / 2)]: many }, {});
  assert(fields.every(({ name }) => name.length <= 160));
});

Deno.test("a file nested without end is no result, and is not followed", async () => {
  const { code, stderr } = await rendered("[".repeat(8 * MEGABYTE));
  assert.equal(code, 2);
  assert.match(stderr, /it is not JSON/);
});

Deno.test("a place in a damaged result is named no longer than a line", async () => {
  const name = "E".repeat(MEGABYTE);
  const text = JSON.stringify({ schema_version: 1, rest: { errors: { [name]: "x" } } });
  const { stderr } = await rendered(text);
  assert(stderr.length < 1000, `${stderr.length}`);
});
