interface Waiting {
  readonly signal: AbortSignal;
  readonly go: () => void;
}

/**
 * Keeps requests back while a server stalls this process. The runtime reads whatever comes before it lets
 * anything else run: a server that sends interim responses without end, on many connections, makes timers
 * and signals wait for seconds. Once that has shown, one request is out at a time, until one is answered.
 */
export class StallGate {
  #waiting: Waiting[] = [];
  #out = 0;
  #stalled = false;

  /** Whether a request is to wait for its turn before it is sent. */
  get isShut(): boolean {
    return this.#stalled && this.#out > 0;
  }

  /** Resolves when the request may be sent, and when its time is over. */
  turn(signal: AbortSignal): Promise<void> {
    return new Promise((go) => void this.#waiting.push({ signal, go }));
  }

  sent(): void {
    this.#out++;
  }

  ended(): void {
    if (--this.#out === 0) this.#waiting.shift()?.go();
  }

  answered(): void {
    if (!this.#stalled) return;
    this.#stalled = false;
    for (const { go } of this.#waiting.splice(0)) go();
  }

  /** Timers run late, although this process has nothing else to do. */
  stall(): void {
    this.#stalled = true;
  }

  /** Requests have been aborted, those that wait among them. */
  releaseAborted(): void {
    const aborted = this.#waiting.filter(({ signal }) => signal.aborted);
    this.#waiting = this.#waiting.filter(({ signal }) => !signal.aborted);
    for (const { go } of aborted) go();
  }
}
