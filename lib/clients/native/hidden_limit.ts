import { ConnectionError, openConnection } from "../../net/connection.ts";
import type { OwnLimit } from "../../net/own_limit.ts";
import type { ClientSettings } from "../protocol.ts";

/** No library tries again sooner: until then, its failures have one cause. */
const ANSWER_HOLDS_MS = 1000;

/**
 * Which limit of this machine keeps a library from connecting that does not tell why it cannot. It is found
 * out by opening a connection, one for all failures of a second.
 */
export class HiddenLimit {
  #answer: Promise<OwnLimit | null> = Promise.resolve(null);
  #askedAtMs = -Infinity;

  constructor(readonly settings: ClientSettings) {}

  /** @returns `null` where it is none of them, or no longer. */
  find(): Promise<OwnLimit | null> {
    const nowMs = this.settings.clock();
    if (nowMs - this.#askedAtMs >= ANSWER_HOLDS_MS) {
      this.#askedAtMs = nowMs;
      this.#answer = this.#ask();
    }
    return this.#answer;
  }

  async #ask(): Promise<OwnLimit | null> {
    const { target, timeoutMs, clock } = this.settings;
    const options = { tls: null, alpnProtocols: [], timeoutMs, clock };
    try {
      (await openConnection(target, options)).connection.close();
      return null;
    } catch (error) {
      if (!(error instanceof ConnectionError)) throw error;
      return error.failure.kind === "own-limit" ? error.failure.limit : null;
    }
  }
}
