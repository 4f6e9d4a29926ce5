import { parse as parseCsv } from "csv-parse/sync";
import assert from "node:assert/strict";
import { FORMATTERS } from "../../lib/formatters/formatters.ts";
import { UsageError } from "../../lib/errors.ts";
import type { Report } from "../../lib/report/report.ts";
import { parseSavedReport } from "../../lib/report/saved_report.ts";
import { inProcess } from "../support/in_process.ts";
import { failAtOnce, withObservingServers } from "../support/observing_servers.ts";
import { protoduel } from "../support/process.ts";
import { withReferenceServers } from "../support/reference.ts";
import { SEED_REST, seedReport } from "../support/seed_sample.ts";
import { withTempDir } from "../support/temp_dir.ts";

/** `report` on a file with this text. */
function render(text: string, format: string) {
  return inProcess(["report", "saved.json", "-o", format], {
    readFile: () => Promise.resolve(text),
  });
}

async function resultOf(args: readonly string[]): Promise<string> {
  return (await inProcess(["-r", "25", "-o", "json", "--seed", "8", ...args])).stdout;
}

/** Saved results of every kind. */
async function savedResults(): Promise<Record<string, string>> {
  const targetsOf = (
    { restUrl, grpcAddress }: { restUrl: string; grpcAddress: string },
  ) => ["--rest-url", restUrl, "--grpc-url", grpcAddress];
  const saved = (report: Report) => `${JSON.stringify(report, null, 2)}\n`;
  return {
    "the specification's sample": saved(seedReport()),
    "two equal sides": saved(seedReport(SEED_REST, { ...SEED_REST, protocol: "gRPC" })),
    "a real run": await withReferenceServers((servers) => resultOf(targetsOf(servers))),
    "a run with failures": await withReferenceServers(
      (servers) => resultOf(targetsOf(servers)),
      { failureRate: 0.4 },
    ),
    "a run without a success": await withObservingServers(
      ({ targets }) => resultOf(targets),
      { rest: failAtOnce, grpc: failAtOnce },
    ),
  };
}

Deno.test("a saved result renders byte for byte as the run itself would have, in every format", async () => {
  for (const [name, text] of Object.entries(await savedResults())) {
    const report: Report = JSON.parse(text);
    for (const { name: format, format: formatReport } of FORMATTERS) {
      const { stdout, stderr, code } = await render(text, format);
      assert.deepEqual([stderr, code], ["", 0], name);
      assert.equal(stdout, formatReport(report), `${name} as ${format}`);
    }
    assert.equal((await render(text, "json")).stdout, text, `${name} again`);
  }
});

Deno.test("report reads a file in a process of its own, and sends nothing", async () => {
  await withTempDir(async (directory) => {
    const path = `${directory}/saved result.json`;
    await Deno.writeTextFile(path, `\ufeff${JSON.stringify(seedReport())}`);
    const { stdout, stderr, code } = await protoduel("report", path, "-o", "csv");
    assert.deepEqual([stderr, code], ["", 0]);
    const csv = FORMATTERS.find(({ name }) => name === "csv")!;
    assert.equal(stdout, csv.format(seedReport()));
  });
});

Deno.test("files that are no result at all: exit 2, with the file named", async () => {
  await withTempDir(async (directory) => {
    const tooLarge = `${directory}/large.json`;
    await Deno.writeTextFile(tooLarge, "");
    await Deno.truncate(tooLarge, 16 * 1024 * 1024 + 1);
    const empty = `${directory}/empty.json`;
    await Deno.writeTextFile(empty, "");
    const cases: [path: string, says: RegExp][] = [
      [`${directory}/missing.json`, /^error: Cannot read the file ".*missing\.json": No such file/],
      [directory, /^error: Cannot read the file ".*": Is a directory/],
      [tooLarge, /^error: Cannot read the file ".*large\.json": it is larger than 16777216 bytes/],
      // A device that never ends must not fill the memory.
      ["/dev/zero", /^error: Cannot read the file "\/dev\/zero": /],
      [empty, /^error: Cannot report on the file ".*empty\.json": it is not JSON/],
    ];
    for (const [path, says] of cases) {
      const { stdout, stderr, code } = await protoduel("report", path);
      assert.deepEqual([stdout, code], ["", 2], stderr);
      assert.match(stderr, says);
      assert.match(stderr, /expected a result saved with "protoduel -r N -o json"\.\n$/i);
    }
  });
});

/** The sample with something put in its place, as a saved text. */
function damaged(change: (document: Record<string, unknown>) => void): string {
  const document = JSON.parse(JSON.stringify(seedReport()));
  change(document);
  return JSON.stringify(document);
}

const DAMAGES: readonly (readonly [name: string, text: string, says: RegExp])[] = [
  ["half a document", JSON.stringify(seedReport()).slice(0, 500), /it is not JSON/],
  ["a console result", "=====\nREST RESULTS\n", /it is not JSON/],
  ["bytes that are no text", "\u0000\ufffd\ufffd", /it is not JSON/],
  ["an array", "[]", /the document must be object/],
  ["null", "null", /the document must be object/],
  ["a number", "42", /the document must be object/],
  ["another tool's document", '{"results":[]}', /the document must have required property/],
  ["very deep nesting", "[".repeat(200_000) + "]".repeat(200_000), /it is not JSON/],
  ["a later schema", damaged((it) => it.schema_version = 2), /"\/schema_version" must be equal/],
  ["no gRPC side", damaged((it) => delete it.grpc), /required property 'grpc'/],
  ["a side that is text", damaged((it) => it.rest = "fast"), /"\/rest" must be object/],
  [
    "swapped sides",
    damaged((it) => [it.rest, it.grpc] = [it.grpc, it.rest]),
    /"\/rest\/protocol" must be equal to constant/,
  ],
  [
    "a count that is text",
    damaged(({ rest }) => (rest as Record<string, unknown>).total_requests = "1000"),
    /"\/rest\/total_requests" must be integer/,
  ],
  [
    "a negative time",
    damaged(({ rest }) => (rest as Record<string, unknown>).avg_response_time = -1),
    /"\/rest\/avg_response_time" must be >= 0/,
  ],
  [
    "a number beyond all numbers",
    JSON.stringify(seedReport()).replace('"avg_response_time":12.34', '"avg_response_time":1e999'),
    /"\/rest\/avg_response_time" must be number/,
  ],
  ["notes that are numbers", damaged((it) => it.notes = [1]), /"\/notes\/0" must be string/],
];

for (const [name, text, says] of DAMAGES) {
  Deno.test(`a damaged result is refused, with the place named: ${name}`, async () => {
    for (const { name: format } of FORMATTERS) {
      const { stdout, stderr, code } = await render(text, format);
      assert.deepEqual([stdout, code], ["", 2]);
      assert.match(stderr, /^error: Cannot report on the file "saved\.json": [^\n]*\n$/);
      assert.match(stderr, says);
    }
  });
}

Deno.test("a result of a later version with more keys is still read", async () => {
  const text = damaged((document) => {
    document.later = { any: ["thing"] };
    (document.rest as Record<string, unknown>).later_metric = 1;
    (document.test_metadata as Record<string, unknown>).later_option = null;
  });
  for (const { name: format } of FORMATTERS) assert.equal((await render(text, format)).code, 0);
});

Deno.test("a result of an earlier version lacks later keys, whose values then do not exist", async () => {
  const text = damaged(({ rest, grpc }) => {
    for (const side of [rest, grpc] as Record<string, Record<string, unknown>>[]) {
      for (const key of ["wall_duration", "in_flight_kept", "retried"]) delete side[key];
      delete side.timing_breakdown!.connection_wait_time;
    }
  });
  for (const { name: format } of FORMATTERS) {
    const { stdout, code } = await render(text, format);
    assert.equal(code, 0);
    assert.doesNotMatch(stdout, /undefined|NaN/);
  }
});

/** Where a document has a number, or could have one: by the keys and places on the way. */
function placesOfNumbers(value: unknown, way: readonly string[] = []): (readonly string[])[] {
  if (typeof value === "number" || value === null) return [way];
  if (typeof value !== "object") return [];
  return Object.entries(value).flatMap(([key, inner]) => placesOfNumbers(inner, [...way, key]));
}

Deno.test("any number that a result may hold is rendered in every format, within a line", () => {
  const text = JSON.stringify(seedReport());
  const places = placesOfNumbers(seedReport());
  let rendered = 0;
  for (const number of ["-0", "1e308", "5e-324"]) {
    for (const place of places) {
      const document = JSON.parse(text);
      const inner = place.slice(0, -1).reduce((object, key) => object[key], document);
      inner[place.at(-1)!] = "here";
      let report: Report;
      try {
        report = parseSavedReport(JSON.stringify(document).replace('"here"', number), "saved.json");
      } catch (error) {
        assert(error instanceof UsageError, `${number} at ${place}`);
        continue;
      }
      rendered++;
      for (const { name, format } of FORMATTERS) {
        const output = format(report);
        assert.doesNotMatch(
          output,
          /NaN|Infinity|undefined|[ ,]-0(\.0+)?[^\d.]/,
          `${name} ${place}`,
        );
        if (name === "console") assert(output.split("\n").every((line) => line.length < 200));
      }
    }
  }
  assert(rendered > places.length);
});

const HOSTILE = "\x1b[2J\x1b]0;owned\x07\r\n=fake\tline\u009b31m\u202ereversed\u2028\x7f";

function hostileReport(): string {
  return damaged((document) => {
    const rest = document.rest as Record<string, unknown>;
    rest.errors = {
      [HOSTILE]: 1,
      '=HYPERLINK("http://evil.test")': 2,
      "+1": 3,
      "-1": 4,
      "@SUM(A1)": 5,
      "constructor": 6,
    };
    document.notes = [HOSTILE];
    document.conclusion = [HOSTILE];
    const metadata = document.test_metadata as Record<string, unknown>;
    for (const key of ["rest_url", "grpc_url", "operation", "client"]) metadata[key] = HOSTILE;
  });
}

for (const { name: format } of FORMATTERS) {
  Deno.test(`a hostile result cannot write to the terminal: ${format}`, async () => {
    const { stdout, code } = await render(hostileReport(), format);
    assert.equal(code, 0);
    // deno-lint-ignore no-control-regex
    assert.doesNotMatch(stdout, /[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]/);
    assert.doesNotMatch(stdout, /^=?fake/m);
  });
}

Deno.test("a hostile result keeps its meaning when it is saved again as JSON", async () => {
  const { stdout } = await render(hostileReport(), "json");
  assert.deepEqual(JSON.parse(stdout), JSON.parse(hostileReport()));
});

Deno.test("no cell of a hostile result is run by a spreadsheet, and none breaks the table", async () => {
  const { stdout } = await render(hostileReport(), "csv");
  const rows = parseCsv(stdout) as string[][];
  for (const row of rows) {
    assert.equal(row.length, 5);
    for (const cell of row) assert.match(cell, /^([^=+\-@\t\r].*|[+-]\d+(\.\d+)?|-|)$/);
  }
  const errors = rows.find(([label]) => label === "Errors")![1]!;
  assert.match(errors, /=HYPERLINK\("http:\/\/evil\.test"\): 2; \+1: 3; .*; constructor: 6$/);
});
