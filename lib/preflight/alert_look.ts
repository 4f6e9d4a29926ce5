import type { ConnectionFailure } from "../net/connection.ts";
import type { Target } from "../net/target.ts";
import { refusalIn } from "../net/tls_failure.ts";
import type { TlsSettings } from "../net/tls_settings.ts";
import type { Deadline } from "./deadline.ts";
import { HTTP2_PREFACE } from "./spoken_protocol.ts";

/** A refusal comes at once; a server that means no harm may keep silent for ever. */
const PATIENCE_MS = 1000;

/**
 * Looks whether a server refuses a TLS connection after its handshake, as one does that wants to see another
 * certificate: of the libraries, only Deno's own TLS tells. It checks the server's certificate, whatever
 * it is told, and nothing is seen where that fails. Never rejects; `null` where no such word came.
 */
export async function lookForRefusal(
  { hostname, port }: Target,
  { caCerts, identity }: TlsSettings,
  alpnProtocols: readonly string[],
  deadline: Deadline,
): Promise<ConnectionFailure | null> {
  const opening = Deno.connectTls({
    hostname,
    port,
    caCerts: [...caCerts],
    alpnProtocols: [...alpnProtocols],
    ...identity,
  });
  const asking = opening.then(async (connection) => {
    await connection.write(HTTP2_PREFACE);
    await connection.read(new Uint8Array(1));
    return null;
  }).catch((error) => refusalIn(String(error)));
  const ending = endOfPatience(deadline);
  try {
    return await Promise.race([asking, ending.over]);
  } finally {
    ending.stop();
    // Ends what still waits there as well.
    opening.then((connection) => connection.close()).catch(() => {});
  }
}

function endOfPatience({ remainingMs, signal }: Deadline) {
  const { promise: over, resolve } = Promise.withResolvers<null>();
  const end = () => resolve(null);
  const timer = setTimeout(end, Math.min(PATIENCE_MS, remainingMs));
  signal.addEventListener("abort", end);
  if (signal.aborted) end();
  const stop = () => {
    clearTimeout(timer);
    signal.removeEventListener("abort", end);
  };
  return { over, stop };
}
