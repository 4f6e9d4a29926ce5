import { GetUserResponse } from "../../lib/requests/built_in/user_service.ts";
import { Flag, FrameType, MAX_31_BITS } from "../../lib/clients/wire/http2/frame.ts";
import { userById } from "../../lib/servers/users.ts";
import { type ScriptedConnection, startHttp2Server } from "../../tests/support/http2_server.ts";
import type { DelayedAnswers } from "./delayed_answers.ts";

const DEFAULT_WINDOW_BYTES = 65_535;
const USER = userById(4242)!;

/**
 * Answers every unary call over HTTP/2 with prior knowledge. Keeps no window of its own: a hundred answers
 * of two hundred bytes fit into what every client gives at first.
 */
export function listenForGrpc(answers: DelayedAnswers): number {
  return startHttp2Server((connection) => serve(connection, answers)).port;
}

async function serve(connection: ScriptedConnection, answers: DelayedAnswers): Promise<void> {
  const { socket, writer } = connection;
  // Else an answer may wait 40 ms for the client's acknowledgement of the one before.
  (socket as Deno.TcpConn).setNoDelay();
  const flush = flusherOf(connection);
  const bodies = new Map<number, number[]>();
  writer.settings([]);
  writer.windowUpdate(0, MAX_31_BITS - DEFAULT_WINDOW_BYTES);
  flush();
  for (let frame = await connection.frame(); frame !== null; frame = await connection.frame()) {
    const { type, flags, streamId, payload } = frame;
    if (type === FrameType.SETTINGS && (flags & Flag.ACK) === 0) {
      writer.settingsAck();
      flush();
    } else if (type === FrameType.PING && (flags & Flag.ACK) === 0) {
      writer.pingAck(payload);
      flush();
    } else if (type === FrameType.DATA) {
      const body = bodies.get(streamId) ?? [];
      body.push(...payload);
      bodies.set(streamId, body);
      if ((flags & Flag.END_STREAM) === 0) continue;
      bodies.delete(streamId);
      const userId = userIdIn(body);
      answers.answer(userId, () => {
        connection.answer(
          streamId,
          GetUserResponse.encode({ user: { ...USER, id: userId } }).finish(),
        );
        flush();
      });
    }
  }
}

/** Field 1, a varint, behind the 5-byte prefix. */
function userIdIn(body: readonly number[]): number {
  return body.slice(6).reduce((value, byte, at) => value + (byte & 0x7f) * 2 ** (7 * at), 0);
}

/** One write at a time: what comes meanwhile goes with the next. */
function flusherOf(connection: ScriptedConnection): () => void {
  let writing = false;
  let more = false;
  const write = async () => {
    writing = true;
    do {
      more = false;
      await connection.flush();
    } while (more);
    writing = false;
  };
  return () => {
    more = true;
    if (!writing) write().catch(() => {});
  };
}
