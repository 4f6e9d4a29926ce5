import type { Extent } from "../plan/extent.ts";
import type { Pace } from "../stats/record/pace.ts";
import type { ClientObservations } from "../clients/observations.ts";
import type { ProtocolKey } from "../clients/protocol.ts";
import type { Failure } from "../requests/sample.ts";
import type { Recorder } from "../stats/record/recorder.ts";
import type { OpenExtent } from "./ending.ts";
import type { Occupation } from "./occupation.ts";

/** A stretch of load on one protocol, or on both at once. */
export interface Stretch {
  /** How much each of them gets. Of an open load, a number of requests is sent whether or not it keeps up. */
  readonly loads: ReadonlyMap<ProtocolKey, Extent | OpenExtent>;
  /** A warm-up draws ids of its own: what is measured repeats by the seed, however long it took to warm up. */
  readonly purpose: "warm-up" | "measurement";
}

/** What a stretch of load on one protocol left behind. */
export interface LoadResult {
  /** Good until the generator's next stretch, which may use it again. */
  readonly recorder: Recorder;
  /** When it began and ended, on the clock of whoever asked for it. */
  readonly startMs: number;
  readonly endMs: number;
  /** How long its places in flight were taken; of an open load, how long requests were due. */
  readonly occupation: Occupation;
  /** How it kept up with its arrivals; `null` of a closed load, and of a warm-up. */
  readonly pace: Pace | null;
  /** Requests that were sent besides those in the recorder, as a warm-up sends them. */
  readonly uncounted: number;
  /** Whether it ended early, since the server was not heard any more: see `SilenceWatch`. */
  readonly gaveUp: boolean;
}

/** One for each protocol of the stretch. */
export type LoadResults = ReadonlyMap<ProtocolKey, LoadResult>;

/** Told of the first failure of each type in a stretch, as it happens. */
export type FailureListener = (protocol: ProtocolKey, failure: Failure) => void;

/** Puts load on the targets, over connections that it keeps from one stretch to the next. */
export interface LoadGenerator {
  /** Requests that have ended in the current stretch, of all its protocols. */
  readonly finished: number;
  /** Sends the next of the plan's ids. An interrupt ends it early, with what was measured. */
  run(stretch: Stretch, onFailure: FailureListener): Promise<LoadResults>;
  /** Does what would else have to be done during the next stretch, such as to collect garbage. */
  settle(): Promise<void>;
  /** What the clients saw of their connections and servers so far. */
  observed(): Promise<Observations>;
  /** Closes every connection, and resolves when nothing is left. */
  close(): Promise<void>;
}

export type Observations = Readonly<Record<ProtocolKey, ClientObservations>>;

/** One part of a load that several generators share: every `of`-th request, from number `index`. */
export interface LoadShare {
  readonly index: number;
  readonly of: number;
}

export const WHOLE_LOAD: LoadShare = { index: 0, of: 1 };

/** The shares add up to the whole, and differ by one at most. */
export function shareOf(total: number, { index, of }: LoadShare): number {
  return Math.floor(total / of) + (index < total % of ? 1 : 0);
}
