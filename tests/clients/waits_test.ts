/** What a caller waits for is in the response time: on a clock that only the servers here move. */
import assert from "node:assert/strict";
import type { Clock } from "../../lib/clock.ts";
import type { Sample } from "../../lib/requests/sample.ts";
import { ErrorCode } from "../../lib/clients/wire/http2/error_code.ts";
import { SettingId } from "../../lib/clients/wire/http2/settings.ts";
import {
  sendOne,
  sumOfPhases,
  verdictOf,
  withRestClient,
  withWireGrpcClient,
} from "../support/clients.ts";
import { type ScriptedConnection, startHttp2Server } from "../support/http2_server.ts";
import { httpAnswer, readRequestHead, startRawServer, writeText } from "../support/raw_server.ts";

class MovedClock {
  #nowMs = 1000;
  readonly clock: Clock = () => this.#nowMs;

  pass(milliseconds: number): void {
    this.#nowMs += milliseconds;
  }
}

/** Response time, what is told apart of it, and whether the request was sent again. */
function told(sample: Sample) {
  assert(sample.kind === "success", verdictOf(sample));
  assert(Math.abs(sumOfPhases(sample) - sample.responseTimeMs) < 1e-6, "the phases add up");
  const { connectionWaitMs, streamWaitMs } = sample.phases;
  return [sample.responseTimeMs, connectionWaitMs, streamWaitMs, sample.retried];
}

/** Sends so many calls at once. */
async function callsTo(
  serve: (connection: ScriptedConnection, index: number, time: MovedClock) => Promise<void>,
  count: number,
): Promise<Sample[]> {
  const time = new MovedClock();
  const server = startHttp2Server((connection, index) => serve(connection, index, time));
  try {
    return await withWireGrpcClient(
      `127.0.0.1:${server.port}`,
      (client) => Promise.all(Array.from({ length: count }, (_, id) => sendOne(client, id))),
      { clock: time.clock },
    );
  } finally {
    await server.close();
  }
}

async function answerEach(
  connection: ScriptedConnection,
  time: MovedClock,
  eachMs: number,
): Promise<void> {
  for (let request = await connection.request(); request !== null;) {
    time.pass(eachMs);
    connection.answer(request.streamId);
    await connection.flush();
    request = await connection.request();
  }
}

Deno.test("a call's response time holds its waits for a connection and for a stream, each told apart", async () => {
  const samples = await callsTo(async (connection, _index, time) => {
    time.pass(5);
    connection.writer.settings([[SettingId.MAX_CONCURRENT_STREAMS, 1]]);
    await connection.flush();
    await answerEach(connection, time, 10);
  }, 4);
  assert.deepEqual(samples.map(told), [
    [15, 5, 0, false],
    [25, 5, 10, false],
    [35, 5, 20, false],
    [45, 5, 30, false],
  ]);
});

Deno.test("a call that GOAWAY moves goes on in time: what it lost is a wait for a connection", async () => {
  const samples = await callsTo(async (connection, index, time) => {
    time.pass(index === 0 ? 0 : 5);
    connection.writer.settings([]);
    await connection.flush();
    if (index > 0) return await answerEach(connection, time, 0);
    const answered = (await connection.request())!;
    await connection.request();
    time.pass(20);
    connection.writer.goaway(answered.streamId, ErrorCode.NO_ERROR);
    connection.answer(answered.streamId);
    await connection.flush();
    while (await connection.frame() !== null) { /* until the client closes */ }
  }, 2);
  assert.deepEqual(samples.map(told), [[20, 0, 0, false], [25, 25, 0, true]]);
});

Deno.test("a call that is held back while its connection goes away waits for a stream, then for a connection", async () => {
  const asked = Promise.withResolvers<void>();
  const samples = await callsTo(async (connection, index, time) => {
    time.pass(index === 0 ? 0 : 5);
    connection.writer.settings([[SettingId.MAX_CONCURRENT_STREAMS, 1]]);
    await connection.flush();
    const { streamId } = (await connection.request())!;
    if (index > 0) {
      connection.answer(streamId);
      await connection.flush();
      asked.resolve();
    } else {
      time.pass(20);
      connection.writer.goaway(streamId, ErrorCode.NO_ERROR);
      await connection.flush();
      await asked.promise;
      connection.answer(streamId);
      await connection.flush();
    }
    while (await connection.frame() !== null) { /* until the client closes */ }
  }, 2);
  assert.deepEqual(samples.map(told), [[25, 0, 0, false], [25, 5, 20, false]]);
});

Deno.test("a refused call is sent again, once: its time goes on, and a second refusal is a failure", async () => {
  const refusing = (refusals: number) =>
    callsTo(async (connection, _index, time) => {
      connection.writer.settings([]);
      await connection.flush();
      for (let refused = 0; refused < refusals; refused++) {
        const { streamId } = (await connection.request())!;
        time.pass(3);
        connection.writer.rstStream(streamId, ErrorCode.REFUSED_STREAM);
        await connection.flush();
      }
      await answerEach(connection, time, 4);
    }, 1);
  assert.deepEqual((await refusing(1)).map(told), [[7, 3, 0, true]]);
  const [twice] = await refusing(2);
  assert.deepEqual([verdictOf(twice!), twice!.retried], ["UNAVAILABLE", true]);
});

Deno.test("a GET that goes again on a new connection goes on in time", async () => {
  const time = new MovedClock();
  const answer = httpAnswer("200 OK", "application/json", "{}");
  const server = startRawServer(async (connection, index) => {
    const serves = index === 0 ? 1 : Infinity;
    for (let requests = 0; await readRequestHead(connection); requests++) {
      time.pass(10);
      if (requests === serves) return;
      await writeText(connection, answer);
    }
  });
  try {
    const url = `http://127.0.0.1:${server.port}`;
    await withRestClient(url, async (client) => {
      const samples = [];
      for (let sent = 0; sent < 3; sent++) samples.push(await sendOne(client, 1));
      assert.deepEqual(samples.map(told), [
        [10, 0, null, false],
        [20, 10, null, true],
        [10, 0, null, false],
      ]);
    }, { lens: "wire", clock: time.clock });
  } finally {
    await server.close();
  }
});
