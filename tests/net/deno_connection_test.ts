import assert from "node:assert/strict";
import {
  denoConnection,
  findSocketOperations,
  type SocketOperations,
} from "../../lib/net/deno_connection.ts";
import type { Connection } from "../../lib/net/connection.ts";

/** Both ends of a connection over loopback. */
async function withBothEnds(
  use: (client: Deno.TcpConn, server: Deno.TcpConn) => Promise<void>,
): Promise<void> {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { hostname, port } = listener.addr;
  const [client, server] = await Promise.all([
    Deno.connect({ hostname, port }),
    listener.accept(),
  ]);
  listener.close();
  try {
    await use(client, server);
  } finally {
    server.close();
  }
}

async function readToEnd(connection: Connection): Promise<string> {
  const buffer = new Uint8Array(4);
  let text = "";
  for (;;) {
    const count = await connection.read(buffer);
    if (count === 0) return text;
    text += new TextDecoder().decode(buffer.subarray(0, count));
  }
}

Deno.test("the operations that the wire clients are fast with are found in this Deno", () => {
  assert.notEqual(findSocketOperations(), null);
});

Deno.test("a connection reads and writes with the operations that were found", async () => {
  const found = findSocketOperations();
  assert(found !== null);
  const used: string[] = [];
  const watched: SocketOperations = {
    internalRidSymbol: found.internalRidSymbol,
    read: (resource, buffer) => {
      used.push("read");
      return found.read(resource, buffer);
    },
    write: (resource, bytes) => {
      used.push("write");
      return found.write(resource, bytes);
    },
  };
  await withBothEnds(async (client, server) => {
    const connection = denoConnection(client, watched);
    await connection.write(new Uint8Array(1));
    await server.write(new Uint8Array(1));
    assert.equal(await connection.read(new Uint8Array(1)), 1);
    connection.close();
  });
  assert.deepEqual(used, ["write", "read"]);
});

for (
  const [name, operations] of [
    ["with Deno's own operations", findSocketOperations()],
    ["as Deno gives it", null],
  ] as const
) {
  Deno.test(`a connection, ${name}, carries bytes both ways until the server ends`, async () => {
    await withBothEnds(async (client, server) => {
      const connection = denoConnection(client, operations);
      assert.equal(await connection.write(new TextEncoder().encode("ping")), 4);
      const heard = new Uint8Array(10);
      assert.equal(await server.read(heard), 4);
      await server.write(new TextEncoder().encode("pong, pong"));
      await server.closeWrite();
      assert.equal(await readToEnd(connection), "pong, pong");
      connection.close();
    });
  });

  Deno.test(`a connection, ${name}, ends what it waits for when it is closed`, async () => {
    await withBothEnds(async (client) => {
      const connection = denoConnection(client, operations);
      const reading = connection.read(new Uint8Array(4));
      connection.close();
      await assert.rejects(reading);
    });
  });
}
