import assert from "node:assert/strict";
import fc from "fast-check";
import { Flag, FrameType } from "../../lib/clients/wire/http2/frame.ts";
import {
  answersTo,
  ClientBytes,
  grpcConnection,
  HEAD,
  REQUEST,
  requestOf,
  ServerBytes,
} from "../support/grpc_bytes.ts";
import { feed, pieceSizes } from "../support/served_connection.ts";

Deno.test("a call comes back as a head, a message and trailers, after SETTINGS and their acknowledgement", () => {
  const { ends, frames, isOver } = answersTo(new ClientBytes().call(1, 7));
  const { SETTINGS, WINDOW_UPDATE, HEADERS, DATA } = FrameType;
  assert.deepEqual([ends, isOver], [[[1, "OK 7"]], false]);
  assert.deepEqual(frames, [
    ...[`${SETTINGS} 0`, `${WINDOW_UPDATE} 0`, `${SETTINGS} 0`],
    ...[`${HEADERS} 1`, `${DATA} 1`, `${HEADERS} 1`],
  ]);
});

/** How a call may be framed: each of them the same call. */
const WRITE_CALL:
  readonly ((client: ClientBytes, streamId: number, message: Uint8Array) => void)[] = [
    (client, id, message) => client.head(id).data(id, message),
    (client, id, message) => client.head(id).data(id, message, false).data(id, new Uint8Array()),
    (client, id, message) => {
      client.head(id);
      for (const octet of message) client.data(id, Uint8Array.of(octet), false);
      client.head(id, [["a-trailer", "x"]], true);
    },
    (client, id, message) => {
      client.head(id);
      const padded = [3, ...message, 0, 0, 0];
      client.frame(FrameType.DATA, Flag.PADDED | Flag.END_STREAM, id, padded);
    },
    (client, id, message) => {
      const { PADDED, PRIORITY, END_HEADERS } = Flag;
      const payload = [2, 0, 0, 0, 0, 15, ...client.block(), 0, 0];
      client.frame(FrameType.HEADERS, PADDED | PRIORITY | END_HEADERS, id, payload);
      client.data(id, message);
    },
    (client, id, message) => {
      const block = [...client.block()];
      client.frame(FrameType.HEADERS, 0, id, block.slice(0, 1));
      client.frame(FrameType.CONTINUATION, 0, id);
      client.frame(FrameType.CONTINUATION, Flag.END_HEADERS, id, block.slice(1));
      client.data(id, message);
    },
    (client, id, message) => {
      client.head(id, [...HEAD, ["content-length", String(message.length)]]).data(id, message);
    },
    (client, id, message) => {
      client.frame(FrameType.PRIORITY, 0, id, [0, 0, 0, 0, 1]).frame(0x7f, 0xff, id, [1, 2]);
      client.head(id).data(id, message);
      client.frame(FrameType.RST_STREAM, 0, 1, [0, 0, 0, 8]).frame(FrameType.WINDOW_UPDATE, 0, 1, [
        0,
        0,
        0,
        1,
      ]);
    },
  ];

Deno.test("calls in every framing get their answers, however their bytes are cut", () => {
  const calls = fc.array(
    fc.tuple(fc.constantFrom(...WRITE_CALL), fc.integer({ min: -1, max: 10_001 })),
    { maxLength: 40 },
  );
  fc.assert(fc.property(calls, pieceSizes, (calls, sizes) => {
    const client = new ClientBytes();
    const expected = calls.map(([write, userId], index) => {
      write(client, 2 * index + 1, requestOf(userId));
      const outcome = userId < 1
        ? "INVALID_ARGUMENT"
        : userId > 10_000
        ? "NOT_FOUND"
        : `OK ${userId}`;
      return [2 * index + 1, outcome];
    });
    const { ends, goaway } = answersTo(client, sizes);
    assert.deepEqual([ends, goaway], [expected, null]);
  }));
});

const UNARY = (client: ClientBytes, bytes: readonly number[]) =>
  client.head(1).data(1, Uint8Array.from(bytes));

/** What concerns one call alone: the calls before and after it are answered. */
const REFUSED: readonly (readonly [string, (client: ClientBytes) => ClientBytes, string])[] = [
  ["no message", (it) => it.head(1, HEAD, true), "INTERNAL"],
  ["a message cut off", (it) => UNARY(it, [0, 0, 0, 0, 3, 8, 42]), "INTERNAL"],
  ["a prefix cut off", (it) => UNARY(it, [0, 0, 0]), "INTERNAL"],
  ["two messages", (it) => UNARY(it, [...REQUEST, ...REQUEST]), "INTERNAL"],
  ["what is no protobuf", (it) => UNARY(it, [0, 0, 0, 0, 1, 8]), "INTERNAL"],
  ["a compressed message", (it) => UNARY(it, [1, 0, 0, 0, 1, 8]), "UNIMPLEMENTED"],
  ["a message of 4 GiB", (it) => UNARY(it, [0, 255, 255, 255, 255, 1]), "RESOURCE_EXHAUSTED"],
  [
    "an unknown method",
    (it) => it.head(1, HEAD.map(([n, v]) => [n, n === ":path" ? "/a/b" : v])).data(1, REQUEST),
    "UNIMPLEMENTED",
  ],
  [
    "JSON",
    (it) =>
      it.head(1, HEAD.map(([n, v]) => [n, n === "content-type" ? "application/json" : v]), true),
    "HTTP 415",
  ],
  [
    "a GET",
    (it) => it.head(1, HEAD.map(([n, v]) => [n, n === ":method" ? "GET" : v]), true),
    "HTTP 405",
  ],
  [
    "no path",
    (it) => it.head(1, HEAD.filter(([n]) => n !== ":path"), true),
    "RST_STREAM PROTOCOL_ERROR",
  ],
  ["two paths", (it) => it.head(1, [[":path", "/"], ...HEAD], true), "RST_STREAM PROTOCOL_ERROR"],
  [
    "a status",
    (it) => it.head(1, [[":status", "200"], ...HEAD], true),
    "RST_STREAM PROTOCOL_ERROR",
  ],
  [
    "a pseudo-header last",
    (it) => it.head(1, [...HEAD, [":a", "b"]], true),
    "RST_STREAM PROTOCOL_ERROR",
  ],
  ["a large letter", (it) => it.head(1, [...HEAD, ["A", "b"]], true), "RST_STREAM PROTOCOL_ERROR"],
  ["a line break", (it) => it.head(1, [...HEAD, ["a", "b\nc"]], true), "RST_STREAM PROTOCOL_ERROR"],
  [
    "Connection",
    (it) => it.head(1, [...HEAD, ["connection", "close"]], true),
    "RST_STREAM PROTOCOL_ERROR",
  ],
  ["TE: gzip", (it) => it.head(1, [...HEAD, ["te", "gzip"]], true), "RST_STREAM PROTOCOL_ERROR"],
  [
    "a length that is another",
    (it) => it.head(1, [...HEAD, ["content-length", "3"]]).data(1, REQUEST),
    "RST_STREAM PROTOCOL_ERROR",
  ],
  [
    "more metadata than is kept",
    (it) => it.head(1, [...HEAD, ["a", "b".repeat(70_000)]], true),
    "RST_STREAM ENHANCE_YOUR_CALM",
  ],
  ["a second head", (it) => it.head(1).head(1, HEAD, true), "RST_STREAM PROTOCOL_ERROR"],
  [
    "trailers that end nothing",
    (it) => it.head(1).head(1, [["a", "b"]]),
    "RST_STREAM PROTOCOL_ERROR",
  ],
  [
    "a window enlarged by 0",
    (it) => it.head(1).frame(FrameType.WINDOW_UPDATE, 0, 1, [0, 0, 0, 0]),
    "RST_STREAM PROTOCOL_ERROR",
  ],
  [
    "a window too large",
    (it) => it.head(1).frame(FrameType.WINDOW_UPDATE, 0, 1, [0x7f, 255, 255, 255]),
    "RST_STREAM FLOW_CONTROL_ERROR",
  ],
];

for (const [name, write, expected] of REFUSED) {
  Deno.test(`a call with ${name} ends with ${expected}, and its connection goes on`, () => {
    for (const sizes of [[100_000], [1], [50, 7]]) {
      const { ends, goaway, isOver } = answersTo(write(new ClientBytes()).call(3), sizes);
      const complete = ends.filter(([, end]) => end !== "RST_STREAM NO_ERROR");
      assert.deepEqual(complete, [[1, expected], [3, "OK 42"]]);
      assert.deepEqual([goaway, isOver], [null, false]);
    }
  });
}

/** What a client must not do, each with the code that RFC 9113 has for it. */
const FAULTS: readonly (readonly [string, (client: ClientBytes) => ClientBytes, string])[] = [
  ["DATA on stream 0", (it) => it.data(0, REQUEST), "PROTOCOL_ERROR"],
  ["DATA on a stream that is idle", (it) => it.data(5, REQUEST), "PROTOCOL_ERROR"],
  ["DATA on a stream that it ended", (it) => it.data(1, REQUEST), "STREAM_CLOSED"],
  ["a head on a stream that it ended", (it) => it.head(1, HEAD, true), "STREAM_CLOSED"],
  ["a head on a server's stream", (it) => it.head(2, HEAD, true), "PROTOCOL_ERROR"],
  ["a head on stream 0", (it) => it.head(0, HEAD, true), "PROTOCOL_ERROR"],
  ["RST_STREAM on an idle stream", (it) => it.frame(3, 0, 5, [0, 0, 0, 8]), "PROTOCOL_ERROR"],
  ["RST_STREAM of 3 bytes", (it) => it.frame(3, 0, 1, [0, 0, 8]), "FRAME_SIZE_ERROR"],
  ["SETTINGS on a stream", (it) => it.frame(4, 0, 1), "PROTOCOL_ERROR"],
  ["SETTINGS of 5 bytes", (it) => it.frame(4, 0, 0, [0, 1, 0, 0, 0]), "FRAME_SIZE_ERROR"],
  ["an acknowledgement with content", (it) => it.frame(4, 1, 0, [0]), "FRAME_SIZE_ERROR"],
  ["SETTINGS_ENABLE_PUSH 2", (it) => it.frame(4, 0, 0, [0, 2, 0, 0, 0, 2]), "PROTOCOL_ERROR"],
  [
    "too large an initial window",
    (it) => it.frame(4, 0, 0, [0, 4, 0x80, 0, 0, 0]),
    "FLOW_CONTROL_ERROR",
  ],
  ["too small a frame size", (it) => it.frame(4, 0, 0, [0, 5, 0, 0, 0, 1]), "PROTOCOL_ERROR"],
  ["PUSH_PROMISE", (it) => it.frame(5, 4, 1, [0, 0, 0, 2]), "PROTOCOL_ERROR"],
  ["PING on a stream", (it) => it.frame(6, 0, 1, [1, 2, 3, 4, 5, 6, 7, 8]), "PROTOCOL_ERROR"],
  ["PING of 4 bytes", (it) => it.frame(6, 0, 0, [1, 2, 3, 4]), "FRAME_SIZE_ERROR"],
  ["GOAWAY on a stream", (it) => it.frame(7, 0, 1, [0, 0, 0, 0, 0, 0, 0, 0]), "PROTOCOL_ERROR"],
  ["GOAWAY of 4 bytes", (it) => it.frame(7, 0, 0, [0, 0, 0, 0]), "FRAME_SIZE_ERROR"],
  ["WINDOW_UPDATE by 0", (it) => it.frame(8, 0, 0, [0, 0, 0, 0]), "PROTOCOL_ERROR"],
  ["WINDOW_UPDATE of 3 bytes", (it) => it.frame(8, 0, 0, [0, 0, 1]), "FRAME_SIZE_ERROR"],
  ["WINDOW_UPDATE on an idle stream", (it) => it.frame(8, 0, 9, [0, 0, 0, 1]), "PROTOCOL_ERROR"],
  ["too large a window", (it) => it.frame(8, 0, 0, [0x7f, 255, 255, 255]), "FLOW_CONTROL_ERROR"],
  ["CONTINUATION of nothing", (it) => it.frame(9, 4, 1), "PROTOCOL_ERROR"],
  ["a head cut short by PING", (it) => it.frame(1, 0, 3).frame(6, 0, 0), "PROTOCOL_ERROR"],
  ["a head continued elsewhere", (it) => it.frame(1, 0, 3).frame(9, 4, 5), "PROTOCOL_ERROR"],
  ["a head padded beyond its end", (it) => it.frame(1, 0x0c, 3, [9, 0x82]), "PROTOCOL_ERROR"],
  ["DATA padded beyond its end", (it) => it.head(3).frame(0, 8, 3, [9, 1]), "PROTOCOL_ERROR"],
  ["a head too short for its priority", (it) => it.frame(1, 0x24, 3, [0, 0]), "FRAME_SIZE_ERROR"],
  ["an unknown index", (it) => it.frame(1, 5, 3, [0xff, 0x7f]), "COMPRESSION_ERROR"],
  ["a large frame", (it) => it.data(3, new Uint8Array(16_385)), "FRAME_SIZE_ERROR"],
];

for (const [name, write, code] of FAULTS) {
  Deno.test(`${name} ends the connection with ${code}, after what was asked before`, () => {
    for (const sizes of [[100_000], [1], [50, 7]]) {
      const { ends, goaway, isOver } = answersTo(write(new ClientBytes().call(1)).call(7), sizes);
      assert.deepEqual([ends, goaway, isOver], [[[1, "OK 42"]], code, true]);
    }
  });
}

Deno.test("a client that does not begin as HTTP/2 begins is told so", () => {
  const get = new TextEncoder().encode("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  for (const bytes of [get, new ClientBytes(null).call(1).take()]) {
    const it = grpcConnection();
    const { goaway, ends } = new ServerBytes().read(feed(it, bytes));
    assert.deepEqual([goaway, ends, it.isOver], ["PROTOCOL_ERROR", [], true]);
  }
});
