import type { ProtocolKey } from "../protocols/protocol.ts";
import type { Failure } from "../sample.ts";
import type { Recorder } from "../stats/recorder.ts";

/** What a stretch of load on one protocol left behind. */
export interface LoadResult {
  readonly recorder: Recorder;
  /** When it began and ended, on the clock of whoever asked for it. */
  readonly startMs: number;
  readonly endMs: number;
}

/** Puts load on either target, over connections that it keeps from one stretch to the next. */
export interface LoadGenerator {
  /** Requests that have ended in the current stretch. */
  readonly finished: number;
  /**
   * Sends the next `requests` of the plan's ids. An interrupt ends it early, with what was measured.
   *
   * @param onFailure Told of the first failure of each type, as it happens.
   */
  run(
    protocol: ProtocolKey,
    requests: number,
    onFailure: (failure: Failure) => void,
  ): Promise<LoadResult>;
  /** Closes every connection, and resolves when nothing is left. */
  close(): Promise<void>;
}

/** One part of a load that several generators share: every `of`-th request, from number `index`. */
export interface LoadShare {
  readonly index: number;
  readonly of: number;
}

export const WHOLE_LOAD: LoadShare = { index: 0, of: 1 };
