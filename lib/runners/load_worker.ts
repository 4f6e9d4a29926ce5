/// <reference lib="deno.worker" />
/** The entry of a worker thread that generates a share of a load. See `worker_message.ts`. */
import { monotonicClock } from "../clock.ts";
import { reasonOf } from "../errors.ts";
import { LocalGenerator } from "./local_generator.ts";
import type { WorkerCommand, WorkerReply } from "./worker_message.ts";

const PROGRESS_INTERVAL_MS = 100;

const interrupt = new AbortController();
let generator: LocalGenerator | null = null;

function reply(message: WorkerReply): void {
  self.postMessage(message);
}

async function obey(command: WorkerCommand): Promise<void> {
  switch (command.kind) {
    case "open": {
      const { plan, share, boards } = command;
      generator = new LocalGenerator(plan, share, monotonicClock, interrupt.signal, boards);
      reply({ kind: "ready" });
      return;
    }
    case "run": {
      const running = generator!;
      const timer = setInterval(
        () => reply({ kind: "progress", finished: running.finished }),
        PROGRESS_INTERVAL_MS,
      );
      const results = await running.run(
        command.stretch,
        (protocol, failure) => reply({ kind: "failure", protocol, failure }),
      );
      clearInterval(timer);
      const { timeOrigin } = performance;
      reply({
        kind: "results",
        results: Array.from(results, ([protocol, { recorder, startMs, endMs, ...rest }]) => ({
          protocol,
          recorder: recorder.snapshot(),
          startEpochMs: timeOrigin + startMs,
          endEpochMs: timeOrigin + endMs,
          ...rest,
        })),
      });
      return;
    }
    case "settle":
      await generator!.settle();
      reply({ kind: "settled" });
      return;
    case "observe":
      reply({ kind: "observations", observations: await generator!.observed() });
      return;
    case "interrupt":
      interrupt.abort();
      return;
    case "close":
      await generator?.close();
      reply({ kind: "closed" });
      self.close();
  }
}

/** Tells of a mistake in this program, which ends the thread: whoever waits for it hears why. */
function breakDown(error: unknown): void {
  reply({ kind: "broken", reason: reasonOf(error) });
  self.close();
}

self.addEventListener("unhandledrejection", (event) => {
  event.preventDefault();
  breakDown(event.reason);
});
self.addEventListener("error", (event) => {
  event.preventDefault();
  breakDown(event.error ?? event.message);
});
self.onmessageerror = () => breakDown("what it was told could not be read");
self.onmessage = ({ data }: MessageEvent<WorkerCommand>) => void obey(data);
