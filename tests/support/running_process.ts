import { startProtoduel } from "./process.ts";
import type { ProcessResult } from "./process.ts";

/** A process whose output is read while it runs. */
export interface RunningProcess {
  readonly child: Deno.ChildProcess;
  /** Resolves with the match as soon as stderr has one; rejects where the process ends without. */
  stderrMatch(pattern: RegExp): Promise<RegExpExecArray>;
  /** The same for stdout. */
  stdoutMatch(pattern: RegExp): Promise<RegExpExecArray>;
  /** Resolves when the process has ended and all its output was read. */
  finished(): Promise<ProcessResult>;
}

/** Collects a stream as text, and tells when a pattern has come. */
class WatchedText {
  text = "";
  #ended = false;
  #onChange: (() => void)[] = [];
  readonly end: Promise<void>;

  constructor(stream: ReadableStream<Uint8Array>) {
    this.end = this.#read(stream);
  }

  async match(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const found = pattern.exec(this.text);
      if (found !== null) return found;
      if (this.#ended) throw new Error(`The output ended without ${pattern}: ${this.text}`);
      await new Promise<void>((resolve) => this.#onChange.push(resolve));
    }
  }

  async #read(stream: ReadableStream<Uint8Array>): Promise<void> {
    for await (const text of stream.pipeThrough(new TextDecoderStream())) {
      this.text += text;
      this.#wake();
    }
    this.#ended = true;
    this.#wake();
  }

  #wake(): void {
    for (const resolve of this.#onChange.splice(0)) resolve();
  }
}

/** Starts `main.ts` and runs `body` beside it; the process is gone afterwards, whatever happens. */
export function withProtoduel<T>(
  args: readonly string[],
  body: (running: RunningProcess) => Promise<T>,
): Promise<T> {
  return withRunning(startProtoduel(args), body);
}

/** The same for a process that was started already. */
export async function withRunning<T>(
  child: Deno.ChildProcess,
  body: (running: RunningProcess) => Promise<T>,
): Promise<T> {
  const [stdout, stderr] = [new WatchedText(child.stdout), new WatchedText(child.stderr)];
  const running: RunningProcess = {
    child,
    stdoutMatch: (pattern) => stdout.match(pattern),
    stderrMatch: (pattern) => stderr.match(pattern),
    async finished() {
      const { code } = await child.status;
      await Promise.all([stdout.end, stderr.end]);
      return { stdout: stdout.text, stderr: stderr.text, code };
    },
  };
  try {
    return await body(running);
  } finally {
    signalIfAlive(child, "SIGKILL");
    await running.finished();
  }
}

export function signalIfAlive(child: Deno.ChildProcess, signal: Deno.Signal): void {
  try {
    child.kill(signal);
  } catch {
    // Ended already.
  }
}
