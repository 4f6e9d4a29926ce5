import { type RawServer, startRawServer } from "./raw_server.ts";

/** A TCP proxy on loopback that a test can cut, so that a healthy server behind it goes away. */
export interface CuttableProxy extends RawServer {
  /** Breaks every connection there is; new ones are taken as before. */
  cut(): void;
}

export function startCuttableProxy(targetPort: number): CuttableProxy {
  const pairs = new Set<readonly [Deno.TcpConn, Deno.TcpConn]>();
  const server = startRawServer(async (client) => {
    const target = await Deno.connect({ hostname: "127.0.0.1", port: targetPort });
    const pair = [client, target] as const;
    pairs.add(pair);
    const there = client.readable.pipeTo(target.writable);
    const back = target.readable.pipeTo(client.writable);
    await Promise.allSettled([there, back]);
    pairs.delete(pair);
  });
  const cut = () => {
    for (const pair of pairs) {
      for (const connection of pair) {
        try {
          connection.close();
        } catch {
          // Its stream was closed already.
        }
      }
    }
  };
  return {
    ...server,
    cut,
    close: () => {
      cut();
      return server.close();
    },
  };
}
