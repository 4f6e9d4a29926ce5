/** Counts the requests that have not ended, so that closing a client can wait for the last of them. */
export class InFlight {
  #count = 0;
  #onNone: (() => void)[] = [];

  add(): void {
    this.#count++;
  }

  remove(): void {
    this.#count--;
    if (this.#count > 0) return;
    for (const resolve of this.#onNone.splice(0)) resolve();
  }

  /** Resolves when no request is in flight. */
  none(): Promise<void> {
    return this.#count === 0
      ? Promise.resolve()
      : new Promise((resolve) => void this.#onNone.push(resolve));
  }
}
