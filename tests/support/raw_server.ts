/** A loopback TCP server whose every connection is handled by hand, for answers no library would give. */
export interface RawServer {
  readonly port: number;
  /** Connections accepted so far. */
  readonly accepted: () => number;
  close(): Promise<void>;
}

type Handler<Connection> = (connection: Connection, index: number) => Promise<void>;

/** A certificate and its key in PEM, and the application protocols that the server takes. */
export interface RawServerTls {
  readonly cert: string;
  readonly key: string;
  readonly alpnProtocols: string[];
}

const ANY_PORT = { hostname: "127.0.0.1", port: 0 };

export function startRawServer(handle: Handler<Deno.TcpConn>): RawServer {
  return serve(Deno.listen(ANY_PORT), handle);
}

export function startRawTlsServer(handle: Handler<Deno.TlsConn>, tls: RawServerTls): RawServer {
  return serve(Deno.listenTls({ ...ANY_PORT, ...tls }), handle);
}

function serve<Connection extends Deno.Conn>(
  listener: Deno.Listener<Connection, Deno.NetAddr>,
  handle: Handler<Connection>,
): RawServer {
  const open = new Set<Connection>();
  const handlers: Promise<void>[] = [];
  let accepted = 0;
  const accepting = (async () => {
    for await (const connection of listener) {
      open.add(connection);
      const handled = handle(connection, accepted++)
        // The client may be gone by the time that it is answered.
        .catch(() => {})
        .finally(() => {
          open.delete(connection);
          tryClose(connection);
        });
      handlers.push(handled);
    }
  })();
  return {
    port: listener.addr.port,
    accepted: () => accepted,
    async close() {
      listener.close();
      for (const connection of open) tryClose(connection);
      await accepting;
      await Promise.all(handlers);
    },
  };
}

function tryClose(connection: Deno.Conn): void {
  try {
    connection.close();
  } catch {
    // Closed already.
  }
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Reads until a request head has ended. @returns `false` where the client has closed. */
export async function readRequestHead(connection: Deno.Conn): Promise<boolean> {
  const buffer = new Uint8Array(4096);
  let head = "";
  while (!head.includes("\r\n\r\n")) {
    const count = await connection.read(buffer);
    if (count === null) return false;
    head += decoder.decode(buffer.subarray(0, count));
  }
  return true;
}

export async function writeText(connection: Deno.Conn, text: string): Promise<void> {
  const bytes = encoder.encode(text);
  for (let written = 0; written < bytes.length;) {
    written += await connection.write(bytes.subarray(written));
  }
}

/** Reads and drops whatever comes until the client closes. */
export async function readUntilClosed(connection: Deno.Conn): Promise<void> {
  const buffer = new Uint8Array(4096);
  while (await connection.read(buffer) !== null) { /* dropped */ }
}

/** Answers every request with the same text, and keeps the connection. */
export function answering(text: string): Handler<Deno.Conn> {
  return async (connection) => {
    while (await readRequestHead(connection)) await writeText(connection, text);
  };
}

/** A whole HTTP/1.1 answer. */
export function httpAnswer(status: string, contentType: string, body: string): string {
  const length = encoder.encode(body).length;
  return `HTTP/1.1 ${status}\r\ncontent-type: ${contentType}\r\ncontent-length: ${length}\r\n\r\n${body}`;
}
