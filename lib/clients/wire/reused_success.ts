import type { Success } from "../../requests/sample.ts";

/** One sample for every success of a client, since a sample is read before the next one is made. */
export class ReusedSuccess implements Success {
  readonly kind = "success";
  responseTimeMs = 0;
  payloadBytes = 0;
  retried = false;
  readonly phases = {
    connectionWaitMs: 0,
    streamWaitMs: null as number | null,
    firstByteMs: 0,
    downloadMs: 0,
  };
  readonly wireBytes = { sent: 0, received: 0 };

  /**
   * One rule for both protocols: whatever the caller waits for before the sending, whoever makes it wait, is in
   * the response time. What this client itself takes to get round to the writing is not.
   *
   * @param streamWaitMs `null` where the protocol has no streams.
   * @param sentAtMs When the write began that carries the request.
   */
  setTimes(
    connectionWaitMs: number,
    streamWaitMs: number | null,
    sentAtMs: number,
    firstByteAtMs: number,
    endedAtMs: number,
  ): void {
    const { phases } = this;
    phases.connectionWaitMs = connectionWaitMs;
    phases.streamWaitMs = streamWaitMs;
    phases.firstByteMs = firstByteAtMs - sentAtMs;
    phases.downloadMs = endedAtMs - firstByteAtMs;
    this.responseTimeMs = connectionWaitMs + (streamWaitMs ?? 0) + (endedAtMs - sentAtMs);
  }
}
