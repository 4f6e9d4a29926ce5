import { MultiBar, Presets } from "cli-progress";
import type { Writable } from "node:stream";

/** Shows how far a phase has come, and keeps other lines out of the bar's way. */
export interface Progress {
  /** @param finished Asked for the number of finished requests whenever the bar is drawn. */
  begin(label: string, total: number, finished: () => number): void;
  /** Ends the current phase, if there is one, and takes its bar away. */
  end(): void;
  writeLine(line: string): void;
}

const REDRAWS_PER_SECOND = 10;

/** For a stderr that is no terminal: lines only. */
export function plainProgress(write: (text: string) => void): Progress {
  return { begin() {}, end() {}, writeLine: (line) => write(`${line}\n`) };
}

/** For a terminal: a bar that redraws itself and is wiped when its phase ends. */
export function terminalProgress(stream: Writable, colour: boolean): Progress {
  let current: { bars: MultiBar; timer: ReturnType<typeof setInterval> } | null = null;
  const paint = (text: string) => colour ? `\x1b[36m${text}\x1b[0m` : text;
  return {
    begin(label, total, finished) {
      const bars = new MultiBar({
        stream,
        fps: REDRAWS_PER_SECOND,
        clearOnComplete: true,
        hideCursor: false,
        // Ctrl-C belongs to the run, which ends the phase itself.
        gracefulExit: false,
        format: `${label.padEnd(4)} ${paint("{bar}")} {percentage}%  {value}/{total}  {rate} req/s`,
      }, Presets.shades_classic);
      const bar = bars.create(total, 0, { rate: 0 });
      const startMs = performance.now();
      const update = () => {
        const elapsedSeconds = (performance.now() - startMs) / 1000;
        bar.update(finished(), { rate: Math.round(finished() / Math.max(elapsedSeconds, 0.001)) });
      };
      current = { bars, timer: setInterval(update, 1000 / REDRAWS_PER_SECOND) };
    },
    end() {
      if (current === null) return;
      clearInterval(current.timer);
      current.bars.stop();
      current = null;
    },
    writeLine(line) {
      if (current === null) stream.write(`${line}\n`);
      else current.bars.log(`${line}\n`);
    },
  };
}
