import assert from "node:assert/strict";
import fc from "fast-check";
import { KnownHead } from "../../../lib/clients/wire/http1/known_head.ts";
import { ResponseParser } from "../../../lib/clients/wire/http1/response_parser.ts";
import { latin1, type Reading, readResponse } from "../../support/http1.ts";

function response(status: number, body: string, reusable: boolean): Reading {
  return { kind: "response", status, body, reusable };
}

const MALFORMED: Reading = { kind: "refused", errorType: "Malformed HTTP" };
const TOO_LARGE: Reading = { kind: "refused", errorType: "Response Too Large" };
const UNFINISHED: Reading = { kind: "unfinished" };

const OK = "HTTP/1.1 200 OK\r\n";
const CHUNKED = `${OK}Transfer-Encoding: chunked\r\n\r\n`;
const LONG_HEAD = `${OK}x: ${"y".repeat(65_536)}\r\n\r\n`;

/** What a server sends, and what it is read as if the server then keeps the connection open. */
const KEPT_OPEN: readonly (readonly [name: string, sent: string, reading: Reading])[] = [
  [
    "a body of declared length",
    `${OK}content-length: 5\r\n\r\nhello`,
    response(200, "hello", true),
  ],
  ["an empty body", `${OK}Content-Length: 0\r\n\r\n`, response(200, "", true)],
  ["no space around a value", `${OK}content-length:5\r\n\r\nhello`, response(200, "hello", true)],
  [
    "much space around a value",
    `${OK}content-length: \t 5 \t\r\n\r\nhello`,
    response(200, "hello", true),
  ],
  ["an empty value", `${OK}x:\r\ncontent-length: 0\r\n\r\n`, response(200, "", true)],
  ["Latin-1 in a value", `${OK}x: \xe9\r\ncontent-length: 0\r\n\r\n`, response(200, "", true)],
  [
    "a long name that starts like another",
    `${OK}content-lengthy: 7\r\ncontent-length: 0\r\n\r\n`,
    response(200, "", true),
  ],
  ["no reason", "HTTP/1.1 404 \r\ncontent-length: 0\r\n\r\n", response(404, "", true)],
  [
    "no reason nor its space",
    "HTTP/1.1 404\r\ncontent-length: 0\r\n\r\n",
    response(404, "", true),
  ],
  [
    "a later minor version",
    "HTTP/1.9 200 OK\r\ncontent-length: 0\r\n\r\n",
    response(200, "", true),
  ],
  ["204", "HTTP/1.1 204 No Content\r\n\r\n", response(204, "", true)],
  [
    "204 with a length",
    "HTTP/1.1 204 No Content\r\ncontent-length: 9\r\n\r\n",
    response(204, "", true),
  ],
  [
    "304 with the length of what it has not",
    "HTTP/1.1 304 Not Modified\r\ncontent-length: 9\r\n\r\n",
    response(304, "", true),
  ],
  ["chunks", `${CHUNKED}5\r\nhello\r\n1\r\n!\r\n0\r\n\r\n`, response(200, "hello!", true)],
  ["no chunk but the last", `${CHUNKED}0\r\n\r\n`, response(200, "", true)],
  [
    "sizes in any case, with zeros",
    `${CHUNKED}00A\r\n0123456789\r\n0b\r\n0123456789a\r\n000\r\n\r\n`,
    response(200, "01234567890123456789a", true),
  ],
  [
    "chunk extensions",
    `${CHUNKED}5;a=1; b="x y"\r\nhello\r\n0 ;last\r\n\r\n`,
    response(200, "hello", true),
  ],
  [
    "trailers",
    `${CHUNKED}2\r\nhi\r\n0\r\nx-sum: 12\r\nx-empty:\r\n\r\n`,
    response(200, "hi", true),
  ],
  [
    "chunked in any case",
    `${OK}TRANSFER-ENCODING: Chunked\r\n\r\n0\r\n\r\n`,
    response(200, "", true),
  ],
  [
    "Connection: close",
    `${OK}Connection: close\r\ncontent-length: 2\r\n\r\nhi`,
    response(200, "hi", false),
  ],
  [
    "close among other options",
    `${OK}connection: foo , Close,bar\r\ncontent-length: 0\r\n\r\n`,
    response(200, "", false),
  ],
  [
    "an option that only starts like close",
    `${OK}connection: closed\r\ncontent-length: 0\r\n\r\n`,
    response(200, "", true),
  ],
  ["HTTP/1.0", "HTTP/1.0 200 OK\r\ncontent-length: 2\r\n\r\nhi", response(200, "hi", false)],
  [
    "HTTP/1.0 with keep-alive",
    "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\ncontent-length: 2\r\n\r\nhi",
    response(200, "hi", true),
  ],
  [
    "an interim response",
    `HTTP/1.1 100 Continue\r\n\r\n${OK}content-length: 2\r\n\r\nhi`,
    response(200, "hi", true),
  ],
  [
    "early hints with close, which are not the answer's",
    `HTTP/1.1 103 Early Hints\r\nlink: </x>\r\nconnection: close\r\n\r\n${OK}content-length: 2\r\n\r\nhi`,
    response(200, "hi", true),
  ],
  [
    "sixteen interim responses",
    "HTTP/1.1 102 Processing\r\n\r\n".repeat(16) + `${OK}content-length: 0\r\n\r\n`,
    response(200, "", true),
  ],
  [
    "lines that end in LF alone",
    "HTTP/1.1 200 OK\ncontent-length: 2\n\nhi",
    response(200, "hi", true),
  ],
  [
    "a status line that LF alone ends, without a reason",
    "HTTP/1.1 200\ncontent-length: 2\n\nhi",
    response(200, "hi", true),
  ],
  [
    "chunks whose lines end in LF alone",
    "HTTP/1.1 200 OK\ntransfer-encoding: chunked\n\n2;x=y\nhi\n1\n!\n0\nx: y\n\n",
    response(200, "hi!", true),
  ],
  [
    "the same length three times, once as a list",
    `${OK}content-length: 2\r\nx: y\r\nContent-Length: 2 ,\t2\r\n\r\nhi`,
    response(200, "hi", true),
  ],
  [
    "the same length with and without zeros",
    `${OK}content-length: 2\r\ncontent-length: 002\r\n\r\nhi`,
    response(200, "hi", true),
  ],
  [
    "four empty lines before a status line",
    `\r\n\n\r\n\r\n${OK}content-length: 2\r\n\r\nhi`,
    response(200, "hi", true),
  ],
  ["half a head", "HTTP/1.1 200 OK\r\ncontent-le", UNFINISHED],
  ["half a body", `${OK}content-length: 5\r\n\r\nhel`, UNFINISHED],
  ["a body that only a close can end", `${OK}\r\nhello`, UNFINISHED],
  ["a chunk without its end", `${CHUNKED}5\r\nhello`, UNFINISHED],
  ["trailers without their end", `${CHUNKED}0\r\nx: y\r\n`, UNFINISHED],

  ["seventeen interim responses", "HTTP/1.1 102 Processing\r\n\r\n".repeat(17), MALFORMED],
  ["a protocol switch", "HTTP/1.1 101 Switching Protocols\r\n\r\n", MALFORMED],
  ["another protocol", "SSH-2.0-OpenSSH_9.2\r\n", MALFORMED],
  ["another protocol's first byte", "2", MALFORMED],
  ["HTTP/2", "HTTP/2 200\r\n\r\n", MALFORMED],
  ["a status of two digits", "HTTP/1.1 20 OK\r\n\r\n", MALFORMED],
  ["a status of four digits", "HTTP/1.1 2000 OK\r\n\r\n", MALFORMED],
  ["a status below 100", "HTTP/1.1 099 Low\r\n\r\n", MALFORMED],
  ["a status that is no number", "HTTP/1.1 2x0 OK\r\n\r\n", MALFORMED],
  ["a CR before a CRLF", `HTTP/1.1 200 OK\r\r\ncontent-length: 0\r\n\r\n`, MALFORMED],
  ["an empty line that ends in CR alone", `${OK}content-length: 0\r\n\rx`, MALFORMED],
  ["a CR alone before a status line", `\r${OK}content-length: 0\r\n\r\n`, MALFORMED],
  ["five empty lines before a status line", `${"\r\n".repeat(5)}`, MALFORMED],
  ["a space before a status line", ` ${OK}content-length: 0\r\n\r\n`, MALFORMED],
  ["a bare CR in a value", `${OK}x: a\rb\r\n\r\n`, MALFORMED],
  ["a NUL in a value", `${OK}x: a\0b\r\n\r\n`, MALFORMED],
  ["a NUL in the reason", "HTTP/1.1 200 O\0K\r\n\r\n", MALFORMED],
  ["a folded field", `${OK}x: a\r\n b\r\n\r\n`, MALFORMED],
  ["space before the colon", `${OK}content-length : 5\r\n\r\nhello`, MALFORMED],
  ["a line without a colon", `${OK}nonsense\r\n\r\n`, MALFORMED],
  ["a bare CR in a line without an end", `${OK}x: a\rb`, MALFORMED],
  ["a space in a name without an end", `${OK}x y`, MALFORMED],
  ["a field without a name", `${OK}: x\r\n\r\n`, MALFORMED],
  ["two lengths", `${OK}content-length: 5\r\ncontent-length: 6\r\n\r\n`, MALFORMED],
  ["a list of two lengths", `${OK}content-length: 5, 6\r\n\r\n`, MALFORMED],
  [
    "a list, and another length",
    `${OK}content-length: 5, 5\r\ncontent-length: 6\r\n\r\n`,
    MALFORMED,
  ],
  ["a list with an empty element", `${OK}content-length: 5,,5\r\n\r\n`, MALFORMED],
  ["a list that ends in a comma", `${OK}content-length: 5,\r\n\r\n`, MALFORMED],
  ["a list with what is no length", `${OK}content-length: 5, five\r\n\r\n`, MALFORMED],
  [
    "equal lengths, and chunks",
    `${OK}content-length: 5, 5\r\ntransfer-encoding: chunked\r\n\r\n`,
    MALFORMED,
  ],
  ["a signed length", `${OK}content-length: +5\r\n\r\n`, MALFORMED],
  ["a negative length", `${OK}content-length: -5\r\n\r\n`, MALFORMED],
  ["a hexadecimal length", `${OK}content-length: 0x5\r\n\r\n`, MALFORMED],
  ["an empty length", `${OK}content-length:\r\n\r\n`, MALFORMED],
  ["a length beyond all integers", `${OK}content-length: 99999999999999999999\r\n\r\n`, MALFORMED],
  [
    "chunks with a length",
    `${OK}transfer-encoding: chunked\r\ncontent-length: 5\r\n\r\n`,
    MALFORMED,
  ],
  [
    "a length with chunks",
    `${OK}content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n`,
    MALFORMED,
  ],
  [
    "chunked twice",
    `${OK}transfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n\r\n`,
    MALFORMED,
  ],
  ["a coding that was not asked for", `${OK}transfer-encoding: gzip, chunked\r\n\r\n`, MALFORMED],
  ["chunked in disguise", `${OK}transfer-encoding: xchunked\r\n\r\n`, MALFORMED],
  ["chunked with a vertical tab", `${OK}transfer-encoding:\x0bchunked\r\n\r\n`, MALFORMED],
  ["chunks in HTTP/1.0", "HTTP/1.0 200 OK\r\ntransfer-encoding: chunked\r\n\r\n", MALFORMED],
  ["a chunk without a size", `${CHUNKED}\r\nhello`, MALFORMED],
  ["a chunk size that is no number", `${CHUNKED}g\r\n`, MALFORMED],
  ["a chunk size with a sign", `${CHUNKED}-5\r\n`, MALFORMED],
  ["a chunk that is longer than its size", `${CHUNKED}4\r\nhello\r\n0\r\n\r\n`, MALFORMED],
  ["a chunk line with a CR alone", `${CHUNKED}5\rhello`, MALFORMED],
  ["a chunk that a CR alone ends", `${CHUNKED}5\r\nhello\r0\r\n\r\n`, MALFORMED],
  ["a trailer that a CR alone ends", `${CHUNKED}0\r\nx: y\rz: a\r\n\r\n`, MALFORMED],
  ["trailers that a CR alone ends", `${CHUNKED}0\r\n\rx`, MALFORMED],
  ["an endless chunk extension", `${CHUNKED}5;${"x".repeat(5000)}`, TOO_LARGE],
  ["an endless chunk size of zeros", CHUNKED + "0".repeat(5000), TOO_LARGE],
  ["endless trailers", `${CHUNKED}0\r\n${"x: y\r\n".repeat(5000)}`, TOO_LARGE],
  ["a folded trailer", `${CHUNKED}0\r\nx: y\r\n z\r\n\r\n`, MALFORMED],
  ["a head of more than 64 KiB", LONG_HEAD, TOO_LARGE],
  ["an unfinished head of more than 64 KiB", LONG_HEAD.slice(0, -4), TOO_LARGE],
  ["a head of more than 64 KiB in many lines", OK + "x: y\r\n".repeat(11_000), TOO_LARGE],
  ["a length of more than 16 MiB", `${OK}content-length: 16777217\r\n\r\n`, TOO_LARGE],
  ["a chunk of more than 16 MiB", `${CHUNKED}1000001\r\n`, TOO_LARGE],
];

for (const [name, sent, reading] of KEPT_OPEN) {
  Deno.test(`the response parser, given ${name}: ${summaryOf(reading)}, however it is cut`, () => {
    const bytes = latin1(sent);
    assert.deepEqual(readResponse(bytes), reading);
    const everyByte = bytes.length > 4096 ? [] : Array.from(bytes, (_, index) => index);
    assert.deepEqual(readResponse(bytes, everyByte), reading, "cut at every byte");
    for (const cut of everyByte) {
      assert.deepEqual(readResponse(bytes, [cut]), reading, `cut at ${cut}`);
    }
  });
}

function summaryOf(reading: Reading): string {
  if (reading.kind === "response") return `status ${reading.status}`;
  return reading.kind === "refused" ? reading.errorType : "unfinished";
}

Deno.test("a body without a declared length ends when the server closes, and the connection with it", () => {
  for (const head of [OK, "HTTP/1.0 200 OK\r\nconnection: keep-alive\r\n"]) {
    const bytes = latin1(`${head}\r\nhello`);
    for (let cut = 0; cut < bytes.length; cut++) {
      assert.deepEqual(readResponse(bytes, [cut], true), response(200, "hello", false));
    }
  }
});

Deno.test("a response that is cut short by a close is not complete", () => {
  for (
    const sent of [`${OK}content-length: 5\r\n\r\nhell`, `${CHUNKED}5\r\nhello\r\n0\r\n`, OK, ""]
  ) {
    assert.deepEqual(readResponse(latin1(sent), [], true), UNFINISHED);
  }
});

Deno.test("bytes after a response make its connection unusable, not the response", () => {
  const bytes = latin1(`${OK}content-length: 2\r\n\r\nhiHTTP/1.1 200`);
  assert.deepEqual(readResponse(bytes), response(200, "hi", false));
});

Deno.test("a body without an end is refused when it passes the bound", () => {
  for (const head of [`${OK}\r\n`, CHUNKED]) {
    const parser = new ResponseParser(1000);
    parser.restart();
    const headBytes = latin1(head);
    parser.push(headBytes, headBytes.length);
    const piece = latin1(head === CHUNKED ? `10\r\n${"x".repeat(16)}\r\n` : "x".repeat(16));
    assert.throws(() => {
      for (let pushed = 0; pushed < 100; pushed++) parser.push(piece, piece.length);
    }, { name: "HttpResponseError", errorType: "Response Too Large" });
  }
});

const fieldLine = fc.constantFrom(
  "Server: nginx",
  "Date: Tue, 24 Nov 2026 19:33:43 GMT",
  "Content-Type: application/json",
  'ETag: "x"',
  "X-Long: " + "z".repeat(300),
);
const body = fc.string({ maxLength: 300 });

/** A response as an honest server may write it, and what it says. */
const honest = fc.record({
  status: fc.integer({ min: 200, max: 599 }).filter((status) => status !== 204 && status !== 304),
  before: fc.array(fieldLine, { maxLength: 6 }),
  after: fc.array(fieldLine, { maxLength: 6 }),
  body,
  chunkBytes: fc.option(fc.integer({ min: 1, max: 100 })),
  lineEnd: fc.constantFrom("\r\n", "\n"),
  emptyLines: fc.nat({ max: 4 }),
  lengths: fc.integer({ min: 1, max: 3 }),
  asList: fc.boolean(),
}).map(({ status, before, after, body, chunkBytes, lineEnd, emptyLines, lengths, asList }) => {
  const bytes = new TextEncoder().encode(body);
  const text = new TextDecoder("latin1").decode(bytes);
  const told = Array.from({ length: lengths }, () => bytes.length);
  const [framing, content] = chunkBytes === null
    ? [
      asList ? [`Content-Length: ${told.join(", ")}`] : told.map((it) => `Content-Length: ${it}`),
      text,
    ]
    : [["Transfer-Encoding: chunked"], inChunks(text, chunkBytes, lineEnd)];
  const lines = [`HTTP/1.1 ${status} Reason`, ...before, ...framing, ...after, "", ""];
  return {
    sent: lineEnd.repeat(emptyLines) + lines.join(lineEnd) + content,
    reading: response(status, text, true),
  };
});

function inChunks(text: string, chunkBytes: number, lineEnd: string): string {
  const chunks: string[] = [];
  for (let at = 0; at < text.length; at += chunkBytes) {
    const chunk = text.slice(at, at + chunkBytes);
    chunks.push(chunk.length.toString(16) + lineEnd + chunk + lineEnd);
  }
  return `${chunks.join("")}0${lineEnd}${lineEnd}`;
}

Deno.test("every honest response is read for what it says, wherever it is cut", () => {
  fc.assert(fc.property(honest, fc.array(fc.nat(), { maxLength: 8 }), ({ sent, reading }, cuts) => {
    const bytes = latin1(sent);
    const places = cuts.map((cut) => cut % (bytes.length + 1));
    assert.deepEqual(readResponse(bytes, places), reading);
  }));
});

Deno.test("a parser reads one response after another as if each were its first", () => {
  fc.assert(fc.property(fc.array(honest, { minLength: 2, maxLength: 5 }), (responses) => {
    const parser = new ResponseParser();
    for (const { sent, reading } of responses) {
      assert.deepEqual(readResponse(latin1(sent), [sent.length >> 1], false, parser), reading);
    }
  }));
});

Deno.test("a parser reads whatever comes after a response, a repeated head too, as if it were its first", () => {
  const all = KEPT_OPEN.filter(([, sent]) => sent.length < 4096);
  const first = all.filter(([, , { kind }]) => kind === "response");
  for (const [firstName, firstSent] of first) {
    for (const [name, sent, reading] of all) {
      const parser = new ResponseParser();
      readResponse(latin1(firstSent), [], false, parser);
      for (const cuts of [[], [], [sent.length >> 1], []]) {
        const second = readResponse(latin1(sent), cuts, false, parser);
        assert.deepEqual(second, reading, `${name}, after ${firstName}`);
        if (reading.kind !== "response") break;
      }
    }
  }
});

Deno.test("a known head is found where all of its bytes are there, and nowhere else", () => {
  const head = fc.uint8Array({ minLength: 1, maxLength: 40, max: 3 });
  fc.assert(fc.property(head, head, fc.nat(3), (known, found, offset) => {
    const source = new Uint8Array(offset + found.length);
    source.set(found, offset);
    const knownHead = new KnownHead();
    knownHead.keep(known, known.length);
    const view = source.subarray(offset);
    const same = known.length <= found.length && known.every((byte, at) => byte === found[at]);
    // A buffer that does not start at a whole word is read anew each time.
    assert.equal(knownHead.startsOff(view, view.length), same && offset === 0);
    // The same head again, with as much behind it.
    view.set(known.subarray(0, view.length));
    const longEnough = known.length <= view.length;
    assert.equal(knownHead.startsOff(view, view.length), longEnough && offset === 0);
    assert.equal(knownHead.startsOff(view, known.length - 1), false);
    // Another buffer with another head, or with this one.
    assert.equal(knownHead.startsOff(known.map((byte) => byte + 1), known.length), false);
    assert.equal(knownHead.startsOff(known.slice(), known.length), true);
  }));
});

Deno.test("a head of more than a kilobyte is not kept", () => {
  const knownHead = new KnownHead();
  knownHead.keep(new Uint8Array(1025), 1025);
  assert.equal(knownHead.startsOff(new Uint8Array(2000), 2000), false);
  assert.equal(knownHead.length, 0);
  knownHead.keep(new Uint8Array(1024), 1024);
  assert.equal(knownHead.length, 1024);
});

Deno.test("ends of lines after a body are no answer to the next request, and end no connection; more does", () => {
  const answer = `${OK}content-length: 2\r\n\r\nhi`;
  for (
    const [after, reusable] of [["\r\n", true], ["\n\r\n", true], ["\r\n".repeat(5), false], [
      "x",
      false,
    ]] as const
  ) {
    const parser = new ResponseParser();
    assert.deepEqual(
      readResponse(latin1(answer + after), [], false, parser),
      response(200, "hi", reusable),
    );
    parser.restart();
    readResponse(latin1(answer), [], false, parser);
    assert.equal(parser.takePadding(latin1(after), 0, after.length), reusable);
  }
});

const mutation = fc.record({
  at: fc.nat(),
  kind: fc.constantFrom("replace", "insert", "delete", "duplicate"),
  with: fc.oneof(
    fc.constantFrom("\r", "\n", "\r\n", ":", " ", "\0", ";", ",", "0", "f", "-", "\x80"),
    fc.constantFrom(
      "content-length: 3\r\n",
      "transfer-encoding: chunked\r\n",
      "HTTP/1.1 100 x\r\n\r\n",
    ),
  ),
});

Deno.test("a damaged response is read or refused, the same way however it is cut, and never more", () => {
  fc.assert(
    fc.property(
      honest,
      fc.array(mutation, { minLength: 1, maxLength: 4 }),
      fc.array(fc.nat(), { maxLength: 8 }),
      fc.boolean(),
      ({ sent }, mutations, cuts, closes) => {
        const bytes = latin1(mutations.reduce(mutate, sent));
        const places = cuts.map((cut) => cut % (bytes.length + 1));
        const whole = readResponse(bytes, [], closes);
        const cut = readResponse(bytes, places, closes);
        // A surplus is seen only where it comes in the same piece as the response's end.
        assert.deepEqual(withoutSurplus(cut), withoutSurplus(whole));
      },
    ),
    { numRuns: 2000 },
  );
});

function mutate(text: string, change: { at: number; kind: string; with: string }): string {
  const at = change.at % (text.length + 1);
  const [before, after] = [text.slice(0, at), text.slice(at)];
  switch (change.kind) {
    case "replace":
      return before + change.with + after.slice(change.with.length);
    case "insert":
      return before + change.with + after;
    case "delete":
      return before + after.slice(change.with.length);
    default:
      return before + before.slice(-20) + after;
  }
}

function withoutSurplus(reading: Reading): Reading {
  return reading.kind === "response" ? { ...reading, reusable: true } : reading;
}
