import { isUsual } from "./backlog.ts";
import type { LoadShare } from "./load_generator.ts";
import type { Arrivals } from "./pacing.ts";
import type { StretchBoard, StretchEnd } from "./stretch_board.ts";

/** How far a stretch of an open load goes, in arrivals of the whole load. */
export interface OpenExtent {
  readonly kind: "until-caught-up";
  /** At least so many; it ends as soon as it has had them and no more is outstanding than usual. */
  readonly requests: number;
  /** So many count at most. */
  readonly mostRequests: number;
  /** How long it then goes on, uncounted, to see whether it catches up. */
  readonly tailMs: number;
}

/** A stretch of so many requests, whatever is outstanding then. */
export function exactly(requests: number): OpenExtent {
  return { kind: "until-caught-up", requests, mostRequests: requests, tailMs: 0 };
}

/**
 * Threads that share a stretch begin it a little apart, and learn a little late when it ends: it ends at
 * an arrival that all of them have ahead.
 */
const NOTICE_MS = 50;

/** Decides after which arrival a stretch ends, and tells the threads that share it. */
export class Ending {
  /** Whether uncounted requests are sent, to see whether what is outstanding becomes less. */
  #inTail = false;
  #lookedAt = 0;
  #lastCountedMs: number | null = null;

  constructor(
    readonly extent: OpenExtent,
    readonly arrivals: Arrivals,
    readonly board: StretchBoard,
    readonly share: LoadShare,
  ) {}

  /** The number of the last arrival that may be sent. */
  get lastPosition(): number {
    const { end } = this.board;
    return end === null ? Infinity : Math.min(end.position, this.extent.mostRequests);
  }

  /** The number of the last one that counts; an upper bound of it while the end is not decided. */
  get lastCounted(): number {
    return Math.min(this.lastPosition, this.extent.mostRequests);
  }

  /** When the last one that counts was due; `null` while that is not known. */
  lastCountedMs(sinceStartMs: number): number | null {
    const { arrivals, board, extent } = this;
    const known = board.end !== null || arrivals.dueBy(sinceStartMs) >= extent.mostRequests;
    if (known) this.#lastCountedMs ??= arrivals.timeOf(this.lastCounted);
    return this.#lastCountedMs;
  }

  /** To be called whenever a request has fallen due or ended. The first of the threads decides for all. */
  look(sinceStartMs: number): void {
    if (this.share.index !== 0 || this.board.end !== null) return;
    const { requests, mostRequests, tailMs } = this.extent;
    const due = this.arrivals.dueBy(sinceStartMs);
    // Between two arrivals a part of the time to the next one is over, which the next stretch would add.
    if (due < requests || due === this.#lookedAt) return;
    this.#lookedAt = due;
    const state = this.#stateAt(sinceStartMs, due);
    const allMs = due < mostRequests ? null : this.lastCountedMs(sinceStartMs);
    const over = allMs !== null && sinceStartMs >= allMs + tailMs;
    if (state.caughtUp || over) {
      const position = this.#reached(due) + this.#notice(sinceStartMs);
      this.board.decide({
        ...state,
        position: this.#inTail ? position : Math.min(position, mostRequests),
      });
    } else {
      this.#inTail = due >= mostRequests;
    }
  }

  /** How it stands where the end was not decided, as after an interruption. */
  stateAt(sinceStartMs: number): Omit<StretchEnd, "position"> {
    return this.board.end ?? this.#stateAt(sinceStartMs, this.arrivals.dueBy(sinceStartMs));
  }

  #stateAt(sinceStartMs: number, due: number): Omit<StretchEnd, "position"> {
    const { arrivals, board } = this;
    const outstanding = board.outstandingOf(due);
    const caughtUp = isUsual({
      outstanding,
      ratePerMs: arrivals.rateAt(sinceStartMs),
      meanResponseMs: board.meanResponseMs,
    });
    return { outstanding, caughtUp };
  }

  /** How far any of the threads has come. */
  #reached(due: number): number {
    return this.share.of === 1 ? due : Math.max(due, this.board.furthestDrawn);
  }

  #notice(sinceStartMs: number): number {
    const { of } = this.share;
    return of === 1 ? 0 : 2 * of + Math.ceil(NOTICE_MS * this.arrivals.rateAt(sinceStartMs));
  }
}
