import { MultiBar, Presets } from "cli-progress";
import type { Writable } from "node:stream";

/** A part of a run whose length is shown. */
export interface Stage {
  readonly label: string;
  /** Requests; `null` where nobody knows beforehand. */
  readonly total: number | null;
  /** Asked for the number of finished requests whenever the bar is drawn. */
  readonly finished: () => number;
}

/** Shows how far a stage has come, and keeps other lines out of the bar's way. */
export interface Progress {
  /** Begins a stage, and ends the one before. */
  begin(stage: Stage): void;
  /** Ends the current stage, if there is one, and takes its bar away. */
  end(): void;
  writeLine(line: string): void;
}

const REDRAWS_PER_SECOND = 10;

/** For a stderr that is no terminal: lines only. */
export function plainProgress(write: (text: string) => void): Progress {
  return { begin() {}, end() {}, writeLine: (line) => write(`${line}\n`) };
}

/** For a terminal: a bar that redraws itself and is wiped when its stage ends. */
export function terminalProgress(stream: Writable, colour: boolean): Progress {
  let current: { bars: MultiBar; timer: ReturnType<typeof setInterval> } | null = null;
  const paint = (text: string) => colour ? `\x1b[36m${text}\x1b[0m` : text;
  const end = () => {
    if (current === null) return;
    clearInterval(current.timer);
    current.bars.stop();
    current = null;
  };
  return {
    begin({ label, total, finished }) {
      end();
      const extent = total === null
        ? "{value} requests"
        : `${paint("{bar}")} {percentage}%  {value}/{total}`;
      const bars = new MultiBar({
        stream,
        fps: REDRAWS_PER_SECOND,
        clearOnComplete: true,
        hideCursor: false,
        // Ctrl-C belongs to the run, which ends the stage itself.
        gracefulExit: false,
        format: `${label} ${extent}  {rate} req/s`,
      }, Presets.shades_classic);
      const bar = bars.create(total ?? 1, 0, { rate: 0 });
      const startMs = performance.now();
      const update = () => {
        const elapsedSeconds = (performance.now() - startMs) / 1000;
        bar.update(finished(), { rate: Math.round(finished() / Math.max(elapsedSeconds, 0.001)) });
      };
      current = { bars, timer: setInterval(update, 1000 / REDRAWS_PER_SECOND) };
    },
    end,
    writeLine(line) {
      if (current === null) stream.write(`${line}\n`);
      else current.bars.log(`${line}\n`);
    },
  };
}
