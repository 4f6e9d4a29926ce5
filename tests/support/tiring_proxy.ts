import { type RawServer, readUntilClosed, startRawServer } from "./raw_server.ts";

/** Passes the first connections on to a port, and keeps silent on all that follow. */
export function startTiringProxy(port: number, connections: number): RawServer {
  return startRawServer(async (near, index) => {
    if (index >= connections) return await readUntilClosed(near);
    const far = await Deno.connect({ hostname: "127.0.0.1", port });
    await Promise.allSettled([
      near.readable.pipeTo(far.writable),
      far.readable.pipeTo(near.writable),
    ]);
  });
}
