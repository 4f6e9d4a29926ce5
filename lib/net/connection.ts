import type { Clock } from "../clock.ts";
import type { Target } from "./target.ts";
import { cut } from "../terminal/cut.ts";
import type { TlsSettings } from "./tls_settings.ts";
import { denoConnection } from "./deno_connection.ts";
import { openNodeTls } from "./node_tls.ts";
import { refusalIn } from "./tls_failure.ts";
import { type OwnLimit, ownLimitIn } from "./own_limit.ts";

/** Why no connection came about. */
export type ConnectionFailure =
  | { readonly kind: "refused" }
  | { readonly kind: "unresolvable" }
  | { readonly kind: "timeout"; readonly timeoutMs: number }
  | { readonly kind: "certificate"; readonly detail: string }
  | { readonly kind: "certificate-required" }
  /** What the client has shown, or that it has shown none. */
  | { readonly kind: "certificate-refused"; readonly alert: string }
  /** The server offers no version of TLS that is in use: RFC 8996. */
  | { readonly kind: "old-tls" }
  | { readonly kind: "handshake-refused" }
  | { readonly kind: "not-tls" }
  | { readonly kind: "no-alpn-h2" }
  /** fetch refuses some ports, whoever listens there. */
  | { readonly kind: "blocked-port" }
  | { readonly kind: "own-limit"; readonly limit: OwnLimit; readonly detail: string }
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
  /** Ends the attempt where nobody waits for it any more. */
  readonly giveUp?: AbortSignal;
}

/** How long a connection took to come about, in milliseconds. */
export interface ConnectionTiming {
  /** Name look-up and TCP handshake. */
  readonly tcpMs: number;
  /** TLS handshake; `null` on a plain connection. */
  readonly tlsMs: number | null;
}

/**
 * Bytes to and from a server. Whatever `read` and `write` reject with says that the connection has broken
 * off, and nothing else rejects with it: what its words are differs from one runtime's socket to another's.
 */
export interface Connection {
  /** @returns How many bytes are now at the buffer's start, which must have room; 0 once the server has ended. */
  read(buffer: Uint8Array): Promise<number>;
  /** @returns How many of the bytes were taken. */
  write(bytes: Uint8Array): Promise<number>;
  /** Ends pending reads, with an error or as if the server had ended. */
  close(): void;
}

export interface OpenConnection {
  readonly connection: Connection;
  readonly timing: ConnectionTiming;
  /** What the server chose of the application protocols that it was offered; `null` where nothing. */
  readonly alpnProtocol: string | null;
}

/**
 * Opens a TCP connection and, where asked, completes the TLS handshake.
 *
 * @throws {ConnectionError} where it does not come about in time.
 */
export async function openConnection(
  target: Target,
  options: ConnectionOptions,
): Promise<OpenConnection> {
  const { tls, timeoutMs } = options;
  const giveUp = new AbortController();
  const opening = tls === null
    ? openPlain(target, options, giveUp.signal)
    : openTls(target, tls, options, giveUp.signal);
  let timer: ReturnType<typeof setTimeout> | undefined;
  let onGivenUp = () => {};
  const timeout = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(
      () => reject(new ConnectionError({ kind: "timeout", timeoutMs })),
      timeoutMs,
    );
    onGivenUp = () => reject(new ConnectionError({ kind: "other", detail: "it was given up" }));
    if (options.giveUp?.aborted) onGivenUp();
  });
  options.giveUp?.addEventListener("abort", onGivenUp);
  try {
    return await Promise.race([opening, timeout]);
  } catch (error) {
    giveUp.abort();
    // A connection that comes about all the same must not stay open.
    opening.then((late) => late.connection.close(), () => {});
    throw error instanceof ConnectionError ? error : new ConnectionError(failureOf(error));
  } finally {
    clearTimeout(timer);
    options.giveUp?.removeEventListener("abort", onGivenUp);
  }
}

async function openPlain(
  target: Target,
  { clock }: ConnectionOptions,
  giveUp: AbortSignal,
): Promise<OpenConnection> {
  const startMs = clock();
  const connection = denoConnection(await openTcp(target, giveUp));
  return { connection, timing: { tcpMs: clock() - startMs, tlsMs: null }, alpnProtocol: null };
}

/**
 * Without Nagle's algorithm (RFC 9293 section 3.7.4): with it, a request that shares a connection with
 * others waits until the server acknowledges the one before, up to 40 ms that would pass for the server's.
 */
async function openTcp({ hostname, port }: Target, giveUp: AbortSignal): Promise<Deno.TcpConn> {
  const connection = await Deno.connect({ hostname, port, signal: giveUp });
  connection.setNoDelay();
  return connection;
}

async function openTls(
  target: Target,
  tls: TlsSettings,
  options: ConnectionOptions,
  giveUp: AbortSignal,
): Promise<OpenConnection> {
  const open = tls.verifyServer && tls.identity === null ? openDenoTls : openNodeTls;
  const opened = await open(target, tls, options, giveUp);
  const { alpnProtocols } = options;
  if (alpnProtocols.join() === "h2" && opened.alpnProtocol !== "h2") {
    opened.connection.close();
    throw new ConnectionError({ kind: "no-alpn-h2" });
  }
  return opened;
}

async function openDenoTls(
  target: Target,
  { caCerts }: TlsSettings,
  { alpnProtocols, clock }: ConnectionOptions,
  giveUp: AbortSignal,
): Promise<OpenConnection> {
  const startMs = clock();
  const connection = await Deno.startTls(await openTcp(target, giveUp), {
    hostname: target.hostname,
    alpnProtocols: [...alpnProtocols],
    caCerts: [...caCerts],
  });
  const tcpMs = clock() - startMs;
  try {
    // Not even closing the connection ends a handshake that the server never answers: it stays until
    // the server gives up.
    const { alpnProtocol } = await connection.handshake();
    return {
      connection: denoConnection(connection),
      timing: { tcpMs, tlsMs: clock() - startMs - tcpMs },
      alpnProtocol,
    };
  } catch (error) {
    connection.close();
    throw error;
  }
}

function failureOf(error: unknown): ConnectionFailure {
  const detail = cut(error instanceof Error ? error.message : String(error));
  const limit = ownLimitIn(detail);
  if (limit !== null) return { kind: "own-limit", limit, detail };
  if (error instanceof Deno.errors.ConnectionRefused || /ECONNREFUSED/.test(detail)) {
    return { kind: "refused" };
  }
  if (/failed to lookup|name or service not known|no address|ENOTFOUND/i.test(detail)) {
    return { kind: "unresolvable" };
  }
  const refusal = refusalIn(detail);
  if (refusal !== null) return refusal;
  if (/certificate|UnknownIssuer|CertNotValid/i.test(detail)) {
    return { kind: "certificate", detail };
  }
  if (/InvalidContentType|corrupt message/i.test(detail)) return { kind: "not-tls" };
  if (/no_application_protocol|NoApplicationProtocol/i.test(detail)) return { kind: "no-alpn-h2" };
  return { kind: "other", detail };
}
