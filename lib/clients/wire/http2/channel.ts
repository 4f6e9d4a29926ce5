import type { Clock } from "../../../clock.ts";
import {
  type Connection as Socket,
  ConnectionError,
  type ConnectionFailure,
  type ConnectionTiming,
  openConnection,
} from "../../../net/connection.ts";
import type { TlsSettings } from "../../../net/tls_settings.ts";
import type { Target } from "../../../net/target.ts";
import { Connection } from "./connection.ts";
import { ConnectionSightings } from "./connection_sightings.ts";
import type { Exchange } from "./exchange.ts";
import { Session, type SessionOptions } from "./session.ts";

/** How a channel opens its connections. */
export interface ChannelOptions {
  readonly target: Target;
  readonly tls: TlsSettings;
  readonly timeoutMs: number;
  readonly clock: Clock;
  readonly onConnection: (timing: ConnectionTiming) => void;
  readonly session: Omit<SessionOptions, "onUnprocessed">;
}

/** Connections in a row that end without an answer, before that counts as a failure of what waits. */
const MAX_FUTILE_CONNECTIONS = 3;

/**
 * Keeps one connection for its exchanges: opened when first needed, replaced when spent. What the server
 * has not processed is sent again by itself; what waits does so in order, and knows how long for what.
 */
export class Channel {
  readonly #options: ChannelOptions;
  /** The one that takes new requests. */
  #current: Connection | null = null;
  /** All that have not ended, and the end of each: a spent one still serves what it has. */
  readonly #connections = new Map<Connection, Promise<void>>();
  #opening: Promise<void> | null = null;
  /** A server may never answer a handshake: closing does not wait for that. */
  readonly #giveUp = new AbortController();
  #waiting: Exchange[] = [];
  /** What `#holds` was when it was looked at last. */
  #held = false;
  #futileConnections = 0;
  #closed = false;
  readonly #sightings = new ConnectionSightings();

  constructor(options: ChannelOptions) {
    this.#options = options;
  }

  /** Sends a request as soon as may be. The exchange hears of it after this has returned. */
  submit(exchange: Exchange): void {
    exchange.heldSinceMs = null;
    exchange.streamWaitMs = 0;
    exchange.connectionWaitMs = 0;
    exchange.retried = false;
    const connection = this.#current;
    if (connection !== null && this.#waiting.length === 0 && connection.session.canOpen) {
      connection.session.open(exchange);
      connection.flushSoon();
      return;
    }
    this.#wait(exchange, exchange.startedAtMs);
    this.#openIfNeeded();
  }

  /** Takes an exchange back, wherever it is; it hears no more. */
  cancel(exchange: Exchange): void {
    if (exchange.session === null) {
      this.#waiting = this.#waiting.filter((it) => it !== exchange);
      return;
    }
    exchange.session.cancel(exchange);
    this.#openWaiting();
    for (const connection of this.#connections.keys()) connection.flushSoon();
  }

  /** Closes every connection, and resolves when the last has ended. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#giveUp.abort();
    await this.#opening;
    await Promise.all([...this.#connections.keys()].map((connection) => connection.close()));
    await Promise.all(this.#connections.values());
  }

  /** What its connections have shown, those included that have ended. */
  sightings(): ConnectionSightings {
    for (const { session } of this.#connections.keys()) this.#sightings.look(session);
    return this.#sightings;
  }

  /** Whether what waits does so for a stream: there is a connection, which takes no more of them now. */
  get #holds(): boolean {
    const session = this.#current?.session;
    return session !== undefined && session.isReady && !session.isSpent;
  }

  #wait(exchange: Exchange, nowMs: number): void {
    exchange.waitFor(this.#holds, nowMs);
    this.#waiting.push(exchange);
  }

  /** Takes an exchange back that the server has not processed, to send it again. */
  #takeBack(exchange: Exchange): void {
    exchange.retried = true;
    this.#wait(exchange, this.#options.clock());
  }

  /** What waits may do so for something else than before. */
  #reviewWaits(): void {
    const holds = this.#holds;
    if (holds === this.#held) return;
    this.#held = holds;
    const nowMs = this.#options.clock();
    for (const exchange of this.#waiting) exchange.waitFor(holds, nowMs);
  }

  /** Opens a stream for what waits, as far as the server's limit allows. */
  #openWaiting(): void {
    const connection = this.#current;
    if (connection === null || this.#waiting.length === 0) return;
    const nowMs = this.#options.clock();
    while (this.#waiting.length > 0 && connection.session.canOpen) {
      const exchange = this.#waiting.shift()!;
      exchange.leaveWait(nowMs);
      connection.session.open(exchange);
    }
  }

  #openIfNeeded(): void {
    if (this.#current?.session.isSpent) this.#current = null;
    this.#reviewWaits();
    const needed = this.#current === null && this.#waiting.length > 0;
    if (!needed || this.#opening !== null || this.#closed) return;
    this.#opening = this.#open();
  }

  async #open(): Promise<void> {
    const { target, timeoutMs, clock, onConnection } = this.#options;
    let failure: ConnectionError | null = null;
    try {
      const tls = target.tls ? this.#options.tls : null;
      const giveUp = this.#giveUp.signal;
      const options = { tls, alpnProtocols: ["h2"], timeoutMs, clock, giveUp };
      const { connection: socket, timing } = await openConnection(target, options);
      onConnection(timing);
      this.#sightings.opened++;
      if (this.#closed) socket.close();
      else this.#adopt(socket);
    } catch (error) {
      if (!(error instanceof ConnectionError)) throw error;
      // What waits has a deadline of its own, which says the same more exactly.
      if (error.failure.kind !== "timeout") failure = error;
    }
    this.#opening = null;
    if (failure !== null) this.#failWaiting(causeOf(failure), failure.failure);
    this.#openIfNeeded();
  }

  #adopt(socket: Socket): void {
    const session = new Session({
      ...this.#options.session,
      onUnprocessed: (exchange) => this.#takeBack(exchange),
    });
    const connection = new Connection(socket, session, this.#options.clock, {
      onBatch: () => this.#onBatch(connection),
      onClosed: (cause) => this.#onClosed(connection, cause),
    });
    this.#current = connection;
    this.#connections.set(connection, connection.run());
  }

  #onBatch(connection: Connection): void {
    const { session } = connection;
    if (session.hasAnswered) this.#futileConnections = 0;
    if (this.#waiting.length > 0) {
      this.#openWaiting();
      this.#openIfNeeded();
      if (this.#current !== connection) this.#current?.flush();
    }
    if (session.isSpent && session.openStreams === 0) void connection.close();
  }

  #onClosed(connection: Connection, cause: string): void {
    this.#sightings.look(connection.session);
    if (!this.#closed) this.#sightings.ended++;
    this.#connections.delete(connection);
    if (this.#current === connection) this.#current = null;
    if (!connection.session.hasAnswered) this.#futileConnections++;
    const hopeless = this.#futileConnections > MAX_FUTILE_CONNECTIONS;
    if (!connection.session.isReady || hopeless) this.#failWaiting(cause, null);
    this.#openIfNeeded();
  }

  /** @param failure Why no connection came about, where that is so. */
  #failWaiting(cause: string, failure: ConnectionFailure | null): void {
    this.#futileConnections = 0;
    for (const exchange of this.#waiting.splice(0)) exchange.onLost(cause, failure);
  }
}

function causeOf({ message, failure }: ConnectionError): string {
  return "detail" in failure ? `${message}: ${failure.detail}` : message;
}
