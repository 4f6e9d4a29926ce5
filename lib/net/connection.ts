import type { Clock } from "../clock.ts";
import type { Target } from "../protocols/target.ts";
import { ConnectionTimes } from "../stats/connection_times.ts";
import type { ClientIdentity, TlsSettings } from "./tls_settings.ts";
import { openUnverifiedTls } from "./unverified_tls.ts";

/** Why no connection came about. */
export type ConnectionFailure =
  | { readonly kind: "refused" }
  | { readonly kind: "unresolvable" }
  | { readonly kind: "timeout"; readonly timeoutMs: number }
  | { readonly kind: "certificate"; readonly detail: string }
  | { readonly kind: "not-tls" }
  | { readonly kind: "no-alpn-h2" }
  | { readonly kind: "other"; readonly detail: string };

export class ConnectionError extends Error {
  override readonly name = "ConnectionError";
  constructor(readonly failure: ConnectionFailure) {
    super(`No connection: ${failure.kind}`);
  }
}

/** How a connection is to be opened: in plain (`null`), or with TLS that offers these application protocols. */
export interface ConnectionOptions {
  readonly tls: TlsSettings | null;
  readonly alpnProtocols: readonly string[];
  readonly timeoutMs: number;
  readonly clock: Clock;
}

/** How long a connection took to come about, in milliseconds. */
export interface ConnectionTiming {
  /** Name look-up and TCP handshake. */
  readonly tcpMs: number;
  /** TLS handshake; `null` on a plain connection. */
  readonly tlsMs: number | null;
}

/** What is used of a connection. */
export type Connection = Pick<Deno.Conn, "read" | "write" | "close">;

export interface OpenConnection {
  readonly connection: Connection;
  readonly timing: ConnectionTiming;
}

/**
 * Opens a TCP connection and, where asked, completes the TLS handshake.
 *
 * @throws {ConnectionError} where it does not come about in time.
 */
export async function openConnection(
  target: Target,
  { tls, alpnProtocols, timeoutMs, clock }: ConnectionOptions,
): Promise<OpenConnection> {
  const opening = tls === null
    ? openPlain(target, clock)
    : openTls(target, alpnProtocols, tls, clock);
  let timer: ReturnType<typeof setTimeout> | undefined;
  const timeout = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(
      () => reject(new ConnectionError({ kind: "timeout", timeoutMs })),
      timeoutMs,
    );
  });
  try {
    return await Promise.race([opening, timeout]);
  } catch (error) {
    // A connection that comes about after its time must not stay open.
    opening.then((late) => late.connection.close(), () => {});
    throw error instanceof ConnectionError ? error : new ConnectionError(failureOf(error));
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Times fresh connections (TCP, and TLS where the target uses it), `atOnce` at a time. Neither fetch
 * nor grpc-js tells how long its own took, so this is measured apart, alike for both protocols.
 * A connection that fails is left out: the run itself will meet and count that failure.
 */
export async function measureConnectionTime(
  target: Target,
  { count, atOnce, ...options }: ConnectionOptions & { count: number; atOnce: number },
): Promise<ConnectionTimes> {
  const times = new ConnectionTimes();
  let remaining = count;
  const lane = async () => {
    while (remaining-- > 0) {
      try {
        const { connection, timing } = await openConnection(target, options);
        times.record(timing);
        connection.close();
      } catch (error) {
        if (!(error instanceof ConnectionError)) throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(count, atOnce) }, lane));
  return times;
}

async function openPlain({ hostname, port }: Target, clock: Clock): Promise<OpenConnection> {
  const startMs = clock();
  const connection = await Deno.connect({ hostname, port });
  return { connection, timing: { tcpMs: clock() - startMs, tlsMs: null } };
}

async function openTls(
  target: Target,
  alpnProtocols: readonly string[],
  { caCerts, identity, verifyServer }: TlsSettings,
  clock: Clock,
): Promise<OpenConnection> {
  const opened = verifyServer
    ? await openVerifiedTls(target, alpnProtocols, caCerts, identity, clock)
    : await openUnverifiedTls(target, alpnProtocols, identity, clock);
  if (alpnProtocols.join() === "h2" && opened.alpnProtocol !== "h2") {
    opened.connection.close();
    throw new ConnectionError({ kind: "no-alpn-h2" });
  }
  return opened;
}

async function openVerifiedTls(
  { hostname, port }: Target,
  alpnProtocols: readonly string[],
  caCerts: readonly string[],
  identity: ClientIdentity | null,
  clock: Clock,
) {
  const startMs = clock();
  const connection = await Deno.connectTls({
    hostname,
    port,
    alpnProtocols: [...alpnProtocols],
    caCerts: [...caCerts],
    ...identity,
  });
  const tcpMs = clock() - startMs;
  try {
    const { alpnProtocol } = await connection.handshake();
    return { connection, timing: { tcpMs, tlsMs: clock() - startMs - tcpMs }, alpnProtocol };
  } catch (error) {
    connection.close();
    throw error;
  }
}

function failureOf(error: unknown): ConnectionFailure {
  const detail = error instanceof Error ? error.message : String(error);
  if (error instanceof Deno.errors.ConnectionRefused || /ECONNREFUSED/.test(detail)) {
    return { kind: "refused" };
  }
  if (/failed to lookup|name or service not known|no address|ENOTFOUND/i.test(detail)) {
    return { kind: "unresolvable" };
  }
  if (/certificate|UnknownIssuer|CertNotValid/i.test(detail)) {
    return { kind: "certificate", detail };
  }
  if (/InvalidContentType|corrupt message/i.test(detail)) return { kind: "not-tls" };
  if (/no_application_protocol|NoApplicationProtocol/i.test(detail)) return { kind: "no-alpn-h2" };
  return { kind: "other", detail };
}
