import type { RunningServer } from "../rest_server.ts";
import type { Answerer } from "./answerer.ts";

/** What may go wrong with a connection concerns that connection alone: it is closed, and forgotten. */
export function listen(hostname: string, port: number, answer: () => Answerer): RunningServer {
  const listener = Deno.listen({ hostname, port });
  const open = new Map<Deno.TcpConn, Promise<void>>();
  const acceptAll = async () => {
    for await (const connection of listener) {
      connection.setNoDelay();
      const served = serve(connection, answer()).catch(() => {}).finally(() => {
        open.delete(connection);
        closeQuietly(connection);
      });
      open.set(connection, served);
    }
  };
  // Without new connections, those that are there go on; whoever waits for one has a timeout.
  const accepting = acceptAll().catch(() => {});
  return {
    address: `${listener.addr.hostname}:${listener.addr.port}`,
    close: async () => {
      listener.close();
      await accepting;
      const ending = [...open.values()];
      for (const connection of open.keys()) closeQuietly(connection);
      await Promise.all(ending);
    },
  };
}

/**
 * One read, then one write for all that it asks. Nothing is read while answers wait to be taken: a
 * client that only sends is held back by TCP, and fills no memory here.
 */
async function serve(connection: Deno.TcpConn, answerer: Answerer): Promise<void> {
  for (;;) {
    const count = await connection.read(answerer.space());
    if (count === null) return;
    const answers = answerer.answersTo(count);
    for (let at = 0; at < answers.length;) at += await connection.write(answers.subarray(at));
  }
}

function closeQuietly(connection: Deno.TcpConn): void {
  try {
    connection.close();
  } catch {
    // Closed already.
  }
}
