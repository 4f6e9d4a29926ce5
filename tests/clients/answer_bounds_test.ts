import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { gzipSync } from "node:zlib";
import { heldAnswers, MAX_ANSWER_BYTES, MAX_HELD_BYTES } from "../../lib/clients/answer_bounds.ts";
import type { Lens } from "../../lib/clients/lens.ts";
import { LENSES } from "../../lib/clients/lens.ts";
import { StallGate } from "../../lib/clients/native/stall_gate.ts";
import { Turns } from "../../lib/clients/native/turns.ts";
import type { Failure, Sample } from "../../lib/requests/sample.ts";
import { sendAll, sendOne, verdictOf, withGrpcClient, withRestClient } from "../support/clients.ts";
import { startHttp2Server } from "../support/node_http2_server.ts";
import {
  readRequestHead,
  readUntilClosed,
  startRawServer,
  writeText,
} from "../support/raw_server.ts";

const MIB = 1024 * 1024;

/** What becomes of requests that a server answers with a head and then with chunk after chunk. */
async function restSamples(
  lens: Lens,
  head: string,
  chunk: string,
  { count = 1, chunks = Infinity } = {},
): Promise<Sample[]> {
  const server = startRawServer(async (connection) => {
    await readRequestHead(connection);
    await writeText(connection, `HTTP/1.1 200 OK\r\n${head}\r\n\r\n`);
    for (let sent = 0; sent < chunks; sent++) await writeText(connection, chunk);
    await readUntilClosed(connection);
  });
  try {
    return await withRestClient(`http://127.0.0.1:${server.port}`, async (client) => {
      const ids = Array.from({ length: count }, (_, index) => index + 1);
      return (await sendAll(client, ids, count)).map(([sample]) => sample!);
    }, { lens, timeoutMs: 30_000 });
  } finally {
    await server.close();
  }
}

function assertTooLarge(sample: Sample, errorType: string, cause: RegExp): void {
  assert.equal(verdictOf(sample), errorType);
  const { reason, cause: actual } = sample as Failure;
  assert.equal(reason.kind, "too-large");
  assert.match(actual, cause);
}

/** With a bound on all answers together that few of them reach. */
async function withRoomFor(bytes: number, body: () => Promise<void>): Promise<void> {
  heldAnswers.maxBytes = bytes;
  try {
    await body();
    // Whatever was claimed has been given back.
    assert(heldAnswers.claim(bytes));
    heldAnswers.release(bytes);
  } finally {
    heldAnswers.maxBytes = MAX_HELD_BYTES;
  }
}

const CHUNK = `10000\r\n${"x".repeat(65_536)}\r\n`;

for (const lens of LENSES) {
  const tooLarge = (sample: Sample) =>
    assertTooLarge(sample, "Response Too Large", new RegExp(String(MAX_ANSWER_BYTES)));

  Deno.test(`an answer that announces a terabyte is too large at once, with ${lens} clients`, async () => {
    const [sample] = await restSamples(lens, "content-length: 999999999999", "{", { chunks: 1 });
    tooLarge(sample!);
  });

  Deno.test(`chunks without an end are too large in the end, with ${lens} clients`, async () => {
    const [sample] = await restSamples(lens, "transfer-encoding: chunked", CHUNK);
    tooLarge(sample!);
  });

  Deno.test(`a body without an end is too large in the end, with ${lens} clients`, async () => {
    const [sample] = await restSamples(lens, "x-framing: none", CHUNK);
    tooLarge(sample!);
  });

  Deno.test(`REST answers that together take too much are too large, with ${lens} clients`, () =>
    withRoomFor(4 * MIB, async () => {
      const samples = await restSamples(lens, "transfer-encoding: chunked", CHUNK, { count: 4 });
      const causes = samples.map((sample) => (sample as Failure).cause);
      for (const sample of samples) assertTooLarge(sample, "Response Too Large", /larger|together/);
      assert(causes.some((cause) => /take more than 4194304 bytes together/.test(cause)));
    }));

  Deno.test(`gRPC messages that together take too much are too large, with ${lens} clients`, () =>
    withRoomFor(4 * MIB, async () => {
      const prefix = Buffer.alloc(5);
      prefix.writeUInt32BE(MAX_ANSWER_BYTES, 1);
      const server = await startHttp2Server((stream) => {
        stream.respond({ ":status": 200, "content-type": "application/grpc" });
        // What is missing never comes.
        stream.write(Buffer.concat([prefix, Buffer.alloc(8 * MIB)]));
      });
      try {
        const sample = await withGrpcClient(
          `127.0.0.1:${server.port}`,
          (client) => sendOne(client, 1),
          { lens, timeoutMs: 30_000 },
        );
        assertTooLarge(sample, "RESOURCE_EXHAUSTED", /take more than 4194304 bytes together/);
      } finally {
        await server.close();
      }
    }));

  Deno.test(`answers of every size below the bound arrive whole, with ${lens} clients`, async () => {
    for (const size of [1, 16_383, 16_384, 65_536, 65_537, 3 * MIB, MAX_ANSWER_BYTES]) {
      const text = `"${"x".repeat(size - 1)}`;
      const body = size === 1 ? "1" : `${text.slice(0, -1)}"`;
      for (
        const [head, chunk] of [
          [`content-length: ${size}`, body],
          ["transfer-encoding: chunked", `${size.toString(16)}\r\n${body}\r\n0\r\n\r\n`],
        ] as const
      ) {
        const [sample] = await restSamples(lens, head, chunk, { chunks: 1 });
        assert(sample?.kind === "success", `${size}: ${verdictOf(sample!)}`);
        assert.equal(sample.payloadBytes, size);
      }
    }
  });
}

Deno.test("compressed messages that grow beyond the bound are too large", async () => {
  const bomb = gzipSync(Buffer.alloc(4 * MAX_ANSWER_BYTES));
  const prefix = Buffer.from([1, 0, 0, 0, 0]);
  prefix.writeUInt32BE(bomb.length, 1);
  const server = await startHttp2Server((stream) => {
    const head = { "content-type": "application/grpc", "grpc-encoding": "gzip" };
    stream.respond({ ":status": 200, ...head }, { waitForTrailers: true });
    stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
    stream.end(Buffer.concat([prefix, bomb]));
  });
  try {
    await withGrpcClient(`127.0.0.1:${server.port}`, async (client) => {
      for (const [sample] of await sendAll(client, [1, 2, 3, 4, 5, 6], 6)) {
        assertTooLarge(sample!, "RESOURCE_EXHAUSTED", /larger than 16777216/);
      }
    }, { timeoutMs: 30_000 });
  } finally {
    await server.close();
  }
});

Deno.test("interim responses without an end are a time-out", async () => {
  const server = startRawServer(async (connection) => {
    await readRequestHead(connection);
    for (;;) await writeText(connection, "HTTP/1.1 100 Continue\r\n\r\n".repeat(100));
  });
  try {
    await withRestClient(`http://127.0.0.1:${server.port}`, async (client) => {
      assert.equal(verdictOf(await sendOne(client, 1)), "Connection Timeout");
    }, { timeoutMs: 100 });
  } finally {
    await server.close();
  }
});

Deno.test("a server that stalls this process gets one request at a time, until it answers", async () => {
  const gate = new StallGate();
  gate.sent();
  assert(!gate.isShut);
  gate.stall();
  assert(gate.isShut);
  const heard: string[] = [];
  const [second, third] = [new AbortController(), new AbortController()];
  const waiting = [
    gate.turn(second.signal).then(() => heard.push("second")),
    gate.turn(third.signal).then(() => heard.push("third")),
    gate.turn(new AbortController().signal).then(() => heard.push("fourth")),
  ];
  // Its time is over while it waits.
  third.abort();
  gate.releaseAborted();
  await waiting[1];
  assert.deepEqual(heard, ["third"]);
  gate.ended();
  await waiting[0];
  assert.deepEqual(heard, ["third", "second"]);
  gate.sent();
  gate.answered();
  await waiting[2];
  assert.deepEqual(heard, ["third", "second", "fourth"]);
  assert(!gate.isShut);
});

Deno.test("so many pieces of work run at once, and the others in turn, whatever becomes of them", async () => {
  const turns = new Turns(2);
  let running = 0;
  let most = 0;
  const order: number[] = [];
  await Promise.allSettled(Array.from({ length: 6 }, (_, index) =>
    turns.take(async () => {
      order.push(index);
      most = Math.max(most, ++running);
      await Promise.resolve();
      running--;
      if (index % 2 === 0) throw new Error("as may be");
    })));
  assert.deepEqual([most, order], [2, [0, 1, 2, 3, 4, 5]]);
});
