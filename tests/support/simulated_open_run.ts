import assert from "node:assert/strict";
import type { OpenLoad } from "../../lib/plan/load_model.ts";
import { arrivalsWithin } from "../../lib/plan/rate_curve.ts";
import { Ending, exactly, type OpenExtent } from "../../lib/runners/ending.ts";
import { WHOLE_LOAD } from "../../lib/runners/load_generator.ts";
import { type OpenLoopSpan, runOpenLoop } from "../../lib/runners/open_loop.ts";
import { ArrivalTimes } from "../../lib/runners/pacing.ts";
import { StretchBoard } from "../../lib/runners/stretch_board.ts";
import type { Sample } from "../../lib/requests/sample.ts";
import { cutIntoBlocks, turnsOf } from "../../lib/plan/schedule.ts";
import { laterPace, type Pace } from "../../lib/stats/record/pace.ts";
import { Recorder } from "../../lib/stats/record/recorder.ts";
import { OpenTurns } from "../../lib/measuring/turn_extents.ts";
import { SimulatedTime } from "./simulated_time.ts";

/** A server that answers a request when it thinks fit. */
export type SimulatedAnswering = (time: SimulatedTime) => (done: (sample: Sample) => void) => void;

export interface OpenRun {
  readonly load: OpenLoad;
  readonly seconds: number;
  readonly serve: SimulatedAnswering;
  readonly concurrency?: number;
  readonly timeoutMs?: number;
}

export interface OpenRunResult {
  readonly recorder: Recorder;
  readonly pace: Pace;
  readonly stretches: number;
  readonly uncounted: number;
}

const SEED = 5;
/** While the other side has its turn. */
const OTHER_TURN_MS = 700;

/** One side's load, as blocks of a run in turn with another side. */
export async function simulateInTurns(run: OpenRun): Promise<OpenRunResult> {
  const { load, seconds } = run;
  const requests = arrivalsWithin(load.rate, seconds * 1000);
  const blocks = cutIntoBlocks({ kind: "requests", requests }, { load, concurrency: 1 }, SEED);
  const turns = new OpenTurns(blocks, load);
  const side = new SimulatedSide(run);
  for (const turn of turnsOf("sequential", blocks)) {
    if (turn.contenders[0] !== "rest") continue;
    const extent = turns.extentOf(turn, "rest");
    if (extent === null) continue;
    assert(extent.kind === "until-caught-up");
    turns.had("rest", (await side.run(extent)).pace.due);
  }
  assert.equal(side.result.pace.due, requests);
  return side.result;
}

/** The same load without a break: what the truth is. */
export async function simulateContinuously(run: OpenRun): Promise<OpenRunResult> {
  const side = new SimulatedSide({ ...run, concurrency: 1e6, timeoutMs: 1e9 });
  await side.run(exactly(arrivalsWithin(run.load.rate, run.seconds * 1000)));
  return side.result;
}

class SimulatedSide {
  readonly #time = new SimulatedTime();
  readonly #answer: ReturnType<SimulatedAnswering>;
  readonly #arrivals: ArrivalTimes;
  readonly #board = new StretchBoard(StretchBoard.memoryFor(1));
  readonly #recorder = new Recorder();
  #pace: Pace | null = null;
  #stretches = 0;
  #uncounted = 0;

  constructor(readonly of: OpenRun) {
    this.#answer = of.serve(this.#time);
    this.#arrivals = new ArrivalTimes(of.load, SEED);
  }

  get result(): OpenRunResult {
    return {
      recorder: this.#recorder,
      pace: this.#pace!,
      stretches: this.#stretches,
      uncounted: this.#uncounted,
    };
  }

  async run(extent: OpenExtent): Promise<OpenLoopSpan> {
    const time = this.#time;
    const { concurrency = 1000, timeoutMs = 10_000 } = this.of;
    this.#board.begin();
    const arrivals = this.#arrivals.stretch(WHOLE_LOAD);
    const ended = runOpenLoop({
      ending: new Ending(extent, arrivals, this.#board, WHOLE_LOAD),
      requestAt: () => 1,
      nextUncounted: () => 1,
      leadIn: this.#board.leadIn(arrivals.rateAt(0)),
      concurrency,
      graceMs: timeoutMs,
      send: (_, done) => this.#answer(done),
      record: (sample, timing) => this.#recorder.recordScheduled(sample, timing),
      interrupt: new AbortController().signal,
      clock: time.clock,
      alarm: time.alarm(),
    });
    await time.run();
    const span = await ended;
    this.#pace = laterPace(this.#pace, span.pace);
    this.#stretches++;
    this.#uncounted += span.uncounted;
    time.after(OTHER_TURN_MS, () => {});
    await time.run();
    return span;
  }
}
