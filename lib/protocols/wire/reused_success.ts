import type { Success } from "../../sample.ts";

/** One sample for every success of a client, since a sample is read before the next one is made. */
export class ReusedSuccess implements Success {
  readonly kind = "success";
  responseTimeMs = 0;
  payloadBytes = 0;
  readonly phases = { streamWaitMs: null as number | null, firstByteMs: 0, downloadMs: 0 };
  readonly wireBytes = { sent: 0, received: 0 };
}
