import type { Failure } from "../sample.ts";
import type { Log } from "./log.ts";

/** Logs the cause of the first failure of each kind as it happens, and counts the rest. */
export class FailureJournal {
  readonly #counts = new Map<string, number>();

  constructor(readonly label: string, readonly log: Log) {}

  add({ errorType, cause }: Failure): void {
    const seen = this.#counts.get(errorType) ?? 0;
    this.#counts.set(errorType, seen + 1);
    if (seen === 0) this.log.detail(`${this.label}: first "${errorType}": ${cause}`);
  }

  close(): void {
    for (const [errorType, count] of this.#counts) {
      this.log.detail(`${this.label}: ${count} × "${errorType}"`);
    }
  }
}
