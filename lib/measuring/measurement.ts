import { type Clock, type CpuClock, wallClock } from "../clock.ts";
import type { Extent } from "../plan/extent.ts";
import { callFromEventLoop, LoadWatch, type LoadWatchSummary } from "../runners/load_watch.ts";
import { LABELS } from "../clients/protocol.ts";
import {
  type FailureListener,
  type LoadGenerator,
  type LoadResult,
  type Observations,
  type Stretch,
  WHOLE_LOAD,
} from "../runners/load_generator.ts";
import { LocalGenerator } from "../runners/local_generator.ts";
import { meanOccupationMs } from "../runners/occupation.ts";
import { WorkerGenerator } from "../runners/worker_generator.ts";
import { type ByContender, type ContenderId, CONTENDERS } from "../plan/contender.ts";
import { REST_BY_GRPC, sidesOf } from "../plan/pairing.ts";
import { looksAt } from "../plan/sampling.ts";
import { type Block, cutIntoBlocks, type Turn, turnsOf } from "../plan/schedule.ts";
import { BlockLedger } from "../stats/record/block_ledger.ts";
import type { ClientFaults } from "../stats/record/client_faults.ts";
import { ConnectionTimes } from "../stats/record/connection_times.ts";
import { type Findings, judgeContest, PRIMARY_METRIC } from "../stats/judge/contest.ts";
import { type OrderEffect, orderEffect } from "../stats/judge/order_effect.ts";
import { type SizeChange, sizeChangeIn } from "../stats/judge/size_change.ts";
import type { Outage } from "../stats/record/outages.ts";
import { laterPace, type Pace } from "../stats/record/pace.ts";
import type { MeasuredPhase } from "../stats/judge/summary.ts";
import type { Log } from "../terminal/log.ts";
import type { Progress } from "../terminal/progress.ts";
import type { TestPlan } from "../plan/test_plan.ts";
import { AS_CUT, OpenTurns, type TurnExtents } from "./turn_extents.ts";
import { warmUp } from "./warm_up.ts";

/** What surrounds a measurement: time, the user's wish to stop, and where it is shown. */
export interface Surroundings {
  readonly clock: Clock;
  readonly cpuClock: CpuClock;
  /** The shortest gap by which this process has stood still; see `LoadWatch`. */
  readonly standstillMs: number;
  readonly interrupt: AbortSignal;
  readonly log: Log;
  readonly progress: Progress;
}

export interface Measurement {
  readonly phases: ByContender<MeasuredPhase>;
  readonly findings: Findings;
  /** `null` where the schedule, or what was asked, cannot show one. */
  readonly orderEffect: OrderEffect | null;
  readonly observations: Observations;
  /** How busy this process was with each contender. */
  readonly watched: ByContender<LoadWatchSummary>;
  /** How many blocks the verdicts rest on: both sides finished them. */
  readonly blocks: number;
  /** When each contender answered nothing, though else it does. */
  readonly outages: ByContender<readonly Outage[]>;
  /** When each contender answered nothing but errors. */
  readonly errorSpells: ByContender<readonly Outage[]>;
  /** `null` where answers stayed as large as they were. */
  readonly sizeChanges: ByContender<SizeChange | null>;
  /** Not heard for so long that the run ended early. */
  readonly givenUp: readonly ContenderId[];
  /** What this machine did to the run. */
  readonly clientFaults: ClientFaults;
  /** How many each contender was sent uncounted: before the run, and to fill its places in flight. */
  readonly warmUpRequests: number;
}

/**
 * Runs the plan's load against both targets, and judges what came back.
 *
 * @param connectionTimes What the preflight measured, for clients that do not tell of their own.
 */
export async function measure(
  plan: TestPlan,
  connectionTimes: ByContender<ConnectionTimes>,
  surroundings: Surroundings,
): Promise<Measurement> {
  const generator = await startGenerator(plan, surroundings);
  try {
    return await new Run(plan, generator, surroundings).measure(connectionTimes);
  } finally {
    surroundings.progress.end();
    await generator.close();
  }
}

export async function startGenerator(
  plan: TestPlan,
  { clock, interrupt }: Pick<Surroundings, "clock" | "interrupt">,
): Promise<LoadGenerator> {
  return plan.workers === 1
    ? new LocalGenerator(plan, WHOLE_LOAD, clock, interrupt)
    : await WorkerGenerator.start(plan, plan.workers, interrupt);
}

/** What each contender of a turn is still to get of it. */
function loadsOf(turn: Turn, extents: TurnExtents): Stretch["loads"] {
  return new Map(turn.contenders.flatMap((contender) => {
    const extent = extents.extentOf(turn, contender);
    return extent === null ? [] : [[contender, extent] as const];
  }));
}

/** One measurement on its way. */
class Run {
  readonly #plan: TestPlan;
  readonly #generator: LoadGenerator;
  readonly #surroundings: Surroundings;
  readonly #ledger = new BlockLedger();
  /** The warm-up's included: its connections are the ones that are measured. */
  readonly #connections = { rest: new ConnectionTimes(), grpc: new ConnectionTimes() };
  readonly #told = new Set<string>();
  readonly #watches: ByContender<LoadWatch>;
  #standstillMs = 0;
  /** When the measured load began. */
  #startMs = 0;
  #blocks = 0;
  readonly #givenUp: ContenderId[] = [];
  readonly #uncounted = { rest: 0, grpc: 0 };
  readonly #paces: Record<ContenderId, Pace | null> = { rest: null, grpc: null };

  constructor(plan: TestPlan, generator: LoadGenerator, surroundings: Surroundings) {
    this.#plan = plan;
    this.#generator = generator;
    this.#surroundings = surroundings;
    const { clock, cpuClock, standstillMs } = surroundings;
    const callLater = callFromEventLoop;
    const instruments = { clock, wallClock, cpuClock, callLater, standstillMs };
    this.#watches = { rest: new LoadWatch(instruments), grpc: new LoadWatch(instruments) };
  }

  async measure(
    measuredApart: ByContender<ConnectionTimes>,
  ): Promise<Measurement> {
    const { log } = this.#surroundings;
    const plan = this.#plan;
    const warmUpRequests = await this.#warmUp();
    log.detail(`warm-up: ${warmUpRequests} requests per protocol, not counted`);
    this.#startMs = this.#surroundings.clock();
    const looks = looksAt(plan.extent, plan.sampling);
    let findings = this.#judge(looks.length);
    for (const extent of looks) {
      await this.#runLook(extent);
      findings = this.#judge(looks.length);
      const { verdict } = findings[PRIMARY_METRIC];
      log.detail(`after ${this.#blocks} blocks: ${verdict.kind} on ${PRIMARY_METRIC}`);
      const undecided = verdict.kind === "inconclusive" || verdict.kind === "unsupported";
      if (this.#isOver || !undecided || this.#isOneOut()) break;
    }
    this.#surroundings.progress.end();
    for (const contender of CONTENDERS) this.#logTotals(contender);
    const pairs = this.#ledger.pairs(REST_BY_GRPC);
    const phase = (contender: ContenderId): MeasuredPhase => ({
      ...this.#ledger.totals(contender),
      pace: this.#paces[contender],
      connectionTimes: this.#connections[contender].total.count > 0
        ? this.#connections[contender]
        : measuredApart[contender],
    });
    return {
      phases: { rest: phase("rest"), grpc: phase("grpc") },
      findings,
      orderEffect: orderEffect(pairs, plan.margin.percent),
      watched: { rest: this.#watches.rest.summary(), grpc: this.#watches.grpc.summary() },
      observations: await this.#generator.observed(),
      blocks: pairs.length,
      clientFaults: { ...this.#ledger.clientFaults, standstillMs: this.#standstillMs },
      outages: this.#outages(),
      givenUp: this.#givenUp,
      sizeChanges: {
        rest: sizeChangeIn(this.#ledger.blocks("rest")),
        grpc: sizeChangeIn(this.#ledger.blocks("grpc")),
      },
      errorSpells: {
        rest: this.#ledger.errorSpells("rest"),
        grpc: this.#ledger.errorSpells("grpc"),
      },
      warmUpRequests: warmUpRequests + Math.max(this.#uncounted.rest, this.#uncounted.grpc),
    };
  }

  async #warmUp(): Promise<number> {
    const { clock, progress } = this.#surroundings;
    const { warmUp: plan, concurrency, extent } = this.#plan;
    if (plan.kind === "off") return 0;
    progress.begin({ label: "warm-up", total: null, finished: () => this.#generator.finished });
    return await warmUp(
      plan,
      { concurrency, extent },
      async (protocol, requests) => {
        const results = await this.#generator.run({
          loads: new Map([[protocol, { kind: "requests", requests }]]),
          purpose: "warm-up",
        }, this.#onFailure);
        for (const [key, { recorder }] of results) {
          this.#connections[key].merge(recorder.connections);
        }
        return results;
      },
      clock,
    );
  }

  /** One more extent of load, in blocks of its own. */
  async #runLook(extent: Extent): Promise<void> {
    const { seed, schedule, load } = this.#plan;
    const { progress } = this.#surroundings;
    const blocks = cutIntoBlocks(extent, this.#plan, seed + this.#blocks)
      .map((block): Block => ({ ...block, index: block.index + this.#blocks }));
    this.#blocks += blocks.length;
    const extents = load.kind === "open" ? new OpenTurns(blocks, load) : AS_CUT;
    let finishedBefore = 0;
    progress.begin({
      label: "REST and gRPC",
      total: extent.kind === "requests" ? 2 * extent.requests : null,
      finished: () => finishedBefore + this.#generator.finished,
    });
    for (const turn of turnsOf(schedule, blocks)) {
      if (this.#isOver) return;
      const loads = loadsOf(turn, extents);
      if (loads.size === 0) continue;
      await this.#generator.settle();
      for (const contender of loads.keys()) this.#watches[contender].start();
      const results = await this.#generator.run({ loads, purpose: "measurement" }, this.#onFailure);
      const standstills = Array.from(loads.keys(), (contender) => this.#watches[contender].stop());
      const standstillMs = Math.max(...standstills);
      this.#standstillMs += standstillMs;
      for (const [contender, result] of results) {
        if (result.pace !== null) extents.had(contender, result.pace.due);
        if (result.gaveUp) this.#givenUp.push(contender);
        this.#add(turn, contender, result, standstillMs > 0);
      }
      finishedBefore += this.#generator.finished;
    }
    // To judge what was measured takes room of its own.
    await this.#generator.settle();
  }

  /** Whether nothing more is to be sent. */
  get #isOver(): boolean {
    return this.#surroundings.interrupt.aborted || this.#givenUp.length > 0;
  }

  /** Whether a server has stopped answering: to go on would send it requests for nothing. */
  #isOneOut(): boolean {
    const outages = Object.values(this.#outages()).flat();
    return outages.some(({ answeredAgain }) => !answeredAgain);
  }

  #outages(): ByContender<readonly Outage[]> {
    return { rest: this.#ledger.outages("rest"), grpc: this.#ledger.outages("grpc") };
  }

  #add(
    { block }: Turn,
    contender: ContenderId,
    { recorder, startMs, endMs, occupation, uncounted, pace }: LoadResult,
    stoodStill: boolean,
  ): void {
    this.#connections[contender].merge(recorder.connections);
    this.#uncounted[contender] += uncounted;
    if (stoodStill) return this.#ledger.drop(block, recorder);
    this.#ledger.trace(block, contender, recorder, startMs - this.#startMs);
    const duration = { totalMs: meanOccupationMs(occupation), wallMs: endMs - startMs };
    const complete = !this.#isOver;
    if (complete) this.#ledger.add(block, contender, recorder, duration);
    else this.#ledger.addIncomplete(contender, recorder, duration);
    if (pace !== null) this.#paces[contender] = laterPace(this.#paces[contender], pace);
  }

  #judge(looks: number): Findings {
    const { seed, margin, load, timeoutMs } = this.#plan;
    // An open load has a limit in place of so many in flight, and is seldom near it.
    const concurrency = load.kind === "closed" ? this.#plan.concurrency : 1;
    const outages = sidesOf(REST_BY_GRPC, this.#outages());
    return judgeContest(this.#ledger.pairs(REST_BY_GRPC), seed, {
      margin,
      concurrency,
      timeoutMs,
      looks,
      hadOutages: outages.subject.length + outages.baseline.length > 0,
    });
  }

  readonly #onFailure: FailureListener = (protocol, { errorType, cause }) => {
    const kind = `${LABELS[protocol]}: first "${errorType}"`;
    if (!this.#told.has(kind)) this.#surroundings.log.detail(`${kind}: ${cause}`);
    this.#told.add(kind);
  };

  #logTotals(contender: ContenderId): void {
    const { log } = this.#surroundings;
    const { recorder } = this.#ledger.totals(contender);
    const label = LABELS[contender];
    for (const [errorType, count] of Object.entries(recorder.failuresByType)) {
      log.detail(`${label}: ${count} × "${errorType}"`);
    }
    log.detail(
      `${label}: ended with ${recorder.successes} successes and ${recorder.failures} failures`,
    );
  }
}
