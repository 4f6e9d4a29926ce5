import { delay } from "./behaviour.ts";
import { type Accept, Serving } from "./serving.ts";

/** A server that is up. */
export interface RunningServer {
  /** Without a scheme: `127.0.0.1:8080`. */
  readonly address: string;
  close(): Promise<void>;
}

/** This machine may have run out of something that connections give back as they end. */
const ACCEPT_AGAIN_MS = 20;

/**
 * What may go wrong with a connection concerns that connection alone: it is closed, and forgotten.
 *
 * @throws {Error} where the port cannot be had.
 */
export function listen(hostname: string, port: number, accept: Accept): RunningServer {
  const listener = Deno.listen({ hostname, port });
  const stop = new AbortController();
  const open = new Set<Serving>();
  const acceptAll = async () => {
    while (!stop.signal.aborted) {
      try {
        const socket = await listener.accept();
        socket.setNoDelay();
        const serving = new Serving(socket, accept);
        open.add(serving);
        serving.ended.then(() => open.delete(serving));
      } catch {
        await delay(ACCEPT_AGAIN_MS, stop.signal);
      }
    }
  };
  const accepting = acceptAll();
  return {
    address: addressText(listener.addr),
    close: async () => {
      stop.abort();
      listener.close();
      await accepting;
      const ending = [...open].map(({ ended }) => ended);
      for (const serving of open) serving.close();
      await Promise.all(ending);
    },
  };
}

function addressText({ hostname, port }: Deno.NetAddr): string {
  return hostname.includes(":") ? `[${hostname}]:${port}` : `${hostname}:${port}`;
}
