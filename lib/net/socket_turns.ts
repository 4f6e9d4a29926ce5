import { setImmediate } from "node:timers";

/** Something that has bytes to write. */
export interface Writer {
  writeNow(): void;
}

/** Something that waits for bytes. */
export interface Reader {
  /** Begins a read. @returns `false` where there is nothing to read from any more. */
  readNow(): boolean;
}

/** How a thread is called back by its event loop. */
export interface EventLoop {
  /** Before the loop goes on: once the callbacks that are to run now have run. */
  atEndOfBatch(callback: () => void): void;
  /** In the loop's next turn, whether it has looked at its sockets by then or not. */
  inNextTurn(callback: () => void): void;
  /** Not before the loop has looked at its sockets. @returns What takes the call back. */
  afterLook(callback: () => void): () => void;
}

/**
 * Reads and writes that Deno carries through in one turn of its event loop: what Tokio, which it runs on,
 * lets a task do before others get their turn.
 */
const CARRIED_THROUGH = 128;
/** A first one may be called back between the look at the sockets and the reads that follow from it. */
const LOOKS_WITHOUT_READ = 2;

/**
 * Lets all sockets of a thread have their turn, in the order in which they became ready.
 *
 * What becomes ready in one batch of callbacks is written at its end, one right after the other. A server
 * then finds work all the time that the writes take, and rests while the answers are read, in place of being
 * woken for each.
 *
 * Of more reads than it carries through in a turn, Deno puts the rest off, behind those that become
 * ready meanwhile. A fast server answers within the turn: the same sockets would be read and asked again in every
 * turn, and the others hardly ever. So after a turn with as many reads as Deno carries through, nothing is
 * written and no read is begun until a turn with fewer shows that nothing is left to read. Then all are written in
 * the order in which they were answered, no more in a turn than Deno carries through, and read again.
 */
export class SocketTurns {
  readonly #eventLoop: EventLoop;
  #ready: Writer[] = [];
  readonly #unread: Reader[] = [];
  /** Reads that were begun and have not ended. */
  #reading = 0;
  /** Reads that have ended in this batch of callbacks. */
  #ended = 0;
  #batchBegun = false;
  #turnAwaited = false;
  /** Takes back the look at the sockets that is waited for after a full turn; `null` where it was not full. */
  #stopWaiting: (() => void) | null = null;
  #looksWithoutRead = 0;

  constructor(eventLoop: EventLoop) {
    this.#eventLoop = eventLoop;
  }

  /** To be written at the end of this batch of callbacks, or as soon as those before it have been read. */
  toWrite(writer: Writer): void {
    this.#beginBatch();
    this.#ready.push(writer);
  }

  /** To be read from once what is ready before it has been written. */
  toRead(reader: Reader): void {
    this.#beginBatch();
    this.#unread.push(reader);
  }

  /** To be called when a read ends that `readNow` has begun, however it ends. */
  readEnded(): void {
    this.#beginBatch();
    this.#reading--;
    this.#ended++;
  }

  #beginBatch(): void {
    if (this.#batchBegun) return;
    this.#batchBegun = true;
    this.#eventLoop.atEndOfBatch(this.#endBatch);
  }

  readonly #endBatch = () => {
    const ended = this.#ended;
    this.#batchBegun = false;
    this.#ended = 0;
    if (ended > 0) this.#onReads(ended);
    if (this.#stopWaiting === null) this.#serve();
  };

  #onReads(ended: number): void {
    this.#looksWithoutRead = 0;
    if (ended >= CARRIED_THROUGH && this.#reading > 0) {
      this.#stopWaiting ??= this.#eventLoop.afterLook(this.#onLook);
    } else {
      this.#stopWaiting?.();
      this.#stopWaiting = null;
    }
  }

  /** All that was ready may have been read in the full turn: then nothing more comes by itself. */
  readonly #onLook = () => {
    this.#stopWaiting = null;
    if (++this.#looksWithoutRead < LOOKS_WITHOUT_READ) {
      this.#stopWaiting = this.#eventLoop.afterLook(this.#onLook);
    } else {
      this.#serve();
    }
  };

  readonly #onNextTurn = () => {
    this.#turnAwaited = false;
    if (this.#stopWaiting === null) this.#serve();
  };

  #serve(): void {
    const count = Math.min(this.#ready.length, CARRIED_THROUGH);
    for (let index = 0; index < count; index++) this.#ready[index]!.writeNow();
    if (count < this.#ready.length) {
      this.#ready = this.#ready.slice(count);
      if (!this.#turnAwaited) this.#eventLoop.inNextTurn(this.#onNextTurn);
      this.#turnAwaited = true;
      return;
    }
    this.#ready.length = 0;
    for (const reader of this.#unread) if (reader.readNow()) this.#reading++;
    this.#unread.length = 0;
  }
}

/** Deno's timers come after a look at the sockets, a little late. */
const SHORTEST_TIMER_MS = 1;

/** Those of this thread, which all its clients share as they share its event loop. */
export const socketTurns = new SocketTurns({
  atEndOfBatch: queueMicrotask,
  inNextTurn: setImmediate,
  afterLook: (callback) => {
    const timer = setTimeout(callback, SHORTEST_TIMER_MS);
    return () => clearTimeout(timer);
  },
});
