import type { Clock } from "../../../clock.ts";
import { reasonOf } from "../../../errors.ts";
import type { Connection as Socket } from "../../../net/connection.ts";
import {
  type Reader,
  type SocketTurns,
  socketTurns,
  type Writer,
} from "../../../net/socket_turns.ts";
import { HpackError } from "../hpack/hpack_error.ts";
import { ConnectionFault, ErrorCode, errorCodeName } from "./error_code.ts";
import { FrameReader } from "./frame_reader.ts";
import type { Session } from "./session.ts";

/** Enough to keep a server busy, few enough to leave soon. */
const EARLY_FLUSH_REQUESTS = 20;
/** What a connection may take to send its farewell. */
const LAST_WORDS_TIMEOUT_MS = 200;

/** What the owner of a connection hears of it. */
export interface ConnectionListener {
  /** All frames of one read have been taken in; nothing that they call for has been written yet. */
  onBatch(): void;
  /** Nothing more comes, and every exchange has ended. @param cause Why. */
  onClosed(cause: string): void;
}

/** Carries a session's bytes over a socket: one read, then one write for all that it calls for. */
export class Connection implements Reader, Writer {
  readonly session: Session;
  readonly #socket: Socket;
  readonly #clock: Clock;
  readonly #turns: SocketTurns = socketTurns;
  readonly #listener: ConnectionListener;
  #isWriting = false;
  /** Resolves when the last write has ended. */
  #written: Promise<void> = Promise.resolve();
  #beginRead = () => {};
  #awaitsTurn = false;
  /** Requests since it awaits its turn to write. */
  #unflushed = 0;
  #open = true;
  #closing: Promise<void> | null = null;

  constructor(
    socket: Socket,
    session: Session,
    clock: Clock,
    listener: ConnectionListener,
  ) {
    this.session = session;
    this.#socket = socket;
    this.#clock = clock;
    this.#listener = listener;
  }

  /** Reads until the connection ends, one way or another. */
  async run(): Promise<void> {
    this.flush();
    const cause = await this.#readAll();
    await this.#finish();
    this.session.lose(cause);
    this.#listener.onClosed(cause);
  }

  /** Writes what is to be sent; while a write is under way, the next takes what has come together. */
  flush(): void {
    if (this.#isWriting || !this.session.hasOutgoing) return;
    this.#written = this.#writeAll();
  }

  /**
   * Writes when its turn comes, so that what is sent together leaves together. Only of a long batch the first
   * requests leave at once: the server works on them while the rest is still being made, where else the two
   * would wait for each other in turn.
   */
  flushSoon(): void {
    if (++this.#unflushed === EARLY_FLUSH_REQUESTS) this.flush();
    this.#awaitTurn();
  }

  #awaitTurn(): void {
    if (this.#awaitsTurn) return;
    this.#awaitsTurn = true;
    this.#turns.toWrite(this);
  }

  /** For the turns alone. */
  writeNow(): void {
    this.#awaitsTurn = false;
    this.#unflushed = 0;
    this.flush();
  }

  /** Ends the connection in good order; `run` resolves soon after. Safe to call twice. */
  close(): Promise<void> {
    return this.#closing ??= this.#sayGoodbye();
  }

  async #sayGoodbye(): Promise<void> {
    if (!this.#open) return;
    this.session.sayGoodbye(ErrorCode.NO_ERROR, "");
    await this.#finish();
  }

  /** Lets the last words leave, and closes; a server that does not read must not hold the end back. */
  async #finish(): Promise<void> {
    this.flush();
    const timer = setTimeout(() => this.#closeSocket(), LAST_WORDS_TIMEOUT_MS);
    await this.#written;
    clearTimeout(timer);
    this.#closeSocket();
  }

  /** @returns Why it ended. */
  async #readAll(): Promise<string> {
    const frames = new FrameReader();
    for (;;) {
      let count: number;
      try {
        count = await this.#read(frames.space());
      } catch (error) {
        this.session.retire();
        return this.#farewell() ?? `the connection broke off: ${reasonOf(error)}`;
      }
      if (count === 0) return this.#farewell() ?? "the server closed the connection";
      const nowMs = this.#clock();
      frames.received(count);
      const fault = this.#takeIn(frames, nowMs);
      if (fault !== null) return fault;
      this.#awaitTurn();
    }
  }

  /** After it the connection ends, whichever side closes it. */
  #farewell(): string | null {
    const { farewellCode } = this.session;
    return farewellCode === null ? null : `the server sent GOAWAY (${errorCodeName(farewellCode)})`;
  }

  /** Reads when its turn comes. */
  async #read(buffer: Uint8Array): Promise<number> {
    await new Promise<void>((resolve) => {
      this.#beginRead = resolve;
      this.#turns.toRead(this);
    });
    try {
      return await this.#socket.read(buffer);
    } finally {
      this.#turns.readEnded();
    }
  }

  /** For the turns alone. */
  readNow(): boolean {
    this.#beginRead();
    return true;
  }

  /** @returns What the server did that ends the connection; `null` where it goes on. */
  #takeIn(frames: FrameReader, nowMs: number): string | null {
    try {
      this.session.receive(frames, nowMs);
      this.#listener.onBatch();
      return null;
    } catch (error) {
      if (!(error instanceof ConnectionFault || error instanceof HpackError)) throw error;
      const code = error instanceof ConnectionFault ? error.code : ErrorCode.COMPRESSION_ERROR;
      this.session.sayGoodbye(code, error.message);
      return `the server broke HTTP/2: it ${error.message}`;
    }
  }

  async #writeAll(): Promise<void> {
    this.#isWriting = true;
    while (this.session.hasOutgoing && this.#open) {
      const bytes = this.session.takeOutgoing(this.#clock());
      try {
        for (let at = 0; at < bytes.length;) {
          at += await this.#socket.write(at === 0 ? bytes : bytes.subarray(at));
        }
      } catch {
        // What the server has already answered may still be read: the reading side ends the connection.
        this.session.retire();
        break;
      }
    }
    // In the same turn as the last look at what is outgoing: bytes that come later find no writer.
    this.#isWriting = false;
  }

  #closeSocket(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#socket.close();
  }
}
