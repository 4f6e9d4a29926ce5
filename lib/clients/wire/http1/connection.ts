import type { Clock } from "../../../clock.ts";
import type { Connection } from "../../../net/connection.ts";
import type { Reader, SocketTurns, Writer } from "../../../net/socket_turns.ts";
import type { InFlight } from "../../in_flight.ts";
import { HttpResponseError } from "./http_response_error.ts";
import { ReadBuffer } from "./read_buffer.ts";
import { ResponseParser } from "./response_parser.ts";

/** Why an exchange has no response. */
export type ExchangeFailure =
  | { readonly kind: "closed"; readonly cause: string }
  | { readonly kind: "broken"; readonly cause: string }
  | { readonly kind: "unusable"; readonly error: HttpResponseError };

/** Whoever uses a connection hears of everything that happens on it. */
export interface ConnectionListener {
  /**
   * The response is complete: its content is valid until this returns. The next exchange may begin
   * at once where the connection is still open.
   */
  onResponse(connection: Http1Connection): void;
  /** The exchange failed, and the connection is closed. */
  onFailure(failure: ExchangeFailure): void;
  /** The connection ended before any of the request left: it can go on another one. */
  onUnsent(): void;
  /** The connection, which was kept after a response, ended with no byte of the next one. */
  onUnanswered(failure: ExchangeFailure): void;
  /** The server closed the connection while nothing was asked of it. */
  onIdleClose(): void;
}

/** What the connections of one client have in common. */
export interface SharedByConnections {
  readonly clock: Clock;
  /** One look for all callbacks that run together: when reads returned, and from when timeouts count. */
  readonly arrivalClock: Clock;
  readonly turns: SocketTurns;
  /** Counts the reads and writes that have not ended. */
  readonly inFlight: InFlight;
}

/** `ready`: with a request whose turn to be written has not come. */
type State = "idle" | "ready" | "exchanging" | "closed";

/**
 * One HTTP/1.1 connection with at most one exchange at a time.
 *
 * A read is always pending or awaits its turn, so that a server that closes an idle connection is noticed
 * before the next request is written, where that can be. Nothing is sent twice here: a request that was not
 * written when the connection ended, or was written to one that the server may have ended before (RFC
 * 9112 section 9.3.1), is given back.
 */
export class Http1Connection implements Reader, Writer {
  readonly response = new ResponseParser();
  /** When the request was handed to the socket, its first response bytes were read, and its last. */
  writtenAtMs = 0;
  firstByteAtMs = 0;
  completeAtMs = 0;
  /** Of the current exchange, below TLS. */
  sentBytes = 0;
  receivedBytes = 0;

  readonly #connection: Connection;
  readonly #clock: Clock;
  readonly #arrivalClock: Clock;
  readonly #turns: SocketTurns;
  readonly #inFlight: InFlight;
  readonly #listener: ConnectionListener;
  readonly #buffer = new ReadBuffer();
  #state: State = "idle";
  /** Whether it has carried a response. */
  #kept = false;
  /** Or about to. */
  #reading = false;
  #request: Uint8Array | null = null;

  constructor(
    connection: Connection,
    { clock, arrivalClock, turns, inFlight }: SharedByConnections,
    listener: ConnectionListener,
  ) {
    this.#connection = connection;
    this.#clock = clock;
    this.#arrivalClock = arrivalClock;
    this.#turns = turns;
    this.#inFlight = inFlight;
    this.#listener = listener;
  }

  get open(): boolean {
    return this.#state !== "closed";
  }

  /**
   * Writes the request when its turn comes.
   *
   * @param request Must not change until the response is there.
   */
  exchange(request: Uint8Array): void {
    this.#state = "ready";
    this.#request = request;
    this.response.restart();
    this.sentBytes = request.length;
    this.receivedBytes = 0;
    this.#turns.toWrite(this);
    if (!this.#reading) this.#read();
  }

  /** For the turns alone. */
  writeNow(): void {
    if (this.#state !== "ready" || this.#request === null) return;
    this.#state = "exchanging";
    this.writtenAtMs = this.#clock();
    this.#write(this.#request);
  }

  /** Closes the connection without a word to the listener. */
  close(): void {
    if (this.#state === "closed") return;
    // A complete response is forgotten when its listener has read it.
    if (this.#state === "exchanging") this.response.forgetBody();
    this.#state = "closed";
    this.#connection.close();
  }

  // Callbacks instead of `await`: one closure per connection, not a generator per request.

  #write(bytes: Uint8Array): void {
    this.#inFlight.add();
    this.#connection.write(bytes).then(this.#onWritten, this.#onWriteFailed);
  }

  readonly #onWritten = (count: number): void => {
    this.#inFlight.remove();
    if (this.#state === "closed" || this.#request === null) return;
    if (count === this.#request.length) {
      this.#request = null;
    } else {
      this.#request = this.#request.subarray(count);
      this.#write(this.#request);
    }
  };

  readonly #onWriteFailed = (error: unknown): void => {
    this.#inFlight.remove();
    this.#fail({ kind: "broken", cause: messageOf(error) });
  };

  #read(): void {
    this.#reading = true;
    this.#turns.toRead(this);
  }

  /** For the turns alone. */
  readNow(): boolean {
    if (this.#state === "closed") return false;
    this.#inFlight.add();
    this.#connection.read(this.#buffer.bytes).then(this.#onRead, this.#onReadFailed);
    return true;
  }

  readonly #onRead = (count: number): void => {
    const nowMs = this.#arrivalClock();
    this.#endRead();
    if (this.#state === "closed") return;
    if (this.#state !== "exchanging") {
      if (count > 0 && this.response.takePadding(this.#buffer.bytes, 0, count)) return this.#read();
      // The end, or bytes that nobody asked for, which are no better (RFC 9112 section 9.2): they came before
      // a request that is ready, and must not pass for its response.
      this.#endUnused();
      return;
    }
    try {
      if (this.#take(count, nowMs)) {
        this.#complete(nowMs);
      } else if (count === 0) {
        this.#fail({ kind: "closed", cause: "the server closed the connection" });
        return;
      }
    } catch (error) {
      if (!(error instanceof HttpResponseError)) throw error;
      this.#fail({ kind: "unusable", error });
    }
    if (this.open && !this.#reading) this.#read();
  };

  readonly #onReadFailed = (error: unknown): void => {
    this.#endRead();
    this.#fail({ kind: "broken", cause: messageOf(error) });
  };

  #endRead(): void {
    this.#reading = false;
    this.#inFlight.remove();
    this.#turns.readEnded();
  }

  /** @returns Whether the response is complete. */
  #take(count: number, nowMs: number): boolean {
    if (count === 0) return this.response.pushEnd();
    if (this.receivedBytes === 0) this.firstByteAtMs = nowMs;
    this.receivedBytes += count;
    const complete = this.response.push(this.#buffer.bytes, count);
    this.#buffer.taken(count);
    return complete;
  }

  #complete(nowMs: number): void {
    this.completeAtMs = nowMs;
    this.#state = "idle";
    this.#kept = true;
    // A request that is still being written when it is answered leaves the connection in no known state.
    if (!this.response.reusable || this.#request !== null) this.close();
    this.#listener.onResponse(this);
    // Whatever was asked next, nothing of its answer has been read yet.
    this.response.forgetBody();
  }

  #fail(failure: ExchangeFailure): void {
    if (this.#state === "closed") return;
    if (this.#state !== "exchanging") return this.#endUnused();
    this.close();
    const unanswered = this.#kept && this.receivedBytes === 0;
    if (unanswered) this.#listener.onUnanswered(failure);
    else this.#listener.onFailure(failure);
  }

  /** Nothing was asked of the server, or not yet. */
  #endUnused(): void {
    const unsent = this.#state === "ready";
    this.close();
    if (unsent) this.#listener.onUnsent();
    else this.#listener.onIdleClose();
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
