import assert from "node:assert/strict";
import { monotonicClock } from "../../lib/clock.ts";
import type { ConnectionTiming } from "../../lib/net/connection.ts";
import { LENSES } from "../../lib/clients/lens.ts";
import type { ProtocolClient } from "../../lib/clients/protocol.ts";
import { InFlight } from "../../lib/clients/in_flight.ts";
import {
  Http1Connection,
  type SharedByConnections,
} from "../../lib/clients/wire/http1/connection.ts";
import { socketTurns } from "../../lib/net/socket_turns.ts";
import { seen } from "../../lib/requests/sight.ts";
import type { Sample } from "../../lib/requests/sample.ts";
import { csvFormatter } from "../../lib/formatters/csv.ts";
import { consoleFormatter } from "../../lib/formatters/console.ts";
import { isIdempotent } from "../../lib/clients/wire/http1/idempotent.ts";
import { startPlainHttp2Server } from "../support/http2_server.ts";
import { inProcess } from "../support/in_process.ts";
import { PLAIN_LOAD } from "../support/observing_servers.ts";
import { validReport } from "../support/saved_document.ts";
import { sendOne, sumOfPhases, verdictOf, withRestClient } from "../support/clients.ts";
import {
  answering,
  httpAnswer,
  readRequestHead,
  readUntilClosed,
  startRawServer,
  writeText,
} from "../support/raw_server.ts";
import { withReferenceServers } from "../support/reference.ts";
import { JSON_TYPE, WHOLE_ANSWERS } from "../support/rest_answers.ts";

type Handler = Parameters<typeof startRawServer>[0];
type Options = Parameters<typeof withRestClient>[2];

const WIRE = { lens: "wire" } as const;
const EMPTY_OBJECT = httpAnswer("200 OK", JSON_TYPE, "{}");
const SHORT_TIMEOUT_MS = 100;

async function withServer<T>(
  handle: Handler,
  body: (client: ProtocolClient, accepted: () => number) => Promise<T>,
  options: Options = WIRE,
): Promise<T> {
  const server = startRawServer(handle);
  try {
    const url = `http://127.0.0.1:${server.port}`;
    return await withRestClient(url, (client) => body(client, server.accepted), options);
  } finally {
    await server.close();
  }
}

/** One answer, after which the server closes. */
function answeringOnce(answer: string): Handler {
  return async (connection) => {
    await readRequestHead(connection);
    await writeText(connection, answer);
  };
}

function pieces(...texts: string[]): Handler {
  return async (connection) => {
    while (await readRequestHead(connection)) {
      for (const text of texts) {
        await writeText(connection, text);
        await turn();
      }
    }
  };
}

/** Lets what is on its way arrive. */
function turn(milliseconds = 5): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

function countable(sample: Sample) {
  return sample.kind === "success" ? ["success", sample.payloadBytes] : [sample.errorType, null];
}

const OK = "HTTP/1.1 200 OK\r\n";
const CHUNKED = `${OK}transfer-encoding: chunked\r\n\r\n`;

/** What a server does with a connection, and what both clients count it as. */
const AGREED: readonly (readonly [name: string, handle: Handler, verdict: string])[] = [
  ...WHOLE_ANSWERS.map(([name, answer, verdict]) => [name, answering(answer), verdict] as const),
  ["chunks", answering(`${CHUNKED}3\r\n{"a\r\n5\r\n": 1}\r\n0\r\n\r\n`), "success"],
  ["chunks with trailers", answering(`${CHUNKED}2;x=y\r\n{}\r\n0\r\nx: y\r\n\r\n`), "success"],
  ["a body that a close ends", answeringOnce(`${OK}\r\n{"a":1}`), "success"],
  ["HTTP/1.0", answeringOnce("HTTP/1.0 200 OK\r\ncontent-length: 2\r\n\r\n{}"), "success"],
  [
    "Connection: close",
    answeringOnce(`${OK}connection: close\r\ncontent-length: 2\r\n\r\n{}`),
    "success",
  ],
  ["an interim response", answering(`HTTP/1.1 103 Early Hints\r\n\r\n${EMPTY_OBJECT}`), "success"],
  [
    "a head in pieces",
    pieces("HTTP/1.1 2", "00 OK\r\ncontent-len", "gth: 2\r\n\r", "\n{}"),
    "success",
  ],
  ["a body in pieces", pieces(`${OK}content-length: 7\r\n\r\n`, '{"a"', ":1}"), "success"],
  ["text beyond ASCII", answering(httpAnswer("200 OK", JSON_TYPE, '{"name":"Zoë"}')), "success"],
  [
    "404 without a body",
    answering("HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n"),
    "HTTP 404",
  ],
  [
    "a redirect",
    answering("HTTP/1.1 301 Moved\r\nlocation: /\r\ncontent-length: 0\r\n\r\n"),
    "HTTP 301",
  ],
  ["a close before any answer", answeringOnce(""), "Connection Reset"],
  ["a close in the head", answeringOnce("HTTP/1.1 200 OK\r\ncont"), "Connection Reset"],
  ["a close in the body", answeringOnce(`${OK}content-length: 9\r\n\r\n{`), "Connection Reset"],
  ["a close in a chunk", answeringOnce(`${CHUNKED}9\r\n{`), "Connection Reset"],
  ["a close at once", async () => {}, "Connection Reset"],
  ["another protocol", answering("SSH-2.0-OpenSSH\r\n\r\n"), "Malformed HTTP"],
  [
    "two lengths",
    answering(`${OK}content-length: 2\r\ncontent-length: 3\r\n\r\n{}`),
    "Malformed HTTP",
  ],
  ["a NUL in the head", answering(`${OK}x: \0\r\ncontent-length: 2\r\n\r\n{}`), "Malformed HTTP"],
  ["silence", readUntilClosed, "Connection Timeout"],
  ["a body that does not go on", pieces(`${OK}content-length: 9\r\n\r\n{`), "Connection Timeout"],
];

for (const [name, handle, verdict] of AGREED) {
  Deno.test(`both REST clients count alike, given ${name}: ${verdict}`, async () => {
    const counted = [];
    for (const lens of LENSES) {
      const sample = await withServer(handle, (client) => sendOne(client, 1), {
        lens,
        timeoutMs: verdict === "Connection Timeout" ? SHORT_TIMEOUT_MS : 5000,
      });
      counted.push(countable(sample));
    }
    const [native, wire] = counted;
    assert.equal(wire![0], verdict);
    assert.deepEqual(wire, native);
  });
}

/** What only the wire client is strict or bounded about. */
const REFUSED: readonly (readonly [name: string, answer: string, verdict: string])[] = [
  [
    "a length beside chunks",
    `${CHUNKED.replace("\r\n\r\n", "\r\ncontent-length: 5\r\n\r\n")}0\r\n\r\n`,
    "Malformed HTTP",
  ],
  [
    "interim responses without end",
    "HTTP/1.1 102 Processing\r\n\r\n".repeat(100),
    "Malformed HTTP",
  ],
  ["a head without end", OK + "x: y\r\n".repeat(20_000), "Response Too Large"],
  [
    "chunks without end",
    CHUNKED + `80000\r\n${" ".repeat(0x80000)}\r\n`.repeat(40),
    "Response Too Large",
  ],
  ["a body without end", `${OK}\r\n${" ".repeat(20 * 1024 * 1024)}`, "Response Too Large"],
  [
    "a length that no client can hold",
    `${OK}content-length: 999999999999\r\n\r\n`,
    "Response Too Large",
  ],
];

for (const [name, answer, verdict] of REFUSED) {
  Deno.test(`the wire client gives up on ${name}: ${verdict}`, async () => {
    const sample = await withServer(answering(answer), (client) => sendOne(client, 1));
    assert.equal(verdictOf(sample), verdict);
  });
}

Deno.test("the wire client counts every byte that crosses its connection", async () => {
  let head = "";
  const answer = `HTTP/1.1 102 Processing\r\n\r\n${CHUNKED}2\r\n{}\r\n0\r\n\r\n`;
  const sample = await withServer(async (connection) => {
    const buffer = new Uint8Array(4096);
    const count = await connection.read(buffer);
    head = new TextDecoder().decode(buffer.subarray(0, count ?? 0));
    await writeText(connection, answer);
    await readUntilClosed(connection);
  }, (client) => sendOne(client, 4242));
  assert(sample.kind === "success");
  assert.deepEqual(sample.wireBytes, { sent: head.length, received: answer.length });
  assert.equal(sample.payloadBytes, 2);
  assert.match(head, /^GET \/api\/users\/4242 HTTP\/1\.1\r\nHost: 127\.0\.0\.1:\d+\r\n/);
  assert.match(head, /^accept-encoding: identity\r$/im);
  assert.match(head, /\r\n\r\n$/);
});

Deno.test("the wire client asks for one user after another, of any number of digits", async () => {
  const paths: string[] = [];
  const ids = [7, 42, 10_000, 3, 2 ** 31 - 1, 0, -5, 9];
  await withServer(async (connection) => {
    const buffer = new Uint8Array(4096);
    for (let count; (count = await connection.read(buffer)) !== null;) {
      paths.push(new TextDecoder().decode(buffer.subarray(0, count)).split(" ")[1]!);
      await writeText(connection, EMPTY_OBJECT);
    }
  }, async (client) => {
    for (const id of ids) assert.equal(verdictOf(await sendOne(client, id)), "success");
  });
  assert.deepEqual(paths, ids.map((id) => `/api/users/${id}`));
});

Deno.test("the wire client's phases add up to its response time", async () => {
  const slow = pieces(`${OK}content-length: 2\r\n\r\n`, "{}");
  const sample = await withServer(slow, (client) => sendOne(client, 1));
  assert(sample.kind === "success");
  const { responseTimeMs, phases } = sample;
  assert.equal(phases.streamWaitMs, null);
  assert(phases.connectionWaitMs! > 0 && phases.firstByteMs! > 0 && phases.downloadMs! > 0);
  assert(Math.abs(sumOfPhases(sample) - responseTimeMs) < 1e-6);
});

Deno.test("the wire client tells of every connection that it opens, and of no other", async () => {
  const timings: ConnectionTiming[] = [];
  const options = { ...WIRE, onConnection: (timing: ConnectionTiming) => timings.push(timing) };
  await withServer(answering(EMPTY_OBJECT), async (client, accepted) => {
    for (let sent = 0; sent < 3; sent++) await sendOne(client, 1);
    await Promise.all([sendOne(client, 1), sendOne(client, 2), sendOne(client, 3)]);
    assert.equal(accepted(), 3);
  }, options);
  assert.equal(timings.length, 3);
  for (const { tcpMs, tlsMs } of timings) assert(tcpMs > 0 && tlsMs === null);
});

Deno.test("every request in flight has a connection of its own", async () => {
  await withReferenceServers(async ({ restUrl }) => {
    await withRestClient(restUrl, async (client) => {
      for (let round = 0; round < 3; round++) {
        const samples = await Promise.all(
          Array.from({ length: 50 }, (_, index) => sendOne(client, index + 1)),
        );
        assert.deepEqual(new Set(samples.map(verdictOf)), new Set(["success"]));
      }
    }, WIRE);
  });
});

Deno.test("a connection that the server gives up with its answer is replaced", async () => {
  const last = `${OK}connection: close\r\ncontent-length: 2\r\n\r\n{}`;
  await withServer(answering(last), async (client, accepted) => {
    for (let sent = 0; sent < 3; sent++) {
      assert.equal(verdictOf(await sendOne(client, 1)), "success");
    }
    assert.equal(accepted(), 3);
  });
});

Deno.test("a connection that the server closes while it is idle fails no request", async () => {
  await withServer(answeringOnce(EMPTY_OBJECT), async (client, accepted) => {
    for (let sent = 0; sent < 3; sent++) {
      assert.equal(verdictOf(await sendOne(client, 1)), "success");
      await turn(20);
    }
    assert.equal(accepted(), 3);
  });
});

Deno.test("a request whose connection ends before it is written goes on a new one", async () => {
  const accepted: Deno.TcpConn[] = [];
  let requests = 0;
  const endsTheOther: Handler = async (connection) => {
    accepted.push(connection);
    while (await readRequestHead(connection)) {
      const answered = writeText(connection, EMPTY_OBJECT);
      if (++requests === 3) {
        // The client reads both in one turn, the answer first: what it sends then finds the end unread.
        void accepted.find((it) => it !== connection)!.closeWrite();
      }
      await answered;
    }
  };
  await withServer(endsTheOther, async (client) => {
    await Promise.all([sendOne(client, 1), sendOne(client, 2)]);
    const verdicts: string[] = [];
    await new Promise<void>((resolve) => {
      const next = (sample: Sample) => {
        verdicts.push(verdictOf(sample));
        if (verdicts.length === 3) resolve();
      };
      client.send(3, (sample) => {
        next(sample);
        client.send(4, next);
        client.send(5, next);
      });
    });
    assert.deepEqual(verdicts, ["success", "success", "success"]);
    assert.equal(accepted.length, 3);
    assert.deepEqual(client.observed().keepAlive, seen({ kind: "counted", ended: 1 }));
  });
});

Deno.test("bytes that nobody asked for end their connection", async () => {
  const talkative: Handler = async (connection) => {
    await readRequestHead(connection);
    await writeText(connection, EMPTY_OBJECT);
    await turn();
    await writeText(connection, EMPTY_OBJECT);
    await readUntilClosed(connection);
  };
  await withServer(talkative, async (client, accepted) => {
    assert.equal(verdictOf(await sendOne(client, 1)), "success");
    await turn(20);
    assert.equal(verdictOf(await sendOne(client, 1)), "success");
    assert.equal(accepted(), 2);
  });
});

/** Answers `count` requests of each connection, and then does with the next one as `onNext` says, and closes. */
function closingAfter(count: number, onNext: (connection: Deno.Conn) => Promise<void>): Handler {
  return async (connection) => {
    for (let answered = 0; await readRequestHead(connection); answered++) {
      if (answered === count) return await onNext(connection);
      await writeText(connection, EMPTY_OBJECT);
    }
  };
}

Deno.test("a GET that got no byte on a kept connection goes again on a new one, and says so", async () => {
  await withServer(closingAfter(2, async () => {}), async (client, accepted) => {
    const retried = [];
    for (let sent = 0; sent < 5; sent++) {
      const sample = await sendOne(client, 1);
      assert(sample.kind === "success");
      assert.equal(sample.phases.connectionWaitMs! > 0, sent % 2 === 0);
      assert(Math.abs(sumOfPhases(sample) - sample.responseTimeMs) < 1e-6);
      retried.push(sample.retried);
    }
    assert.deepEqual(retried, [false, false, true, false, true]);
    assert.equal(accepted(), 3);
  });
});

Deno.test("it goes again once: where the new connection has no answer either, it fails", async () => {
  const answersOnce: Handler = async (connection, index) => {
    if (index === 0) return await closingAfter(1, async () => {})(connection, index);
    await readRequestHead(connection);
  };
  await withServer(answersOnce, async (client, accepted) => {
    assert.equal(verdictOf(await sendOne(client, 1)), "success");
    const sample = await sendOne(client, 1);
    assert.deepEqual([verdictOf(sample), sample.retried], ["Connection Reset", true]);
    assert.equal(accepted(), 2);
  });
});

Deno.test("a request of which the answer had begun, or that had a new connection, does not go again", async () => {
  const breaksOff = closingAfter(1, (connection) => writeText(connection, "H"));
  await withServer(breaksOff, async (client, accepted) => {
    await sendOne(client, 1);
    const sample = await sendOne(client, 1);
    assert.deepEqual([verdictOf(sample), sample.retried], ["Connection Reset", false]);
    assert.equal(accepted(), 1);
  });
  await withServer(closingAfter(0, async () => {}), async (client, accepted) => {
    const sample = await sendOne(client, 1);
    assert.deepEqual([verdictOf(sample), sample.retried], ["Connection Reset", false]);
    assert.equal(accepted(), 1);
  });
});

Deno.test("only what may be asked twice goes again by itself", () => {
  const idempotent = ["GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"];
  for (const method of idempotent) assert(isIdempotent(method), method);
  for (const method of ["POST", "PATCH", "CONNECT", "get"]) assert(!isIdempotent(method), method);
});

Deno.test("what was sent again is told in every format, and counted once", async () => {
  const rest = startRawServer(closingAfter(4, async () => {}));
  const grpc = startPlainHttp2Server((connection) => connection.answerAll());
  try {
    const targets = ["--rest-url", `http://127.0.0.1:${rest.port}`];
    const load = ["-r", "20", "-c", "1", "--client", "wire", "--seed", "1", ...PLAIN_LOAD];
    const { stdout, code } = await inProcess(
      [...load, ...targets, "--grpc-url", `127.0.0.1:${grpc.port}`, "-o", "json"],
    );
    assert.equal(code, 0);
    const report = validReport(stdout);
    assert.deepEqual([report.rest.total_requests, report.rest.success_rate], [20, 100]);
    assert.deepEqual([report.rest.retried, report.grpc.retried], [4, 0]);
    assert.equal(report.rest.timing_breakdown.connection_wait_time!.samples, 20);
    const note = /^REST: 4 of 20 requests were sent again, since .*; each counts once, /;
    assert(report.notes.some((text) => note.test(text)));
    assert.match(consoleFormatter.format(report), /^Retried Requests: +4$/m);
    assert.match(csvFormatter.format(report), /^Retried Requests,4,0,-,-$/m);
  } finally {
    await Promise.all([rest.close(), grpc.close()]);
  }
});

Deno.test("a request that runs out of time closes its connection, and no other's", async () => {
  let sawClose = () => {};
  const clientClosed = new Promise<void>((resolve) => sawClose = resolve);
  const silentFirst: Handler = async (connection, index) => {
    if (index > 0) return await answering(EMPTY_OBJECT)(connection, index);
    await readUntilClosed(connection);
    sawClose();
  };
  await withServer(silentFirst, async (client, accepted) => {
    const silent = sendOne(client, 1);
    while (accepted() === 0) await turn();
    for (let sent = 0; sent < 20; sent++) {
      assert.equal(verdictOf(await sendOne(client, 2)), "success");
    }
    assert.equal(verdictOf(await silent), "Connection Timeout");
    // Ends only if that connection was closed: the client itself is still open.
    await clientClosed;
    assert.equal(verdictOf(await sendOne(client, 3)), "success");
    assert.equal(accepted(), 2);
  }, { ...WIRE, timeoutMs: SHORT_TIMEOUT_MS });
});

Deno.test("many requests that run out of time all end, and later ones have their own time", async () => {
  await withServer(readUntilClosed, async (client) => {
    for (let round = 0; round < 2; round++) {
      const samples = await Promise.all(Array.from({ length: 20 }, () => sendOne(client, 1)));
      assert.deepEqual(new Set(samples.map(verdictOf)), new Set(["Connection Timeout"]));
    }
  }, { ...WIRE, timeoutMs: SHORT_TIMEOUT_MS });
});

Deno.test("closing the wire client ends what is in flight, once", async () => {
  await withServer(readUntilClosed, async (client, accepted) => {
    const samples = [sendOne(client, 1), sendOne(client, 2)];
    while (accepted() < 2) await turn();
    await client.close();
    await client.close();
    assert.deepEqual((await Promise.all(samples)).map(({ kind }) => kind), ["failure", "failure"]);
  });
});

Deno.test("closing the wire client tells nothing more of a request that has ended", async () => {
  await withReferenceServers(async ({ restUrl }) => {
    const told: string[] = [];
    await withRestClient(
      restUrl,
      (client) =>
        new Promise<void>((resolve) =>
          client.send(1, (sample) => {
            told.push(verdictOf(sample));
            resolve();
          })
        ),
      { lens: "wire" },
    );
    assert.deepEqual(told, ["success"]);
  });
});

Deno.test("nobody listening, and a name that does not resolve, count as they do for fetch", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  const verdictAt = (url: string) =>
    withRestClient(url, async (client) => verdictOf(await sendOne(client, 1)), WIRE);
  assert.equal(await verdictAt(`http://127.0.0.1:${port}`), "Connection Refused");
  assert.equal(await verdictAt("http://no-such-host.invalid"), "DNS Failure");
});

function sharedByConnections(): SharedByConnections {
  return {
    clock: monotonicClock,
    arrivalClock: monotonicClock,
    turns: socketTurns,
    inFlight: new InFlight(),
  };
}

Deno.test("a request that the socket takes in pieces is sent whole", async () => {
  const written: number[] = [];
  const answer = new TextEncoder().encode(EMPTY_OBJECT);
  const request = new TextEncoder().encode("GET / HTTP/1.1\r\n\r\n");
  let answerNow = (_count: number) => {};
  const reluctant = {
    write(bytes: Uint8Array) {
      written.push(bytes[0]!);
      if (written.length === request.length) answerNow(answer.length);
      return Promise.resolve(1);
    },
    read(buffer: Uint8Array) {
      buffer.set(answer);
      return new Promise<number>((resolve) => answerNow = resolve);
    },
    close: () => answerNow(0),
  };
  await new Promise<void>((resolve) => {
    const connection = new Http1Connection(reluctant, sharedByConnections(), {
      onResponse: () => resolve(),
      onFailure: ({ kind }) => assert.fail(kind),
      onUnsent: () => assert.fail("unsent"),
      onUnanswered: () => assert.fail("unanswered"),
      onIdleClose: () => assert.fail("closed"),
    });
    connection.exchange(request);
  });
  assert.deepEqual(written, [...request]);
});

Deno.test("an answer that comes before the request is written at all is no answer to it", async () => {
  const answer = new TextEncoder().encode(EMPTY_OBJECT);
  const reads: ((count: number) => void)[] = [];
  const written: number[] = [];
  let closed = false;
  const forward = {
    write(bytes: Uint8Array) {
      written.push(bytes.length);
      return Promise.resolve(bytes.length);
    },
    read(buffer: Uint8Array) {
      buffer.set(answer);
      return new Promise<number>((resolve) => void reads.push(resolve));
    },
    close: () => void (closed = true),
  };
  const heard: string[] = [];
  const connection = new Http1Connection(forward, sharedByConnections(), {
    onResponse: () => heard.push("response"),
    onFailure: ({ kind }) => heard.push(kind),
    onUnsent: () => heard.push("unsent"),
    onUnanswered: () => heard.push("unanswered"),
    onIdleClose: () => heard.push("idle close"),
  });
  const turn = () => new Promise((resolve) => setTimeout(resolve, 0));
  connection.exchange(new Uint8Array(10));
  await turn();
  reads.shift()!(answer.length);
  await turn();
  assert.deepEqual(heard, ["response"]);
  // Nobody has asked for this one when it arrives.
  reads.shift()!(answer.length);
  connection.exchange(new Uint8Array(20));
  await turn();
  assert.deepEqual(heard, ["response", "unsent"]);
  assert.deepEqual(written, [10]);
  assert(closed);
});

Deno.test("an answer that comes before the request is wholly written ends its connection", async () => {
  const answer = new TextEncoder().encode(EMPTY_OBJECT);
  let closed = false;
  const impatient = {
    write: () => new Promise<number>(() => {}),
    read(buffer: Uint8Array) {
      buffer.set(answer);
      return Promise.resolve(answer.length);
    },
    close: () => void (closed = true),
  };
  await new Promise<void>((resolve) => {
    const connection = new Http1Connection(impatient, sharedByConnections(), {
      onResponse: () => resolve(),
      onFailure: ({ kind }) => assert.fail(kind),
      onUnsent: () => assert.fail("unsent"),
      onUnanswered: () => assert.fail("unanswered"),
      onIdleClose: () => assert.fail("closed"),
    });
    connection.exchange(new Uint8Array(10));
  });
  assert(closed);
});

Deno.test("answers of all sizes are read whole, those that fill the buffer to the last byte too", async () => {
  const sizes = [
    2,
    1900,
    ...Array.from({ length: 220 }, (_, more) => 1901 + more),
    5000,
    2,
    200_000,
  ];
  const ofSize = async (connection: Deno.TcpConn) => {
    for (const size of sizes) {
      if (!await readRequestHead(connection)) return;
      await writeText(connection, httpAnswer("200 OK", JSON_TYPE, `"${"x".repeat(size - 2)}"`));
    }
  };
  await withServer(ofSize, async (client, accepted) => {
    for (const size of sizes) {
      assert.deepEqual(countable(await sendOne(client, 1)), ["success", size]);
    }
    assert.equal(accepted(), 1);
  });
  // The first one grows the buffer; here each meets a small one.
  for (const size of sizes.filter((it) => it % 7 === 0)) {
    const answer = httpAnswer("200 OK", JSON_TYPE, `"${"x".repeat(size - 2)}"`);
    await withServer(answering(answer), async (client) => {
      assert.deepEqual(countable(await sendOne(client, 1)), ["success", size]);
    });
  }
});
