import { denoConnection } from "../net/deno_connection.ts";
import type { Connection } from "../net/connection.ts";
import { type Reader, socketTurns, type Writer } from "../net/socket_turns.ts";

/** The protocol of one connection, without its socket: bytes in, bytes out. */
export interface ServedConnection {
  /** Where the next bytes are to be read into; empty while it takes none, until it has been written from. */
  space(): Uint8Array;
  /**
   * Takes in `count` bytes that were read into `space`.
   *
   * @throws {Error} where the client is none that this server is for: the connection is to be closed.
   */
  received(count: number): void;
  /** @returns What is to be written now; good until the next call, and empty where there is nothing. */
  takeOutgoing(): Uint8Array;
  /** Whether the connection is to be closed once everything is written. */
  readonly isOver: boolean;
  /** Gives up what is under way: the connection is gone. */
  abandon(): void;
}

/** @param flush To be called when something is to be written that no received bytes have led to just now. */
export type Accept = (flush: () => void) => ServedConnection;

/**
 * How long, and for how many bytes, a client is listened to that has been told that the connection is over:
 * were it closed at once, what is still under way would destroy the last answer (RFC 9112 section 9.6).
 */
const LINGER_MS = 1000;
const LINGER_BYTES = 1024 * 1024;
const LINGER_BUFFER_BYTES = 4096;

const NOTHING: Uint8Array = new Uint8Array();

/** Ended by this side, while the client may still be sending. */
interface Lingering {
  readonly timer: ReturnType<typeof setTimeout>;
  readonly buffer: Uint8Array;
  bytes: number;
}

/**
 * One socket and its protocol. Nothing more is read while answers wait to be taken: a client that only sends
 * is held back by TCP, and fills no memory here.
 */
export class Serving implements Reader, Writer {
  /** Resolves when the connection has ended, one way or another. */
  readonly ended: Promise<void>;
  readonly #socket: Deno.TcpConn;
  readonly #stream: Connection;
  readonly #connection: ServedConnection;
  readonly #end: () => void;
  /** Or about to. */
  #isReading = false;
  #isWriting = false;
  /** What is being written, from where it has not left yet. */
  #outgoing: Uint8Array = NOTHING;
  #lingering: Lingering | null = null;
  #isOpen = true;

  constructor(socket: Deno.TcpConn, accept: Accept) {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.ended = promise;
    this.#end = resolve;
    this.#socket = socket;
    this.#stream = denoConnection(socket);
    this.#connection = accept(() => socketTurns.toWrite(this));
    socketTurns.toWrite(this);
    this.#read();
  }

  /** Safe to call twice. */
  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    if (this.#lingering !== null) clearTimeout(this.#lingering.timer);
    this.#connection.abandon();
    closeQuietly(this.#socket);
    this.#endIfIdle();
  }

  // Callbacks instead of `await`: a server that makes promises of its own serves a third less.

  #read(): void {
    this.#isReading = true;
    socketTurns.toRead(this);
  }

  /** For the turns alone. */
  readNow(): boolean {
    const space = this.#isOpen ? this.#lingering?.buffer ?? this.#connection.space() : NOTHING;
    if (space.length === 0) {
      this.#isReading = false;
      this.#endIfIdle();
      return false;
    }
    this.#stream.read(space).then(this.#onRead, this.#onReadFailed);
    return true;
  }

  readonly #onRead = (count: number): void => {
    this.#endRead();
    if (count === 0) this.close();
    if (!this.#isOpen) return this.#endIfIdle();
    if (this.#connection.isOver) return this.#readOver(count);
    try {
      this.#connection.received(count);
    } catch {
      return this.close();
    }
    // One read ahead of what is being written.
    if (!this.#isWriting && !this.#connection.isOver) this.#read();
    socketTurns.toWrite(this);
  };

  /** Nothing of it counts any more. */
  #readOver(count: number): void {
    const lingering = this.#lingering;
    if (lingering === null) return;
    lingering.bytes += count;
    if (lingering.bytes > LINGER_BYTES) this.close();
    else this.#read();
  }

  readonly #onReadFailed = (): void => {
    this.#endRead();
    this.close();
    this.#endIfIdle();
  };

  #endRead(): void {
    this.#isReading = false;
    socketTurns.readEnded();
  }

  /** For the turns alone. */
  writeNow(): void {
    if (this.#isWriting || !this.#isOpen) return;
    if (this.#outgoing.length === 0) this.#outgoing = this.#connection.takeOutgoing();
    if (this.#outgoing.length > 0) {
      this.#isWriting = true;
      this.#stream.write(this.#outgoing).then(this.#onWritten, this.#onWriteFailed);
    } else if (this.#connection.isOver && this.#lingering === null) {
      this.#linger();
    }
  }

  readonly #onWritten = (count: number): void => {
    this.#isWriting = false;
    if (!this.#isOpen) return this.#endIfIdle();
    this.#outgoing = this.#outgoing.subarray(count);
    this.writeNow();
    if (!this.#isWriting && !this.#isReading && !this.#connection.isOver) this.#read();
  };

  readonly #onWriteFailed = (): void => {
    this.#isWriting = false;
    this.close();
    this.#endIfIdle();
  };

  #linger(): void {
    const timer = setTimeout(() => this.close(), LINGER_MS);
    this.#lingering = { timer, buffer: new Uint8Array(LINGER_BUFFER_BYTES), bytes: 0 };
    this.#socket.closeWrite().catch(() => this.close());
    if (!this.#isReading) this.#read();
  }

  #endIfIdle(): void {
    if (!this.#isOpen && !this.#isReading && !this.#isWriting) this.#end();
  }
}

function closeQuietly(socket: Deno.TcpConn): void {
  try {
    socket.close();
  } catch {
    // Closed already.
  }
}
