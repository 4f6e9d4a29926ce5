import { userById } from "../../lib/servers/users.ts";
import type { DelayedAnswers } from "./delayed_answers.ts";

const HEAD_END = "\r\n\r\n";
const REQUEST = /^GET \/api\/users\/(\d+) HTTP\/1\.1\r\n/;
const READ_BYTES = 4096;
const USER = userById(4242)!;
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Answers `GET /api/users/{id}` over HTTP/1.1, one request at a time on each connection. */
export function listenForRest(answers: DelayedAnswers): number {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  void (async () => {
    for await (const connection of listener) {
      connection.setNoDelay();
      serve(connection, answers).catch(() => {}).finally(() => closeQuietly(connection));
    }
  })();
  return listener.addr.port;
}

async function serve(connection: Deno.TcpConn, answers: DelayedAnswers): Promise<void> {
  const bytes = new Uint8Array(READ_BYTES);
  let head = "";
  for (let count: number | null; (count = await connection.read(bytes)) !== null;) {
    head += decoder.decode(bytes.subarray(0, count));
    if (!head.endsWith(HEAD_END)) continue;
    const userId = Number(REQUEST.exec(head)?.[1]);
    head = "";
    if (Number.isNaN(userId)) return;
    await new Promise<void>((resolve) => answers.answer(userId, resolve));
    const response = encoder.encode(responseFor(userId));
    for (let at = 0; at < response.length;) at += await connection.write(response.subarray(at));
  }
}

function responseFor(userId: number): string {
  const body = JSON.stringify({ ...USER, id: userId });
  return `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${body.length}` +
    HEAD_END + body;
}

function closeQuietly(connection: Deno.TcpConn): void {
  try {
    connection.close();
  } catch {
    // Closed already.
  }
}
