import assert from "node:assert/strict";
import fc from "fast-check";
import { HpackDecoder } from "../../../lib/clients/wire/hpack/decoder.ts";
import { HpackError } from "../../../lib/clients/wire/hpack/hpack_error.ts";
import { ConnectionFault, ErrorCode } from "../../../lib/clients/wire/http2/error_code.ts";
import { Flag, FrameType } from "../../../lib/clients/wire/http2/frame.ts";
import type { FrameWriter } from "../../../lib/clients/wire/http2/frame_writer.ts";
import { SettingId } from "../../../lib/clients/wire/http2/settings.ts";
import { briefly, bytesOf, RecordingExchange, SessionProbe } from "../../support/http2_session.ts";

const STREAMS = 3;
const NOTHING = new Uint8Array();
const STATUS_200 = new Uint8Array([0x88]);

/** A conversation with a bit of everything that a server may rightly send. */
function conversation(probe: SessionProbe): Uint8Array {
  return bytesOf((server) => {
    server.settings([[SettingId.MAX_CONCURRENT_STREAMS, 100], [0x99, 7]]);
    server.frame(0x77, 0xff, 1, new Uint8Array(20));
    server.headers(1, probe.block([":status", "103"], ["link", "x"]), false, 16_384);
    server.headers(1, probe.block([":status", "200"], ["date", "today"]), false, 4);
    server.frame(FrameType.PING, 0, 0, new Uint8Array(8));
    server.frame(FrameType.DATA, Flag.PADDED, 1, new Uint8Array([3, 10, 11, 12, 0, 0, 0]));
    server.frame(
      FrameType.HEADERS,
      Flag.PADDED | Flag.PRIORITY | Flag.END_HEADERS,
      3,
      new Uint8Array([2, 0, 0, 0, 0, 7, ...probe.block([":status", "200"]), 0, 0]),
    );
    server.data(1, new Uint8Array([13]), 0, 1, false);
    server.windowUpdate(0, 1000);
    server.windowUpdate(3, 1000);
    server.frame(FrameType.PRIORITY, 0, 5, new Uint8Array(5));
    server.headers(1, probe.block(["grpc-status", "0"]), true, 16_384);
    server.data(3, new Uint8Array([20, 21]), 0, 2, true);
    server.rstStream(5, ErrorCode.CANCEL);
    server.settingsAck();
    server.goaway(2 ** 31 - 1, ErrorCode.NO_ERROR, "bye");
  });
}

const HEARD = [
  [
    "head :status=200 date=today",
    "data 10,11,12",
    "data 13",
    "trailers grpc-status=0",
    "end",
  ],
  ["head :status=200", "data 20,21", "end"],
  ["reset CANCEL"],
];

/** Feeds a conversation in pieces, and says what each exchange heard. */
function heardInPieces(cutAt: readonly number[]): string[][] {
  const probe = new SessionProbe();
  const bytes = conversation(probe);
  const exchanges = Array.from({ length: STREAMS }, () => probe.open());
  const cuts = [0, ...cutAt.map((at) => at % bytes.length).toSorted((a, b) => a - b), bytes.length];
  cuts.forEach((cut, index) => probe.feed(bytes.subarray(cuts[index - 1] ?? 0, cut)));
  return exchanges.map(({ heard }) => heard);
}

Deno.test("a conversation is understood alike wherever it is split", () => {
  const length = conversation(new SessionProbe()).length;
  for (let at = 0; at < length; at++) assert.deepEqual(heardInPieces([at]), HEARD);
  assert.deepEqual(heardInPieces(Array.from({ length }, (_, at) => at)), HEARD);
  fc.assert(fc.property(fc.array(fc.nat(length), { maxLength: 20 }), (cuts) => {
    assert.deepEqual(heardInPieces(cuts), HEARD);
  }));
});

Deno.test("bytes gone wrong end in a fault of the server and nothing else, each exchange once at most", () => {
  const mutation = fc.record({ at: fc.nat(400), byte: fc.nat(255), cut: fc.boolean() });
  fc.assert(
    fc.property(fc.array(mutation, { minLength: 1, maxLength: 6 }), (mutations) => {
      const probe = new SessionProbe();
      let bytes = conversation(probe);
      const exchanges = Array.from({ length: STREAMS }, () => probe.open());
      for (const { at, byte, cut } of mutations) {
        const place = at % bytes.length;
        if (cut) bytes = bytes.slice(0, place + 1);
        bytes[place] = byte;
      }
      let fault: unknown = null;
      try {
        probe.feed(bytes);
      } catch (error) {
        fault = error;
      }
      assert(fault === null || fault instanceof ConnectionFault || fault instanceof HpackError);
      probe.session.lose("over");
      for (const exchange of exchanges) {
        const isUnprocessed = probe.unprocessed.includes(exchange);
        assert.equal(exchange.ends, isUnprocessed ? 0 : 1);
      }
      assert(probe.session.takeOutgoing(0).length < 1000);
    }),
    { numRuns: 3000 },
  );
});

type Server = (server: FrameWriter, probe: SessionProbe) => void;

const CONNECTION_FAULTS: readonly (readonly [name: string, code: number, server: Server])[] = [
  ["a frame larger than announced", ErrorCode.FRAME_SIZE_ERROR, (server) => {
    server.frame(FrameType.DATA, 0, 1, new Uint8Array(16_385));
  }],
  ["DATA on stream 0", ErrorCode.PROTOCOL_ERROR, (server) => server.data(0, NOTHING, 0, 0, false)],
  ["DATA on a stream never opened", ErrorCode.PROTOCOL_ERROR, (server) => {
    server.data(7, NOTHING, 0, 0, false);
  }],
  ["HEADERS on a stream of the server's", ErrorCode.PROTOCOL_ERROR, (server) => {
    server.headers(2, STATUS_200, false, 100);
  }],
  ["more padding than payload", ErrorCode.PROTOCOL_ERROR, (server) => {
    server.frame(FrameType.DATA, Flag.PADDED, 1, new Uint8Array([5, 0, 0]));
  }],
  ["padding without a length", ErrorCode.PROTOCOL_ERROR, (server) => {
    server.frame(FrameType.DATA, Flag.PADDED, 1, NOTHING);
  }],
  ["HEADERS too short for a priority", ErrorCode.PROTOCOL_ERROR, (server) => {
    server.frame(FrameType.HEADERS, Flag.PRIORITY | Flag.END_HEADERS, 1, new Uint8Array(3));
  }],
  ["a malformed header block", ErrorCode.COMPRESSION_ERROR, (server) => {
    server.headers(1, new Uint8Array([0x80]), false, 100);
  }],
  ["another frame within a header block", ErrorCode.PROTOCOL_ERROR, (server) => {
    server.frame(FrameType.HEADERS, 0, 1, STATUS_200);
    server.frame(FrameType.PING, 0, 0, new Uint8Array(8));
  }],
  ["CONTINUATION of another stream", ErrorCode.PROTOCOL_ERROR, (server) => {
    server.frame(FrameType.HEADERS, 0, 1, STATUS_200);
    server.frame(FrameType.CONTINUATION, 0, 3, STATUS_200);
  }],
  ["CONTINUATION of nothing", ErrorCode.PROTOCOL_ERROR, (server) => {
    server.frame(FrameType.CONTINUATION, 0, 1, STATUS_200);
  }],
  ["a flood of CONTINUATION frames", ErrorCode.ENHANCE_YOUR_CALM, (server) => {
    server.frame(FrameType.HEADERS, 0, 1, NOTHING);
    for (let count = 0; count < 1000; count++) {
      server.frame(FrameType.CONTINUATION, 0, 1, NOTHING);
    }
  }],
  ["a header block without end", ErrorCode.ENHANCE_YOUR_CALM, (server) => {
    server.frame(FrameType.HEADERS, 0, 1, new Uint8Array(16_384).fill(0x88));
    for (let count = 0; count < 64; count++) {
      server.frame(FrameType.CONTINUATION, 0, 1, new Uint8Array(16_384).fill(0x88));
    }
  }],
  ["RST_STREAM of 5 bytes", ErrorCode.FRAME_SIZE_ERROR, (server) => {
    server.frame(FrameType.RST_STREAM, 0, 1, new Uint8Array(5));
  }],
  ["RST_STREAM on stream 0", ErrorCode.PROTOCOL_ERROR, (server) => server.rstStream(0, 0)],
  ["PRIORITY of 4 bytes", ErrorCode.FRAME_SIZE_ERROR, (server) => {
    server.frame(FrameType.PRIORITY, 0, 1, new Uint8Array(4));
  }],
  ["SETTINGS of 5 bytes", ErrorCode.FRAME_SIZE_ERROR, (server) => {
    server.frame(FrameType.SETTINGS, 0, 0, new Uint8Array(5));
  }],
  ["SETTINGS on a stream", ErrorCode.PROTOCOL_ERROR, (server) => {
    server.frame(FrameType.SETTINGS, 0, 1, NOTHING);
  }],
  ["an acknowledgement with settings in it", ErrorCode.FRAME_SIZE_ERROR, (server) => {
    server.frame(FrameType.SETTINGS, Flag.ACK, 0, new Uint8Array(6));
  }],
  ["SETTINGS_ENABLE_PUSH 1", ErrorCode.PROTOCOL_ERROR, (server) => {
    server.settings([[SettingId.ENABLE_PUSH, 1]]);
  }],
  ["an initial window of 2^31", ErrorCode.FLOW_CONTROL_ERROR, (server) => {
    server.settings([[SettingId.INITIAL_WINDOW_SIZE, 2 ** 31]]);
  }],
  ["a maximum frame size of 16383", ErrorCode.PROTOCOL_ERROR, (server) => {
    server.settings([[SettingId.MAX_FRAME_SIZE, 16_383]]);
  }],
  ["a maximum frame size of 2^24", ErrorCode.PROTOCOL_ERROR, (server) => {
    server.settings([[SettingId.MAX_FRAME_SIZE, 2 ** 24]]);
  }],
  ["an initial window that makes an open stream's overflow", ErrorCode.FLOW_CONTROL_ERROR, (
    server,
  ) => {
    server.windowUpdate(1, 2 ** 31 - 1 - 65_535);
    server.settings([[SettingId.INITIAL_WINDOW_SIZE, 2 ** 31 - 1]]);
  }],
  ["a flood of SETTINGS", ErrorCode.ENHANCE_YOUR_CALM, (server) => {
    for (let count = 0; count < 1100; count++) server.settings([]);
  }],
  ["PUSH_PROMISE", ErrorCode.PROTOCOL_ERROR, (server) => {
    server.frame(FrameType.PUSH_PROMISE, Flag.END_HEADERS, 1, new Uint8Array([0, 0, 0, 2, 0x88]));
  }],
  ["PING of 7 bytes", ErrorCode.FRAME_SIZE_ERROR, (server) => {
    server.frame(FrameType.PING, 0, 0, new Uint8Array(7));
  }],
  ["PING on a stream", ErrorCode.PROTOCOL_ERROR, (server) => {
    server.frame(FrameType.PING, 0, 1, new Uint8Array(8));
  }],
  ["a flood of PING", ErrorCode.ENHANCE_YOUR_CALM, (server) => {
    for (let count = 0; count < 1100; count++) {
      server.frame(FrameType.PING, 0, 0, new Uint8Array(8));
    }
  }],
  ["GOAWAY of 7 bytes", ErrorCode.FRAME_SIZE_ERROR, (server) => {
    server.frame(FrameType.GOAWAY, 0, 0, new Uint8Array(7));
  }],
  ["a second GOAWAY with a higher stream", ErrorCode.PROTOCOL_ERROR, (server) => {
    server.goaway(1, 0);
    server.goaway(3, 0);
  }],
  ["WINDOW_UPDATE of 3 bytes", ErrorCode.FRAME_SIZE_ERROR, (server) => {
    server.frame(FrameType.WINDOW_UPDATE, 0, 0, new Uint8Array(3));
  }],
  ["WINDOW_UPDATE by 0", ErrorCode.PROTOCOL_ERROR, (server) => server.windowUpdate(0, 0)],
  ["WINDOW_UPDATE beyond 2^31 - 1", ErrorCode.FLOW_CONTROL_ERROR, (server) => {
    server.windowUpdate(0, 2 ** 31 - 1);
  }],
  ["WINDOW_UPDATE on a stream never opened", ErrorCode.PROTOCOL_ERROR, (server) => {
    server.windowUpdate(9, 1);
  }],
];

for (const [name, code, server] of CONNECTION_FAULTS) {
  Deno.test(`${name} ends the connection`, () => {
    const probe = SessionProbe.ready();
    for (let count = 0; count < STREAMS; count++) probe.open();
    assert.throws(
      () => probe.receive((writer) => server(writer, probe)),
      (error) =>
        error instanceof ConnectionFault
          ? error.code === code
          : error instanceof HpackError && code === ErrorCode.COMPRESSION_ERROR,
    );
  });
}

Deno.test("a server that does not begin with SETTINGS ends the connection", () => {
  for (const flags of [0, Flag.ACK]) {
    const type = flags === 0 ? FrameType.PING : FrameType.SETTINGS;
    assert.throws(
      () => new SessionProbe().receive((server) => server.frame(type, flags, 0, NOTHING)),
      (error) => error instanceof ConnectionFault && error.code === ErrorCode.PROTOCOL_ERROR,
    );
  }
});

const STREAM_FAULTS: readonly (readonly [name: string, code: string, server: Server])[] = [
  ["a body before a head", "PROTOCOL_ERROR", (server) => server.data(1, NOTHING, 0, 0, true)],
  ["a head without a status", "PROTOCOL_ERROR", (server, probe) => {
    server.headers(1, probe.block(["grpc-status", "0"]), true, 100);
  }],
  ["a status that is no number", "PROTOCOL_ERROR", (server, probe) => {
    server.headers(1, probe.block([":status", "2x0"]), true, 100);
  }],
  ["two statuses", "PROTOCOL_ERROR", (server, probe) => {
    server.headers(1, probe.block([":status", "200"], [":status", "200"]), true, 100);
  }],
  ["a request's pseudo-header", "PROTOCOL_ERROR", (server, probe) => {
    server.headers(1, probe.block([":status", "200"], [":path", "/"]), true, 100);
  }],
  ["a pseudo-header after a header", "PROTOCOL_ERROR", (server, probe) => {
    server.headers(1, probe.block(["x", "y"], [":status", "200"]), true, 100);
  }],
  ["an upper-case header name", "PROTOCOL_ERROR", (server, probe) => {
    server.headers(1, probe.block([":status", "200"], ["X", "y"]), true, 100);
  }],
  ["a line break in a header", "PROTOCOL_ERROR", (server, probe) => {
    server.headers(1, probe.block([":status", "200"], ["x", "y\r\nz: 1"]), true, 100);
  }],
  ["a header of HTTP/1.1", "PROTOCOL_ERROR", (server, probe) => {
    server.headers(1, probe.block([":status", "200"], ["connection", "close"]), true, 100);
  }],
  ["an end after an interim response", "PROTOCOL_ERROR", (server, probe) => {
    server.headers(1, probe.block([":status", "100"]), true, 100);
  }],
  ["a second head", "PROTOCOL_ERROR", (server, probe) => {
    server.headers(1, probe.block([":status", "200"]), false, 100);
    server.headers(1, probe.block([":status", "200"]), true, 100);
  }],
  ["trailers that end nothing", "PROTOCOL_ERROR", (server, probe) => {
    server.headers(1, probe.block([":status", "200"]), false, 100);
    server.headers(1, probe.block(["grpc-status", "0"]), false, 100);
  }],
  ["a header list out of bounds", "ENHANCE_YOUR_CALM", (server, probe) => {
    // One entry of the table, a thousand times: small on the wire, large when decoded.
    server.headers(1, probe.block([":status", "200"], ["x", "y".repeat(3000)]), false, 16_384);
    server.headers(3, new Uint8Array(1000).fill(0xbe), true, 16_384);
  }],
  ["more fields than are taken, over many frames", "ENHANCE_YOUR_CALM", (server, probe) => {
    const fields = Array.from({ length: 200 }, () => ({ name: "x", value: "y".repeat(1000) }));
    const block = probe.encoder.encode([{ name: ":status", value: "200" }, ...fields], "none");
    server.headers(1, block, false, 16_384);
  }],
  ["more body than its window", "FLOW_CONTROL_ERROR", (server, probe) => {
    server.headers(1, probe.block([":status", "200"]), false, 100);
    server.data(1, new Uint8Array(101), 0, 101, false);
  }],
  ["a window enlarged by 0", "PROTOCOL_ERROR", (server) => server.windowUpdate(1, 0)],
  ["a window enlarged beyond 2^31 - 1", "FLOW_CONTROL_ERROR", (server) => {
    server.windowUpdate(1, 2 ** 31 - 1);
  }],
];

for (const [name, code, server] of STREAM_FAULTS) {
  Deno.test(`${name} resets the stream, and the connection goes on`, () => {
    const probe = SessionProbe.ready([], 100);
    const exchanges = [probe.open(), probe.open()];
    probe.sent();
    probe.receive((writer) => server(writer, probe));
    const faulted = exchanges.find(({ heard }) => heard.at(-1) === `fault ${code}`);
    assert(faulted !== undefined);
    const reset = probe.sent().find(({ type }) => type === FrameType.RST_STREAM);
    assert.equal(reset?.streamId, faulted.streamId);
    const next = probe.open();
    probe.receive((writer) =>
      writer.headers(next.streamId, probe.block([":status", "200"]), true, 100)
    );
    assert.deepEqual(next.heard, ["head :status=200", "end"]);
  });
}

Deno.test("SETTINGS and PING are acknowledged, the latter with its own bytes", () => {
  const probe = SessionProbe.ready();
  probe.receive((server) => {
    server.settings([]);
    server.frame(FrameType.PING, 0, 0, new Uint8Array([1, 2, 3, 4, 5, 6, 7, 8]));
    server.frame(FrameType.PING, Flag.ACK, 0, new Uint8Array(8));
  });
  const [settings, ping, ...rest] = probe.sent();
  assert.deepEqual([settings?.type, settings?.flags], [FrameType.SETTINGS, Flag.ACK]);
  assert.deepEqual([ping?.type, ping?.flags], [FrameType.PING, Flag.ACK]);
  assert.deepEqual(ping?.payload, new Uint8Array([1, 2, 3, 4, 5, 6, 7, 8]));
  assert.deepEqual(rest, []);
});

Deno.test("a body waits for the stream's window and for the connection's", () => {
  const probe = SessionProbe.ready([[SettingId.INITIAL_WINDOW_SIZE, 2]]);
  probe.open(new Uint8Array(7));
  assert.deepEqual(probe.sent().map(briefly).slice(1), ["DATA 1 2"]);
  probe.receive((server) => server.windowUpdate(1, 1));
  assert.deepEqual(probe.sent().map(briefly), ["DATA 1 1"]);
  probe.receive((server) => server.windowUpdate(1, 100));
  assert.deepEqual(probe.sent().map(briefly), ["DATA 1 4 END"]);

  const large = SessionProbe.ready([[SettingId.INITIAL_WINDOW_SIZE, 1_000_000]]);
  large.open(new Uint8Array(65_536));
  assert.deepEqual(large.sent().map(briefly).at(-1), "DATA 1 16383");
  large.receive((server) => server.windowUpdate(0, 1));
  assert.deepEqual(large.sent().map(briefly), ["DATA 1 1 END"]);
});

Deno.test("a new initial window moves open streams' windows, even below zero", () => {
  const probe = SessionProbe.ready([[SettingId.INITIAL_WINDOW_SIZE, 4]]);
  probe.open(new Uint8Array(10));
  probe.receive((server) => server.settings([[SettingId.INITIAL_WINDOW_SIZE, 1]]));
  probe.receive((server) => server.windowUpdate(1, 3));
  assert.deepEqual(probe.sent().map(briefly).slice(1), ["DATA 1 4", "SETTINGS 0 0"]);
  probe.receive((server) => server.settings([[SettingId.INITIAL_WINDOW_SIZE, 7]]));
  assert.deepEqual(probe.sent().map(briefly), ["SETTINGS 0 0", "DATA 1 6 END"]);
});

Deno.test("a body is cut to the server's maximum frame size", () => {
  const probe = SessionProbe.ready([[SettingId.INITIAL_WINDOW_SIZE, 50_000]]);
  probe.open(new Uint8Array(20_000));
  assert.deepEqual(probe.sent().map(briefly).slice(1), ["DATA 1 16384", "DATA 1 3616 END"]);
  probe.receive((server) => server.settings([[SettingId.MAX_FRAME_SIZE, 30_000]]));
  probe.sent();
  probe.open(new Uint8Array(20_000));
  // Larger than this side's own frames may be, so that only the length can be looked at.
  assert.equal(probe.session.takeOutgoing(0).length > 20_009, true);
});

Deno.test("an answer before the whole request ends the request, too", () => {
  const probe = SessionProbe.ready([[SettingId.INITIAL_WINDOW_SIZE, 0]]);
  const exchange = probe.open();
  probe.sent();
  probe.receive((server) => server.headers(1, STATUS_200, true, 100));
  assert.equal(exchange.heard.at(-1), "end");
  assert.deepEqual(probe.sent().map(briefly), ["RST_STREAM 1 4"]);
  probe.receive((server) => server.windowUpdate(1, 100));
  assert.deepEqual(probe.sent(), []);
});

Deno.test("the connection's window is given back in large pieces, closed streams' bytes and all", () => {
  const probe = SessionProbe.ready();
  probe.session.cancel(probe.open());
  probe.sent();
  const frame = bytesOf((server) => server.data(1, new Uint8Array(16_384), 0, 16_384, false));
  const updates: number[] = [];
  for (let count = 0; count < 4096; count++) {
    probe.feed(frame);
    for (const { type, payload } of probe.sent()) {
      assert.equal(type, FrameType.WINDOW_UPDATE);
      updates.push(new DataView(payload.buffer).getUint32(0));
    }
  }
  assert.deepEqual(updates, [32 * 1024 * 1024, 32 * 1024 * 1024]);
});

Deno.test("no more streams are opened than the server allows", () => {
  const probe = SessionProbe.ready([[SettingId.MAX_CONCURRENT_STREAMS, 2]]);
  probe.open();
  assert.equal(probe.session.canOpen, true);
  probe.open();
  assert.equal(probe.session.canOpen, false);
  probe.receive((server) => server.headers(1, STATUS_200, true, 100));
  assert.equal(probe.session.canOpen, true);
  probe.receive((server) => server.settings([[SettingId.MAX_CONCURRENT_STREAMS, 1]]));
  assert.equal(probe.session.canOpen, false);
});

Deno.test("GOAWAY hands back what was not processed, and lets the rest end", () => {
  const probe = SessionProbe.ready();
  const [first, second, third] = [probe.open(), probe.open(), probe.open()];
  probe.receive((server) => server.goaway(3, ErrorCode.NO_ERROR));
  assert.deepEqual(probe.unprocessed, [third]);
  assert.equal(probe.session.canOpen, false);
  probe.receive((server) => {
    server.headers(1, STATUS_200, true, 100);
    server.headers(5, STATUS_200, true, 100);
  });
  probe.session.lose("closed");
  assert.deepEqual([first.heard, second.heard, third.heard], [
    ["head :status=200", "end"],
    ["lost: closed"],
    [],
  ]);
});

Deno.test("the server's table size is honoured, from the first block after its SETTINGS on", () => {
  fc.assert(fc.property(fc.array(fc.nat(200), { maxLength: 10 }), (sizes) => {
    const probe = SessionProbe.ready();
    const decoder = new HpackDecoder(4096, 65_536);
    for (const size of sizes) {
      probe.receive((server) => server.settings([[SettingId.HEADER_TABLE_SIZE, size]]));
      for (let count = 0; count < 3; count++) {
        probe.open();
        const { payload } = probe.sent().find(({ type }) => type === FrameType.HEADERS)!;
        const names: string[] = [];
        decoder.decode(payload, 0, payload.length, ({ name }) => names.push(name));
        assert.deepEqual(names, [":method", ":path"]);
        assert(decoder.tableBytes <= size);
      }
    }
  }));
});

Deno.test("a request's head is sent in full once, and by its indices after that", () => {
  const probe = SessionProbe.ready();
  const lengths = Array.from({ length: 4 }, () => {
    probe.open();
    return probe.sent()[0]!.payload.length;
  });
  assert.deepEqual(lengths.slice(1), [2, 2, 2]);
  assert(lengths[0]! > 2);
});

Deno.test("an exchange may begin again from within its end", () => {
  const probe = SessionProbe.ready();
  class Again extends RecordingExchange {
    override onEnd(): void {
      super.onEnd();
      if (this.ends === 1) probe.session.open(this);
    }
  }
  const exchange = new Again();
  probe.session.open(exchange);
  probe.receive((server) => server.headers(1, STATUS_200, true, 100));
  assert.equal(probe.session.openStreams, 1);
  probe.receive((server) => server.headers(3, STATUS_200, true, 100));
  assert.equal(exchange.ends, 2);
});
