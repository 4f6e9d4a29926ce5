import assert from "node:assert/strict";
import fc from "fast-check";
import { Http1Connection } from "../../lib/servers/reference/http1/connection.ts";
import type { HttpAnswer } from "../../lib/servers/reference/http1/answer_writer.ts";
import { answerOverRest } from "../../lib/servers/reference/user_answers.ts";
import { USER_COUNT, userById } from "../../lib/servers/users.ts";
import { feed, pieceSizes } from "../support/served_connection.ts";

const NOON = () => Date.UTC(2024, 0, 15, 12);
const nothing = () => {};
const encode = (text: string) => new TextEncoder().encode(text);

function connection(): Http1Connection {
  const atOnce = (
    request: { method: string; target: string },
    answer: (it: HttpAnswer) => void,
  ) => {
    answer(answerOverRest(request));
    return nothing;
  };
  return new Http1Connection(atOnce, nothing, NOON);
}

/** What a client reads: heads, each with as much content as it says, but for a HEAD. An octet is a character. */
function answersIn(bytes: Uint8Array, methods: readonly string[] = []) {
  const answers: { status: number; head: string; body: string }[] = [];
  for (let text = new TextDecoder("latin1").decode(bytes); text !== "";) {
    const [head = "", ...rest] = text.split("\r\n\r\n");
    text = rest.join("\r\n\r\n");
    const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(head)?.[1]);
    assert(status > 0, head);
    const length = Number(/^content-length: (\d+)$/m.exec(head)?.[1] ?? 0);
    const bodyLength = methods[answers.length] === "HEAD" ? 0 : length;
    answers.push({ status, head, body: text.slice(0, bodyLength) });
    text = text.slice(bodyLength);
  }
  return answers;
}

const ask = (text: string, sizes?: readonly number[]) => {
  const it = connection();
  return { answers: answersIn(feed(it, encode(text), sizes)), isOver: it.isOver };
};

Deno.test("a user comes with a length, a type and the time", () => {
  const { answers, isOver } = ask("GET /api/users/42 HTTP/1.1\r\nHost: x\r\n\r\n");
  assert.deepEqual([answers.length, isOver], [1, false]);
  const { head, body } = answers[0]!;
  assert.deepEqual(JSON.parse(body), userById(42));
  assert.deepEqual(head.split("\r\n"), [
    "HTTP/1.1 200 OK",
    "date: Mon, 15 Jan 2024 12:00:00 GMT",
    "content-type: application/json",
    `content-length: ${body.length}`,
  ]);
});

/** A request that can be answered, and its answer's status. */
interface Asked {
  readonly text: string;
  readonly method: string;
  readonly status: number;
}

const fieldLines = fc.subarray([
  "Accept: */*",
  "user-agent: test",
  "X-Empty:",
  "Cookie: a=b; c=d",
  "Connection: keep-alive",
  "connection: Keep-Alive, Upgrade",
  "content-type:\tapplication/json ",
]);
const contents = fc.constantFrom(
  "\r\n",
  "\r\n",
  "Content-Length: 0\r\n\r\n",
  "Content-Length: 5\r\n\r\nhello",
  "content-length: 38\r\n\r\nGET /api/users/1 HTTP/1.1\r\nhost: x\r\n\r\n",
  "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
  "Transfer-Encoding: Chunked\r\n\r\n5;a=b\r\nhello\r\n1\r\n!\r\n0\r\nTrailer: x\r\n\r\n",
);
const userIds = fc.integer({ min: 1, max: USER_COUNT });
/** What is asked for, and what a GET of it is answered with. */
const targets = fc.oneof(
  userIds.map((id) => ({ target: `/api/users/${id}`, status: 200, isUser: true })),
  userIds.map((id) => ({ target: `/api/users/${id}?a=b`, status: 200, isUser: true })),
  userIds.map((id) => ({ target: `http://x:1/api/users/${id}`, status: 200, isUser: true })),
  fc.constantFrom(
    { target: "/api/users/10001", status: 404, isUser: true },
    { target: "/api/users/0", status: 400, isUser: true },
    { target: "/", status: 404, isUser: false },
    { target: "*", status: 404, isUser: false },
    { target: `/${"a".repeat(900)}`, status: 404, isUser: false },
  ),
);
const methods = fc.constantFrom("GET", "GET", "GET", "HEAD", "POST", "PATCH");
const requests = fc.tuple(methods, targets, fieldLines, contents).map(
  ([method, { target, status, isUser }, lines, content]): Asked => ({
    text: [`${method} ${target} HTTP/1.1`, "Host: x", ...lines, content].join("\r\n"),
    method,
    status: !isUser || method === "GET" || method === "HEAD" ? status : 405,
  }),
);

Deno.test("pipelined requests of all forms get their answers in order, however their bytes are cut", () => {
  const runs = fc.array(fc.tuple(requests, fc.integer({ min: 1, max: 4 })), { maxLength: 12 });
  fc.assert(fc.property(runs, pieceSizes, (runs, sizes) => {
    const asked = runs.flatMap(([request, times]) => Array<Asked>(times).fill(request));
    const it = connection();
    const bytes = feed(it, encode(asked.map(({ text }) => text).join("")), sizes);
    const answers = answersIn(bytes, asked.map(({ method }) => method));
    assert.deepEqual(answers.map(({ status }) => status), asked.map(({ status }) => status));
    assert.equal(it.isOver, false);
  }));
});

Deno.test("what is asked of a head that differs from the last one in its end alone is heeded", () => {
  const likely = "GET /api/users/1 HTTP/1.1\r\nHost: x\r\nConnection: keep-alive\r\n\r\n";
  const { answers, isOver } = ask(likely + likely + likely.replace("keep-alive", "close") + likely);
  assert.equal(answers.length, 3);
  assert.deepEqual([/^connection: close$/m.test(answers[2]!.head), isOver], [true, true]);
});

Deno.test("a HEAD has the head of a GET, and nothing behind it", () => {
  const get = "GET /api/users/7 HTTP/1.1\r\nHost: x\r\n\r\n";
  const [withContent] = answersIn(feed(connection(), encode(get)));
  const [withoutContent] = answersIn(feed(connection(), encode(get.replace("GET", "HEAD"))), [
    "HEAD",
  ]);
  assert.deepEqual(withoutContent, { ...withContent, body: "" });
});

Deno.test("HTTP/1.0 ends its connection, unless it is asked to keep it", () => {
  const once = ask("GET /api/users/1 HTTP/1.0\r\n\r\n");
  assert.deepEqual([once.answers[0]!.status, once.isOver], [200, true]);
  const kept = ask("GET /api/users/1 HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n".repeat(2));
  assert.deepEqual([kept.answers.length, kept.isOver], [2, false]);
  for (const { head } of kept.answers) assert.match(head, /^connection: keep-alive$/m);
});

Deno.test("a method that is not offered is answered with those that are", () => {
  const { answers } = ask("DELETE /api/users/1 HTTP/1.1\r\nHost: x\r\n\r\n");
  assert.match(answers[0]!.head, /^allow: GET, HEAD$/m);
});

Deno.test("content that waits to be asked for is asked for, by HTTP/1.1 alone", () => {
  const post =
    "POST /api/users/1 HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n";
  const it = connection();
  assert.equal(new TextDecoder().decode(feed(it, encode(post))), "HTTP/1.1 100 Continue\r\n\r\n");
  assert.deepEqual(answersIn(feed(it, encode("hello"))).map(({ status }) => status), [405]);
  const old = ask(post.replace("HTTP/1.1", "HTTP/1.0") + "hello");
  assert.deepEqual(old.answers.map(({ status }) => status), [405]);
});

const GET = "GET /api/users/1 HTTP/1.1\r\nHost: x\r\n";
const POST = "POST /api/users/1 HTTP/1.1\r\nHost: x\r\n";

/** What breaks HTTP/1.1, or is more than is taken, and its answer's status. */
const FAULTS: readonly (readonly [name: string, text: string, status: number])[] = [
  ["no request line", "hello\r\n\r\n", 400],
  ["a space too many in the request line", "GET  /api/users/1 HTTP/1.1\r\nHost: x\r\n\r\n", 400],
  ["a target beyond ASCII", "GET /ä HTTP/1.1\r\nHost: x\r\n\r\n", 400],
  ["TLS", "\x16\x03\x01\x02\0\x01\0\r\n\r\n", 400],
  ["no Host", "GET /api/users/1 HTTP/1.1\r\n\r\n", 400],
  ["two Hosts", `${GET}host: y\r\n\r\n`, 400],
  ["a Host that is none", "GET / HTTP/1.1\r\nHost: x/y\r\n\r\n", 400],
  ["a field without a colon", `${GET}hello\r\n\r\n`, 400],
  ["a space before a colon", `${GET}Accept : x\r\n\r\n`, 400],
  ["a folded line", `${GET}Accept: x,\r\n y\r\n\r\n`, 400],
  ["a NUL in a field", `${GET}Accept: a\0b\r\n\r\n`, 400],
  ["a CR alone in a field", `${GET}Accept: a\rb\r\n\r\n`, 400],
  ["an LF alone after a field", `${GET}Accept: a\nb: c\r\n\r\n`, 400],
  ["an LF alone after the request line", "GET / HTTP/1.1\nHost: x\r\n\r\n", 400],
  ["a length beside chunks", `${POST}Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n`, 400],
  ["two lengths", `${POST}Content-Length: 1\r\nContent-Length: 1\r\n\r\n`, 400],
  ["a list of lengths", `${POST}Content-Length: 1, 1\r\n\r\n`, 400],
  ["a length below 0", `${POST}Content-Length: -1\r\n\r\n`, 400],
  ["a length with a sign", `${POST}Content-Length: +1\r\n\r\n`, 400],
  ["a length that no server holds", `${POST}Content-Length: ${"9".repeat(400)}\r\n\r\n`, 413],
  ["a chunk that no server holds", `${POST}Transfer-Encoding: chunked\r\n\r\nffffffff\r\n`, 413],
  ["a chunk without a size", `${POST}Transfer-Encoding: chunked\r\n\r\nx\r\n`, 400],
  ["a chunk longer than it says", `${POST}Transfer-Encoding: chunked\r\n\r\n1\r\nab\r\n`, 400],
  ["chunks within another coding", `${POST}Transfer-Encoding: gzip, chunked\r\n\r\n`, 501],
  ["chunks twice", `${POST}Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n`, 501],
  ["chunks in HTTP/1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 400],
  ["a target without an end", `GET /${"a".repeat(20_000)}`, 414],
  ["a head without an end", `${GET}${"Cookie: a\r\n".repeat(2000)}`, 431],
  ["HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505],
];

for (const [name, text, status] of FAULTS) {
  Deno.test(`the REST server answers ${name} with ${status}, and is done with it`, () => {
    for (const sizes of [[4096], [1], [7, 100]]) {
      const { answers, isOver } = ask(`${GET}\r\n${text}${GET}\r\n`, sizes);
      assert.deepEqual([answers.map((it) => it.status), isOver], [[200, status], true]);
      assert.match(answers[1]!.head, /^connection: close$/m);
      assert.equal(typeof JSON.parse(answers[1]!.body).error, "string");
    }
  });
}

Deno.test("any bytes end in answers, in a refusal or in waiting, and take no more than a head's room", () => {
  const tail = fc.oneof(
    fc.uint8Array({ maxLength: 3000 }),
    fc.array(fc.constantFrom("\r", "\n", ":", " ", "a", "\r\n\r\n", "1", GET, POST), {
      maxLength: 200,
    }).map((parts) => encode(parts.join(""))),
  );
  fc.assert(fc.property(fc.constantFrom("", GET, POST), tail, pieceSizes, (start, tail, sizes) => {
    const it = connection();
    const written = feed(it, encode(start), sizes).length + feed(it, tail, sizes).length;
    assert(written <= 500 * (2 + (tail.length + start.length) / 18), `${written}`);
    if (!it.isOver) assert(it.space().byteOffset + it.space().length <= 16 * 1024);
  }));
});

Deno.test("answers that come late come in order; what comes meanwhile waits, and only so much of it", () => {
  const waiting: ((it: HttpAnswer) => void)[] = [];
  let flushes = 0;
  const it = new Http1Connection(
    (_request, answer) => (waiting.push(answer), nothing),
    () => flushes++,
    NOON,
  );
  const request = encode(`${GET}\r\n`);
  const many = encode(`${GET}\r\n`.repeat(10_000));
  assert.equal(feed(it, many).length, 0);
  assert.equal(it.space().length, 0);
  for (let answered = 0; answered < 100; answered++) {
    assert.equal(waiting.length, answered + 1);
    waiting[answered]!({ status: 200, body: String(answered) });
    // Only the first answer counts.
    waiting[answered]!({ status: 503, body: "again" });
  }
  assert.equal(flushes, 100);
  const answers = answersIn(it.takeOutgoing());
  assert.deepEqual(
    answers.map(({ body }) => Number(body)),
    Array.from({ length: 100 }, (_, n) => n),
  );
  assert(it.space().length >= request.length);
});

Deno.test("a client that goes takes its request back, and gets no answer any more", () => {
  let takenBack = 0;
  let late: (it: HttpAnswer) => void = nothing;
  const it = new Http1Connection((_request, answer) => {
    late = answer;
    return () => takenBack++;
  }, () => assert.fail("there is nothing to write"));
  feed(it, encode(`${GET}\r\n`));
  it.abandon();
  late({ status: 200, body: "" });
  assert.deepEqual([takenBack, it.takeOutgoing().length], [1, 0]);
});

Deno.test("text beyond ASCII has its length in octets", () => {
  const it = new Http1Connection((_request, answer) => {
    answer({ status: 200, body: "äöü€😀".repeat(1000) });
    return nothing;
  }, nothing);
  const [answer, ...more] = answersIn(feed(it, encode(`${GET}\r\n`)));
  assert.deepEqual([answer!.body.length, more], [13_000, []]);
});
