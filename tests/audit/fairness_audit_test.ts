import { Ajv } from "ajv";
import assert from "node:assert/strict";
import fc from "fast-check";
import { auditFairness } from "../../lib/audit/fairness_audit.ts";
import type { SideFacts } from "../../lib/audit/side_facts.ts";
import { type FairnessRecord, fairnessRecord } from "../../lib/report/fairness_record.ts";
import { fairnessLines } from "../../lib/formatters/fairness_lines.ts";
import { type ClientObservations, mergeObservations } from "../../lib/clients/observations.ts";
import { seen, type Sight, unseen } from "../../lib/requests/sight.ts";
import reportSchema from "../../lib/report/report.schema.json" with { type: "json" };

/** A side of an ordinary run with the wire clients. */
const REST: SideFacts = {
  client: "wire",
  tls: false,
  httpVersions: seen(["HTTP/1.1"]),
  sharing: seen("one-at-a-time"),
  connectionsOpened: seen(100),
  keepAlive: seen({ kind: "counted", ended: 0 }),
  streamLimit: seen({ kind: "no-streams" }),
  streamWaitMs: unseen("nothing succeeded"),
  contentCodings: seen([]),
  serverNames: seen([]),
  encoding: "JSON",
  content: seen({ onlyHere: [], otherValue: [] }),
  requests: 1000,
  avgPayloadBytes: seen(245),
  medianResponseMs: seen(2),
};
const GRPC: SideFacts = {
  ...REST,
  httpVersions: seen(["HTTP/2"]),
  sharing: seen("multiplexed"),
  connectionsOpened: seen(1),
  streamLimit: seen({ kind: "unlimited" }),
  streamWaitMs: seen(0),
  encoding: "protobuf",
  avgPayloadBytes: seen(180),
  medianResponseMs: seen(1),
};
const HIDDEN = unseen("hidden by fetch");

/** The findings as the document tells them, REST being measured by gRPC. */
function audited(rest: SideFacts, grpc: SideFacts): readonly FairnessRecord[] {
  return auditFairness({ subject: rest, baseline: grpc }).map(fairnessRecord);
}

Deno.test("an ordinary run differs in what the protocols bring, and in nothing else", () => {
  const findings = audited(REST, GRPC);
  assert.deepEqual(
    findings.map(({ aspect, severity }) => [aspect, severity]),
    [["HTTP version", "inherent"], ["Connections", "inherent"], ["Payload", "inherent"]],
  );
  const [, connections, payload] = findings;
  assert.equal(connections!.rest, "100, one request at a time on each");
  assert.equal(payload!.rest, "JSON of 245 bytes on average: the body as received");
  assert.equal(
    payload!.grpc,
    "protobuf of 180 bytes on average: the message without its 5-byte prefix",
  );
  assert.match(payload!.effect, /^May favour gRPC: /);
});

/** What is changed of an ordinary run, and the finding that it brings; `null` where it brings none. */
const CASES: readonly {
  readonly name: string;
  readonly rest?: Partial<SideFacts>;
  readonly grpc?: Partial<SideFacts>;
  readonly aspect: string;
  readonly finding: Partial<Omit<FairnessRecord, "effect">> & { effect?: RegExp } | null;
}[] = [
  {
    name: "TLS on one side",
    rest: { tls: true },
    aspect: "TLS",
    finding: { rest: "TLS", grpc: "in the clear", severity: "notable", effect: /favour gRPC/ },
  },
  { name: "TLS on both", rest: { tls: true }, grpc: { tls: true }, aspect: "TLS", finding: null },
  {
    name: "the native clients",
    rest: { client: "fetch" },
    grpc: { client: "grpc-js" },
    aspect: "Client",
    finding: { severity: "notable", effect: /favour REST: the client of gRPC .*--client wire/ },
  },
  {
    name: "compression on one side",
    grpc: { contentCodings: seen(["gzip"]) },
    aspect: "Compression",
    finding: { rest: "none", grpc: "gzip", severity: "notable", effect: /favour REST/ },
  },
  {
    name: "different compression on both",
    rest: { contentCodings: seen(["br"]) },
    grpc: { contentCodings: seen(["gzip"]) },
    aspect: "Compression",
    finding: { rest: "br", grpc: "gzip", effect: /favour either side/ },
  },
  {
    name: "no compression beside one that cannot be seen",
    grpc: { contentCodings: HIDDEN },
    aspect: "Compression",
    finding: null,
  },
  {
    name: "a close after every answer",
    rest: { keepAlive: seen({ kind: "counted", ended: 1000 }) },
    aspect: "Keep-alive",
    finding: { rest: "closed after every answer", grpc: "kept", effect: /favour gRPC: REST pays/ },
  },
  {
    name: "a close after every tenth answer",
    rest: { keepAlive: seen({ kind: "counted", ended: 100 }) },
    aspect: "Keep-alive",
    finding: { rest: "the server ended 100 connections in 1000 requests", severity: "notable" },
  },
  {
    name: "a close after every hundredth answer, which costs next to nothing",
    rest: { keepAlive: seen({ kind: "counted", ended: 10 }) },
    aspect: "Keep-alive",
    finding: null,
  },
  {
    name: "a close that an answer announced, beside a side that shows none",
    rest: { keepAlive: seen({ kind: "announced", closes: true }) },
    grpc: { keepAlive: HIDDEN },
    aspect: "Keep-alive",
    finding: {
      rest: "closed after an answer, as the first one said",
      grpc: "unknown (hidden by fetch)",
    },
  },
  {
    name: "closes on both sides",
    rest: { keepAlive: seen({ kind: "counted", ended: 1000 }) },
    grpc: { keepAlive: seen({ kind: "counted", ended: 500 }) },
    aspect: "Keep-alive",
    finding: null,
  },
  {
    name: "closes without a single request",
    rest: { keepAlive: seen({ kind: "counted", ended: 3 }), requests: 0 },
    aspect: "Keep-alive",
    finding: null,
  },
  {
    name: "a stream limit that held calls back",
    grpc: { streamLimit: seen({ kind: "limited", streams: 10 }), streamWaitMs: seen(3.2) },
    aspect: "Stream limit",
    finding: {
      rest: "none in HTTP/1",
      grpc: "10 to a connection, 3.20 ms of waiting on average",
      severity: "notable",
      effect: /favour REST/,
    },
  },
  {
    name: "a stream limit that held nothing back",
    grpc: { streamLimit: seen({ kind: "limited", streams: 100 }), streamWaitMs: seen(0) },
    aspect: "Stream limit",
    finding: null,
  },
  {
    name: "a stream limit with which nothing succeeded",
    grpc: { streamLimit: seen({ kind: "limited", streams: 0 }), streamWaitMs: HIDDEN },
    aspect: "Stream limit",
    finding: { grpc: "0 to a connection" },
  },
  {
    name: "REST over HTTP/2",
    rest: { httpVersions: seen(["HTTP/2"]), sharing: seen("multiplexed") },
    aspect: "HTTP version",
    finding: { rest: "HTTP/2", grpc: "HTTP/2", severity: "notable", effect: /favours neither/i },
  },
  {
    name: "HTTP/1.0",
    rest: { httpVersions: seen(["HTTP/1.0"]) },
    aspect: "HTTP version",
    finding: { rest: "HTTP/1.0", severity: "notable", effect: /favour gRPC/ },
  },
  {
    name: "different numbers of connections that are shared on both sides",
    rest: { httpVersions: seen(["HTTP/2"]), sharing: seen("multiplexed") },
    aspect: "Connections",
    finding: { rest: "100, shared by the requests in flight", effect: /favour REST: more/ },
  },
  {
    name: "a number of connections that cannot be seen",
    rest: { connectionsOpened: HIDDEN },
    aspect: "Connections",
    finding: { rest: "unknown number, one request at a time on each", severity: "inherent" },
  },
  {
    name: "different software",
    rest: { serverNames: seen(["nginx"]) },
    grpc: { serverNames: seen(["nghttpd", "proxy"]) },
    aspect: "Server",
    finding: { rest: "nginx", grpc: "nghttpd, proxy", severity: "notable" },
  },
  {
    name: "software that one side alone names",
    rest: { serverNames: seen(["nginx"]) },
    aspect: "Server",
    finding: null,
  },
  {
    name: "fields that REST alone carries",
    rest: { content: seen({ onlyHere: ["a", "b", "c", "d", "e", "f", "g"], otherValue: [] }) },
    aspect: "Content",
    finding: {
      rest: '"a", "b", "c", "d", "e" and 2 more only here',
      grpc: "nothing of its own",
      severity: "notable",
      effect: /favour gRPC: it carries less/,
    },
  },
  {
    name: "other values",
    rest: { content: seen({ onlyHere: [], otherValue: ["id"] }) },
    grpc: { content: seen({ onlyHere: [], otherValue: ["id"] }) },
    aspect: "Content",
    finding: { rest: 'another value in "id"', effect: /favour either side/ },
  },
  {
    name: "medians four times apart",
    rest: { medianResponseMs: seen(4) },
    aspect: "Median response",
    finding: null,
  },
  {
    name: "medians more than four times apart",
    rest: { medianResponseMs: seen(4.1) },
    aspect: "Median response",
    finding: { rest: "4.10 ms", grpc: "1.00 ms", effect: /^Favours gRPC by 4\.1 times.*set-up$/ },
  },
  {
    name: "medians far apart where the payload is large",
    rest: { medianResponseMs: seen(40), avgPayloadBytes: seen(10_000) },
    aspect: "Median response",
    finding: null,
  },
  {
    name: "a median of nothing",
    rest: { medianResponseMs: seen(0) },
    aspect: "Median response",
    finding: null,
  },
  {
    name: "sizes that are equal",
    rest: { avgPayloadBytes: seen(180) },
    aspect: "Payload",
    finding: { severity: "inherent", effect: /favour either side/ },
  },
  {
    name: "what cannot be seen",
    rest: { connectionsOpened: HIDDEN, keepAlive: unseen("no good answer came"), client: "fetch" },
    grpc: { contentCodings: HIDDEN, streamLimit: HIDDEN },
    aspect: "Not visible",
    finding: {
      rest: "connections (hidden by fetch), keep-alive (no good answer came)",
      grpc: "stream limit, compression (hidden by fetch)",
      severity: "unseen",
      effect: /--client wire/,
    },
  },
  {
    name: "what the wire clients cannot see",
    grpc: { streamLimit: HIDDEN },
    aspect: "Not visible",
    finding: { rest: "nothing", effect: /cannot be told$/ },
  },
];

for (const { name, rest, grpc, aspect, finding } of CASES) {
  Deno.test(`${aspect}: ${name} is ${finding === null ? "no difference" : "listed"}`, () => {
    const findings = audited({ ...REST, ...rest }, { ...GRPC, ...grpc });
    const found = findings.find((it) => it.aspect === aspect);
    if (finding === null) return assert.equal(found, undefined);
    assert(found !== undefined);
    const { effect, ...expected } = finding;
    assert.deepEqual({ ...found, ...expected }, found);
    if (effect !== undefined) assert.match(found.effect, effect);
  });
}

function sights<T>(values: fc.Arbitrary<T>): fc.Arbitrary<Sight<T>> {
  const reasons = fc.constantFrom("hidden by fetch", "nothing was sent", "no good answer came");
  return fc.oneof(values.map(seen), reasons.map(unseen));
}

const texts = fc.array(fc.string(), { maxLength: 8 });
const keepAlives = fc.oneof(
  fc.nat(2000).map((ended) => ({ kind: "counted" as const, ended })),
  fc.boolean().map((closes) => ({ kind: "announced" as const, closes })),
);
const streamLimits = fc.oneof(
  fc.constantFrom({ kind: "no-streams" as const }, { kind: "unlimited" as const }),
  fc.nat().map((streams) => ({ kind: "limited" as const, streams })),
);
const amounts = fc.double({ min: 0, max: 1e6, noNaN: true });
const sides: fc.Arbitrary<SideFacts> = fc.record({
  client: fc.constantFrom("fetch", "grpc-js", "wire"),
  tls: fc.boolean(),
  httpVersions: sights(fc.subarray(["HTTP/1.0", "HTTP/1.1", "HTTP/2"], { minLength: 1 })),
  sharing: sights(fc.constantFrom("one-at-a-time", "multiplexed")),
  connectionsOpened: sights(fc.nat()),
  keepAlive: sights(keepAlives),
  streamLimit: sights(streamLimits),
  streamWaitMs: sights(amounts),
  contentCodings: sights(texts),
  serverNames: sights(texts),
  encoding: fc.constantFrom("JSON", "protobuf"),
  content: sights(fc.record({ onlyHere: texts, otherValue: texts })),
  requests: fc.nat(2000),
  avgPayloadBytes: sights(amounts),
  medianResponseMs: sights(amounts),
});

/** Every finding with the sides' places changed. */
function swapped(findings: readonly FairnessRecord[]): FairnessRecord[] {
  const otherName = (name: string) => name === "REST" ? "gRPC" : "REST";
  return findings.map(({ aspect, rest, grpc, effect, severity }) => ({
    aspect,
    rest: grpc,
    grpc: rest,
    effect: effect.startsWith("Favours neither")
      ? effect
      : effect.replaceAll(/\b(REST|gRPC)\b/g, otherName),
    severity,
  }));
}

Deno.test("the audit takes no side: with the sides' places changed, so are the findings'", () => {
  fc.assert(fc.property(sides, sides, (rest, grpc) => {
    assert.deepEqual(audited(grpc, rest), swapped(audited(rest, grpc)));
  }));
});

Deno.test("a side differs from itself in nothing but what cannot be seen", () => {
  const allowed = ["Not visible", "Content", "HTTP version"];
  fc.assert(fc.property(sides, (side) => {
    const findings = audited(side, side);
    assert.deepEqual(findings.filter(({ aspect }) => !allowed.includes(aspect)), []);
  }));
});

Deno.test("findings fit their schema, each aspect comes once, and what weighs most comes first", () => {
  const fits = new Ajv({ strict: true }).compile(reportSchema.properties.fairness);
  const weights = ["notable", "inherent", "unseen"];
  fc.assert(fc.property(sides, sides, (rest, grpc) => {
    const findings = audited(rest, grpc);
    assert(fits(JSON.parse(JSON.stringify(findings))), JSON.stringify(fits.errors));
    assert.equal(new Set(findings.map(({ aspect }) => aspect)).size, findings.length);
    const order = findings.map(({ severity }) => weights.indexOf(severity));
    assert.deepEqual(order, order.toSorted());
    for (const { effect } of findings) {
      assert.match(effect, /^(May favour|Favours) (REST|gRPC|either side|neither)\b/);
    }
  }));
});

const observations: fc.Arbitrary<ClientObservations> = fc.record({
  connectionsOpened: sights(fc.nat()),
  keepAlive: sights(keepAlives),
  httpVersions: sights(fc.subarray(["HTTP/1.0", "HTTP/1.1", "HTTP/2"])),
  contentCodings: sights(fc.subarray(["br", "gzip"])),
  serverNames: sights(fc.subarray(["a", "b", "c"])),
  streamLimit: sights(streamLimits),
  answerKinds: fc.uniqueArray(
    fc.record({ shape: fc.constantFrom("text", "list", "flag"), count: fc.nat(1000) }),
    { selector: ({ shape }) => shape },
  ),
});

Deno.test("what clients saw merges in any grouping, and survives JSON", () => {
  fc.assert(fc.property(observations, observations, observations, (a, b, c) => {
    const whole = mergeObservations([a, b, c]);
    assert.deepEqual(mergeObservations([mergeObservations([a, b]), c]), whole);
    assert.deepEqual(mergeObservations([a, mergeObservations([b, c])]), whole);
    assert.deepEqual(JSON.parse(JSON.stringify(whole)), whole);
  }));
});

Deno.test("what several clients saw is added up, and one that saw something is enough", () => {
  const one: ClientObservations = {
    connectionsOpened: seen(3),
    keepAlive: seen({ kind: "counted", ended: 1 }),
    httpVersions: seen(["HTTP/2"]),
    contentCodings: HIDDEN,
    serverNames: seen(["b"]),
    streamLimit: seen({ kind: "limited", streams: 20 }),
    answerKinds: [{ shape: "text", count: 2 }],
  };
  const other: ClientObservations = {
    ...one,
    contentCodings: seen(["gzip"]),
    serverNames: seen(["a", "b"]),
    streamLimit: seen({ kind: "limited", streams: 10 }),
  };
  assert.deepEqual(mergeObservations([one, other]), {
    connectionsOpened: seen(6),
    keepAlive: seen({ kind: "counted", ended: 2 }),
    httpVersions: seen(["HTTP/2"]),
    contentCodings: seen(["gzip"]),
    serverNames: seen(["a", "b"]),
    streamLimit: seen({ kind: "limited", streams: 10 }),
    answerKinds: [{ shape: "text", count: 4 }],
  });
  assert.deepEqual(mergeObservations([]).connectionsOpened, unseen("nothing was sent"));
});

Deno.test("the console's section groups the findings, within 80 columns", () => {
  const lines = fairnessLines(
    audited({ ...REST, streamLimit: HIDDEN }, { ...GRPC, tls: true }),
  );
  assert.equal(
    lines.join("\n"),
    `FAIRNESS:
  Set up differently:
    - TLS: REST in the clear; gRPC TLS
      May favour REST: it shakes no hands and encrypts nothing
  Inherent in the protocols:
    - HTTP version: REST HTTP/1.1; gRPC HTTP/2
      May favour gRPC: HTTP/2 packs many requests into a packet, and their heads
      into few bytes
    - Connections: REST 100, one request at a time on each; gRPC 1, shared by
      the requests in flight
      May favour either side: sharing saves packets and system calls, many
      spread over a server's threads
    - Payload: REST JSON of 245 bytes on average: the body as received; gRPC
      protobuf of 180 bytes on average: the message without its 5-byte prefix
      May favour gRPC: fewer bytes are sent and read, heads and framing not
      counted
  Out of sight of these clients:
    - Not visible: REST stream limit (hidden by fetch); gRPC nothing
      May favour either side: what is here cannot be told`,
  );
});

Deno.test("two sides without a difference are said to have none", () => {
  assert.deepEqual(fairnessLines([]), ["FAIRNESS:", "  - Nothing differs besides the protocol"]);
});

Deno.test("no finding, whoever wrote it, breaks the console's width or prints a control character", () => {
  const wild = fc.string({ unit: "binary", maxLength: 300 });
  const findings = fc.array(
    fc.record<FairnessRecord>({
      aspect: wild,
      rest: wild,
      grpc: wild,
      effect: wild,
      severity: fc.constantFrom("notable", "inherent", "unseen"),
    }),
    { minLength: 1, maxLength: 5 },
  );
  fc.assert(fc.property(findings, (list) => {
    for (const line of fairnessLines(list)) {
      assert(line.length <= 80, line);
      // deno-lint-ignore no-control-regex
      assert.doesNotMatch(line, /[\u0000-\u001f\u007f-\u009f]/);
    }
  }));
});
