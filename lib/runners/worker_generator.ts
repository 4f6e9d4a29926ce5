import { mergeObservations } from "../clients/observations.ts";
import type { ProtocolKey } from "../clients/protocol.ts";
import { type Pace, sharedPace } from "../stats/record/pace.ts";
import { Recorder } from "../stats/record/recorder.ts";
import type { TestPlan } from "../plan/test_plan.ts";
import type {
  FailureListener,
  LoadGenerator,
  LoadResult,
  LoadResults,
  Observations,
  Stretch,
} from "./load_generator.ts";
import { joinOccupations } from "./occupation.ts";
import { type SharedBoards, sharedBoards, StretchBoard } from "./stretch_board.ts";
import type { StretchResult, WorkerCommand, WorkerReply } from "./worker_message.ts";

type ReplyOf<Kind extends WorkerReply["kind"]> = Extract<WorkerReply, { readonly kind: Kind }>;

/** Generates a load in several threads, each with its own clients and its own recorder. */
export class WorkerGenerator implements LoadGenerator {
  readonly #threads: readonly LoadThread[];
  readonly #boards: SharedBoards;
  readonly #interrupt: AbortSignal;
  readonly #onInterrupt = () => this.#tellAll({ kind: "interrupt" });

  private constructor(
    threads: readonly LoadThread[],
    boards: SharedBoards,
    interrupt: AbortSignal,
  ) {
    this.#threads = threads;
    this.#boards = boards;
    this.#interrupt = interrupt;
    interrupt.addEventListener("abort", this.#onInterrupt);
  }

  /**
   * @param count At least 1, at most the plan's concurrency.
   * @param startThread Starts what `load_worker.ts` is the entry of.
   */
  static async start(
    plan: TestPlan,
    count: number,
    interrupt: AbortSignal,
    startThread: () => Worker = startLoadWorker,
  ): Promise<WorkerGenerator> {
    const threads = Array.from({ length: count }, () => new LoadThread(startThread()));
    const boards = sharedBoards(count);
    const generator = new WorkerGenerator(threads, boards, interrupt);
    try {
      await Promise.all(threads.map((thread, index) => {
        thread.tell({ kind: "open", plan, share: { index, of: count }, boards });
        return thread.hear("ready");
      }));
    } catch (error) {
      await generator.close();
      throw error;
    }
    if (interrupt.aborted) generator.#onInterrupt();
    return generator;
  }

  get finished(): number {
    return this.#threads.reduce((sum, { finished }) => sum + finished, 0);
  }

  async run(stretch: Stretch, onFailure: FailureListener): Promise<LoadResults> {
    const seen = new Set<string>();
    for (const thread of this.#threads) {
      thread.finished = 0;
      thread.onFailure = (protocol, failure) => {
        const kind = `${protocol} ${failure.errorType}`;
        if (!seen.has(kind)) onFailure(protocol, failure);
        seen.add(kind);
      };
    }
    for (const protocol of stretch.loads.keys()) new StretchBoard(this.#boards[protocol]).begin();
    this.#tellAll({ kind: "run", stretch });
    const replies = await Promise.all(this.#threads.map((thread) => thread.hear("results")));
    const parts = replies.flatMap(({ results }) => results);
    return new Map(Array.from(stretch.loads.keys(), (protocol) => [
      protocol,
      joined(parts.filter((part) => part.protocol === protocol)),
    ]));
  }

  async settle(): Promise<void> {
    this.#tellAll({ kind: "settle" });
    await Promise.all(this.#threads.map((thread) => thread.hear("settled")));
  }

  async observed(): Promise<Observations> {
    this.#tellAll({ kind: "observe" });
    const replies = await Promise.all(this.#threads.map((thread) => thread.hear("observations")));
    const of = (protocol: ProtocolKey) =>
      mergeObservations(replies.map(({ observations }) => observations[protocol]));
    return { rest: of("rest"), grpc: of("grpc") };
  }

  /** In good order; but where a thread has ended by itself, the others are ended as they are. */
  async close(): Promise<void> {
    this.#interrupt.removeEventListener("abort", this.#onInterrupt);
    try {
      this.#tellAll({ kind: "close" });
      await Promise.all(this.#threads.map((thread) => thread.hear("closed")));
    } catch (error) {
      if (!(error instanceof ThreadEndedError)) throw error;
      for (const thread of this.#threads) thread.end();
    }
  }

  #tellAll(command: WorkerCommand): void {
    for (const thread of this.#threads) thread.tell(command);
  }
}

/** The threads' parts as one: from the first one's start to the last one's end. */
function joined(parts: readonly StretchResult[]): LoadResult {
  const recorder = new Recorder();
  for (const part of parts) recorder.add(part.recorder);
  const { timeOrigin } = performance;
  return {
    recorder,
    startMs: Math.min(...parts.map(({ startEpochMs }) => startEpochMs)) - timeOrigin,
    endMs: Math.max(...parts.map(({ endEpochMs }) => endEpochMs)) - timeOrigin,
    occupation: joinOccupations(parts.map(({ occupation }) => occupation)),
    pace: parts.reduce<Pace | null>(
      (whole, { pace }) => whole === null || pace === null ? pace : sharedPace(whole, pace),
      null,
    ),
    uncounted: parts.reduce((sum, { uncounted }) => sum + uncounted, 0),
    gaveUp: parts.some(({ gaveUp }) => gaveUp),
  };
}

function startLoadWorker(): Worker {
  return new Worker(new URL("./load_worker.ts", import.meta.url), { type: "module" });
}

/** A thread is gone that was to generate a share of the load: there is no result without it. */
export class ThreadEndedError extends Error {
  override readonly name = "ThreadEndedError";

  constructor(reason: string) {
    super(`a thread of the load ended: ${reason}`);
  }
}

/** One worker, as this side of the channel sees it. */
class LoadThread {
  finished = 0;
  onFailure: FailureListener = () => {};
  readonly #worker: Worker;
  /** The one reply that is waited for; a worker is asked one thing at a time. */
  #awaited: PromiseWithResolvers<WorkerReply> & { kind: WorkerReply["kind"] } | null = null;
  /** Kept, as a thread may end while nobody waits for it. */
  #ended: ThreadEndedError | null = null;

  constructor(worker: Worker) {
    this.#worker = worker;
    worker.onmessage = ({ data }: MessageEvent<WorkerReply>) => this.#receive(data);
    worker.onmessageerror = () => this.#lose("what it said could not be read");
    worker.onerror = (event) => {
      event.preventDefault();
      this.#lose(event.message.split("\n")[0]!);
    };
  }

  tell(command: WorkerCommand): void {
    if (this.#ended === null) this.#worker.postMessage(command);
  }

  /** @throws {ThreadEndedError} where the thread ends first, or has ended. */
  async hear<Kind extends WorkerReply["kind"]>(kind: Kind): Promise<ReplyOf<Kind>> {
    if (this.#ended !== null) throw this.#ended;
    this.#awaited = { kind, ...Promise.withResolvers<WorkerReply>() };
    return await this.#awaited.promise as ReplyOf<Kind>;
  }

  /** Ends it as it is. */
  end(): void {
    this.#worker.terminate();
  }

  #receive(reply: WorkerReply): void {
    if (reply.kind === "progress") this.finished = reply.finished;
    else if (reply.kind === "failure") this.onFailure(reply.protocol, reply.failure);
    else if (reply.kind === "broken") this.#lose(reply.reason);
    else if (reply.kind === this.#awaited?.kind) this.#awaited.resolve(reply);
  }

  #lose(reason: string): void {
    if (this.#ended !== null) return;
    this.#ended = new ThreadEndedError(reason);
    this.end();
    this.#awaited?.reject(this.#ended);
  }
}
