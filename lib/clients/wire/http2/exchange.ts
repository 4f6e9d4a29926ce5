import type { ConnectionFailure } from "../../../net/connection.ts";
import type { HeaderField } from "../hpack/header_field.ts";
import type { StreamFault } from "./error_code.ts";
import type { FieldSection } from "./field_section.ts";

/** Which session an exchange's stream belongs to, where it has one. */
interface Canceller {
  cancel(exchange: Exchange): void;
}

/**
 * One request and what becomes of it. The session keeps its stream's state here, so that a request costs
 * no object of its own where the exchange is used again.
 *
 * Exactly one of `onEnd`, `onFault`, `onReset` and `onLost` is called in the end, or none after a
 * cancellation. The exchange may be submitted anew from within that call.
 */
export abstract class Exchange {
  /** Equal by identity for equal lists: the encoded block is kept by it. */
  abstract readonly fields: readonly HeaderField[];
  abstract readonly body: Uint8Array;
  /** Fields that differ from request to request, and follow the others; `null` where none do. */
  varyingFields: readonly HeaderField[] | null = null;

  /** Where it is in flight; `null` while it waits, and after its end. */
  session: Canceller | null = null;
  streamId = 0;
  /** Of `body`, how much has been handed over for sending. */
  bodySentBytes = 0;
  sendWindowBytes = 0;
  receiveWindowBytes = 0;
  headReceived = false;

  /** HEADERS, CONTINUATION and DATA frames of this stream, with their headers; no others count. */
  wireSentBytes = 0;
  wireReceivedBytes = 0;

  /** When it was submitted; `Infinity` while it is not in use. */
  startedAtMs = Infinity;
  /** Since when the limit on streams of a connection at hand holds it back; `null` while it does not. */
  heldSinceMs: number | null = null;
  /** How long that held it back. */
  streamWaitMs = 0;
  /** How long else it waited, for want of a connection, before its stream was opened. */
  connectionWaitMs = 0;
  /** Whether it was sent again. */
  retried = false;
  /** When the write that carries the request began. */
  sentAtMs = 0;
  /** When the read returned that brought the first byte of the response. */
  firstByteAtMs = 0;

  /** Begins to wait, or goes on. @param held Whether for a stream, else for a connection. */
  waitFor(held: boolean, nowMs: number): void {
    if (held) this.heldSinceMs ??= nowMs;
    else this.#endHold(nowMs);
  }

  /** The wait is over. */
  leaveWait(nowMs: number): void {
    this.#endHold(nowMs);
    this.connectionWaitMs = nowMs - this.startedAtMs - this.streamWaitMs;
  }

  #endHold(nowMs: number): void {
    if (this.heldSinceMs === null) return;
    this.streamWaitMs += nowMs - this.heldSinceMs;
    this.heldSinceMs = null;
  }

  /** @param endsStream Whether the response has no more than its head. */
  abstract onHead(section: FieldSection, endsStream: boolean): void;
  /** A part of the response body: the bytes from `start` to `end` are good until this returns. */
  abstract onData(bytes: Uint8Array, start: number, end: number): void;
  abstract onTrailers(section: FieldSection): void;
  /** The response is complete. @param endedAtMs When the read returned that completed it. */
  abstract onEnd(endedAtMs: number): void;
  /** The server has ended the stream with RST_STREAM. */
  abstract onReset(code: number): void;
  /** The stream was reset here because of what the server sent on it. */
  abstract onFault(fault: StreamFault): void;
  /**
   * There is no connection, or it ended before the response did.
   *
   * @param failure Why none came about; `null` where it ended.
   */
  abstract onLost(cause: string, failure: ConnectionFailure | null): void;
}
