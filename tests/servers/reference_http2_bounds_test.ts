import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import fc from "fast-check";
import { HpackEncoder } from "../../lib/clients/wire/hpack/encoder.ts";
import { ErrorCode, errorCodeName } from "../../lib/clients/wire/http2/error_code.ts";
import { Flag, FrameType } from "../../lib/clients/wire/http2/frame.ts";
import { SettingId } from "../../lib/clients/wire/http2/settings.ts";
import { Http2Connection } from "../../lib/servers/reference/http2/connection.ts";
import type { CallAnswer } from "../../lib/servers/reference/http2/unary_request.ts";
import {
  answersTo,
  ClientBytes,
  grpcConnection,
  HEAD,
  REQUEST,
  ServerBytes,
} from "../support/grpc_bytes.ts";
import { feed, pieceSizes } from "../support/served_connection.ts";

Deno.test("floods are answered with ENHANCE_YOUR_CALM, or come to nothing", () => {
  const flood = (write: (client: ClientBytes, turn: number) => void) => {
    const client = new ClientBytes();
    for (let turn = 0; turn < 2000; turn++) write(client, turn);
    const it = grpcConnection();
    // All of it within one read: nothing was taken meanwhile.
    const { goaway } = new ServerBytes().read(feed(it, client.take(), [200_000]));
    return goaway;
  };
  const ping = [1, 2, 3, 4, 5, 6, 7, 8];
  assert.equal(flood((client) => client.frame(FrameType.PING, 0, 0, ping)), "ENHANCE_YOUR_CALM");
  assert.equal(flood((client) => client.frame(FrameType.SETTINGS, 0, 0)), "ENHANCE_YOUR_CALM");
  assert.equal(
    flood((client, turn) => client.frame(turn === 0 ? 1 : 9, 0, 1, [0x82])),
    "ENHANCE_YOUR_CALM",
  );
  const opened = (client: ClientBytes, turn: number) =>
    client.head(2 * turn + 1).frame(FrameType.RST_STREAM, 0, 2 * turn + 1, [0, 0, 0, 8]);
  assert.equal(flood(opened), null);
});

Deno.test("what comes on a stream that was refused early is no fault, and takes no memory", () => {
  const client = new ClientBytes();
  const large = Uint8Array.of(0, 0, 100, 0, 0, 1);
  client.head(1).data(1, large, false).data(1, new Uint8Array(9000), false);
  client.frame(FrameType.WINDOW_UPDATE, 0, 1, [0, 0, 0, 1]).data(1, new Uint8Array(10)).call(3);
  const { ends, goaway } = answersTo(client);
  assert.deepEqual(ends, [[1, "RESOURCE_EXHAUSTED"], [1, "RST_STREAM NO_ERROR"], [3, "OK 42"]]);
  assert.equal(goaway, null);
});

/** Begins calls that never end, each with so many bytes, and counts how they end all the same. */
function endsOfUnended(calls: number, content: Uint8Array) {
  const it = grpcConnection();
  const server = new ServerBytes();
  const client = new ClientBytes();
  const counts: Record<string, number> = {};
  for (let call = 0; call < calls; call++) {
    client.head(2 * call + 1).data(2 * call + 1, content, false);
    for (const [, end] of server.read(feed(it, client.take(), [100_000])).ends) {
      counts[end] = (counts[end] ?? 0) + 1;
    }
  }
  assert.equal(it.isOver, false);
  return counts;
}

Deno.test("requests that do not end are refused once they take too much together", () => {
  const most = new Uint8Array(16_384);
  most.set([0, 0, 0, 0x3f, 0xff]);
  assert.deepEqual(endsOfUnended(1025, most), { RESOURCE_EXHAUSTED: 1, "RST_STREAM NO_ERROR": 1 });
});

Deno.test("streams are refused once they are too many", () => {
  assert.deepEqual(endsOfUnended(10_003, Uint8Array.of(0)), { "RST_STREAM REFUSED_STREAM": 3 });
});

Deno.test("answers keep to both windows, and go on as they open, in whatever steps", () => {
  const increments = fc.array(
    fc.tuple(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 1, max: 150 })),
    { minLength: 1, maxLength: 60 },
  );
  fc.assert(fc.property(increments, fc.integer({ min: 0, max: 200 }), (increments, initial) => {
    const it = grpcConnection();
    const server = new ServerBytes();
    const client = new ClientBytes([[SettingId.INITIAL_WINDOW_SIZE, initial]]);
    const ids = [1, 3, 5];
    for (const id of ids) client.call(id, id);
    const windows = new Map(ids.map((id) => [id, initial]));
    let sent = 0;
    const ended = new Set<number>();
    const take = (bytes: Uint8Array) => {
      const { ends, dataBytes } = server.read(feed(it, bytes));
      sent += dataBytes;
      for (const [id, end] of ends) {
        assert.equal(end, `OK ${id}`);
        ended.add(id);
      }
      assert(sent <= [...windows.values()].reduce((sum, bytes) => sum + bytes, 0));
    };
    take(client.take());
    for (const [index, increment] of increments) {
      if (index === 3) continue;
      const id = ids[index]!;
      windows.set(id, windows.get(id)! + increment);
      client.writer.windowUpdate(id, increment);
      take(client.take());
    }
    // All the rest at once, by another initial window.
    client.writer.settings([[SettingId.INITIAL_WINDOW_SIZE, 65_535]]);
    for (const id of ids) windows.set(id, windows.get(id)! + 65_535 - initial);
    take(client.take());
    assert.deepEqual(ended.size, ids.length);
  }));
});

Deno.test("a smaller initial window takes back what has not been sent", () => {
  const it = grpcConnection();
  const server = new ServerBytes();
  const client = new ClientBytes([[SettingId.INITIAL_WINDOW_SIZE, 50]]).call(1);
  assert.equal(server.read(feed(it, client.take())).dataBytes, 50);
  client.writer.settings([[SettingId.INITIAL_WINDOW_SIZE, 0]]);
  client.writer.windowUpdate(1, 50);
  assert.equal(server.read(feed(it, client.take())).dataBytes, 0);
  client.writer.windowUpdate(1, 1);
  assert.equal(server.read(feed(it, client.take())).dataBytes, 1);
});

Deno.test("the connection's window holds all answers back together, and opens for the oldest first", () => {
  const it = grpcConnection();
  const server = new ServerBytes();
  const client = new ClientBytes();
  const count = 1000;
  for (let call = 0; call < count; call++) client.call(2 * call + 1, call + 1);
  const early = server.read(feed(it, client.take(), [16_384]));
  assert.equal(early.dataBytes, 65_535);
  client.writer.windowUpdate(0, 1_000_000);
  const late = server.read(feed(it, client.take()));
  assert.deepEqual(
    [...early.ends, ...late.ends],
    Array.from({ length: count }, (_, call) => [2 * call + 1, `OK ${call + 1}`]),
  );
});

Deno.test("a client without a header table is answered without one", () => {
  const client = new ClientBytes([[SettingId.HEADER_TABLE_SIZE, 0]]).call(1).call(3).call(5);
  const bytes = feed(grpcConnection(), client.take());
  const { ends } = new ServerBytes().read(bytes);
  assert.deepEqual(ends, [[1, "OK 42"], [3, "OK 42"], [5, "OK 42"]]);
});

Deno.test("padding is given back to its stream, so that no request is held up by it", () => {
  const client = new ClientBytes().head(1);
  for (const octet of REQUEST) {
    client.frame(FrameType.DATA, Flag.PADDED, 1, [200, octet, ...new Uint8Array(200)]);
  }
  const { frames } = answersTo(client);
  const updates = frames.filter((frame) => frame === `${FrameType.WINDOW_UPDATE} 1`);
  assert.equal(updates.length, REQUEST.length);
});

Deno.test("calls that are taken back, or whose client goes, are answered no more", () => {
  const answers: ((it: CallAnswer) => void)[] = [];
  let takenBack = 0;
  let flushes = 0;
  const it = new Http2Connection((_request, answer) => {
    answers.push(answer);
    return () => takenBack++;
  }, () => flushes++);
  const server = new ServerBytes();
  const client = new ClientBytes().call(1).call(3).call(5);
  client.frame(FrameType.RST_STREAM, 0, 3, [0, 0, 0, 8]);
  assert.deepEqual(server.read(feed(it, client.take())).ends, []);
  assert.equal(takenBack, 1);
  for (const answer of answers.slice(0, 2)) answer({ status: "NOT_FOUND", details: "ä%b" });
  assert.deepEqual(server.read(it.takeOutgoing()).ends, [[1, "NOT_FOUND"]]);
  assert.equal(flushes, 1);
  it.abandon();
  answers[2]!({ status: "NOT_FOUND", details: "" });
  assert.deepEqual([takenBack, it.takeOutgoing().length], [2, 0]);
});

const someFrame = fc.record({
  type: fc.integer({ min: 0, max: 10 }),
  flags: fc.constantFrom(0, 1, 4, 5, 8, 0x0c, 0x20, 0x24, 0x2d, 0xff),
  streamId: fc.constantFrom(0, 1, 1, 2, 3, 3, 5, 7, 2 ** 31 - 1),
  payload: fc.oneof(
    fc.uint8Array({ maxLength: 40 }),
    fc.constantFrom(REQUEST, Uint8Array.of(0, 0, 0, 0), Uint8Array.of(0, 3, 0, 0, 0, 9)),
    fc.constant(new HpackEncoder().encode(HEAD.map(([name, value]) => ({ name, value })), "none")),
  ),
});

Deno.test("any frames and any bytes end in answers or a GOAWAY, in no other error and in little memory", () => {
  const frames = fc.array(someFrame, { maxLength: 60 });
  fc.assert(
    fc.property(frames, fc.uint8Array({ maxLength: 200 }), pieceSizes, (frames, tail, sizes) => {
      const client = new ClientBytes();
      for (const { type, flags, streamId, payload } of frames) {
        client.writer.frame(type, flags, streamId, payload);
      }
      const bytes = Buffer.concat([client.take(), tail]);
      const it = grpcConnection();
      const written = feed(it, bytes, sizes);
      const { goaway } = new ServerBytes().read(written);
      assert.equal(goaway !== null, it.isOver);
      assert(written.length < 1000 + 400 * frames.length);
      assert.notEqual(goaway, errorCodeName(ErrorCode.INTERNAL_ERROR));
    }),
    { numRuns: 500 },
  );
});
