/** How an open load kept up with its arrivals. Counts are of the requests that count. */
export interface Pace {
  /** Requests whose time came. */
  readonly due: number;
  readonly sent: number;
  readonly answered: number;
  /** Given up without an answer. */
  readonly timedOut: number;
  /** From the beginning until the last one was due. */
  readonly dueMs: number;
  /** Until the last one was sent, where they did not catch up; else `dueMs`. */
  readonly sendingMs: number;
  /** Until the last one had ended, where they did not catch up; else `dueMs`. At least `sendingMs`. */
  readonly answeringMs: number;
  /** Requests that were due and had not ended when no more fell due. */
  readonly outstanding: number;
  /** Whether that is no more than is usual at that rate. */
  readonly caughtUp: boolean;
}

/** A load that went on after another one. */
export function laterPace(earlier: Pace | null, later: Pace): Pace {
  if (earlier === null) return later;
  return {
    ...countsTogether(earlier, later),
    dueMs: earlier.dueMs + later.dueMs,
    sendingMs: earlier.sendingMs + later.sendingMs,
    answeringMs: earlier.answeringMs + later.answeringMs,
    outstanding: later.outstanding,
    caughtUp: earlier.caughtUp && later.caughtUp,
  };
}

/** A load that several generators shared, at the same time; what is outstanding they know together. */
export function sharedPace(one: Pace, other: Pace): Pace {
  return {
    ...countsTogether(one, other),
    dueMs: Math.max(one.dueMs, other.dueMs),
    sendingMs: Math.max(one.sendingMs, other.sendingMs),
    answeringMs: Math.max(one.answeringMs, other.answeringMs),
    outstanding: Math.max(one.outstanding, other.outstanding),
    caughtUp: one.caughtUp && other.caughtUp,
  };
}

function countsTogether(one: Pace, other: Pace) {
  return {
    due: one.due + other.due,
    sent: one.sent + other.sent,
    answered: one.answered + other.answered,
    timedOut: one.timedOut + other.timedOut,
  };
}

/** Up to this share may time out of a rate that is held: some servers lose requests at any rate. */
const LARGEST_TIMEOUT_SHARE = 0.05;

/**
 * Whether a server held its rate: it was sent all that was due, it had caught up in the end, and it did so
 * by answering. A queue as long as the timeout grows no more, and nobody in it is served.
 */
export function isHeld({ due, sent, timedOut, caughtUp }: Pace): boolean {
  return caughtUp && sent === due && timedOut <= LARGEST_TIMEOUT_SHARE * due;
}
