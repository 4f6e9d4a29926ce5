import { parseCommandLine } from "./command_line/parse.ts";
import type { Command } from "./command_line/command.ts";
import { demo } from "./commands/demo.ts";
import type { Host } from "./commands/host.ts";
import { readOperation } from "./commands/own_operation.ts";
import { reflect } from "./commands/reflect.ts";
import { renderReport } from "./commands/report.ts";
import { run } from "./commands/run.ts";
import { selfTestCommand } from "./commands/self_test.ts";
import { serve } from "./commands/serve.ts";
import { serveNull } from "./commands/serve_null.ts";
import { readTlsSettings } from "./commands/tls_files.ts";
import type { Surroundings } from "./measuring/measurement.ts";
import { STANDSTILL_MS } from "./runners/load_watch.ts";
import { ProtoduelError, ReaderGoneError, reasonOf, UsageError } from "./errors.ts";
import { ExitCode } from "./exit_code.ts";
import { cut } from "./terminal/cut.ts";
import { type Redact, redaction } from "./terminal/redaction.ts";
import { createLog } from "./terminal/log.ts";
import type { Progress } from "./terminal/progress.ts";

/** What the command line needs of a terminal. */
export interface TerminalOptions {
  readonly progress: Progress;
  readonly colour: boolean;
}

/**
 * The whole program but for the process around it: never exits and never throws.
 *
 * @returns What the process is to exit with.
 */
export async function runCli(
  args: readonly string[],
  host: Host,
  { progress, colour }: TerminalOptions,
): Promise<ExitCode> {
  let redact: Redact = (text) => text;
  const writeLine = (line: string) => progress.writeLine(redact(line));
  const logOptions = { writeLine, colour };
  const quietLog = createLog({ ...logOptions, verbose: false });
  try {
    const command = parseCommandLine(args, host.cores);
    const verbose = "presentation" in command && command.presentation.verbose;
    const log = verbose ? createLog({ ...logOptions, verbose }) : quietLog;
    const { clock, cpuClock, interrupt, standstillMs = STANDSTILL_MS } = host;
    const surroundings = { clock, cpuClock, interrupt, log, progress, standstillMs };
    const keepSecret = (secrets: readonly string[]) => redact = redaction(secrets);
    const writeResult = (text: string) => host.writeResult(redact(text));
    const discreet = { ...host, writeResult };
    return await Promise.race([
      execute(command, discreet, surroundings, keepSecret),
      host.unheardError,
    ]);
  } catch (error) {
    if (error instanceof ProtoduelError) {
      const lines = error instanceof ReaderGoneError ? [] : error.message.split("\n");
      for (const line of lines) quietLog.error(line);
      if (error instanceof UsageError && error.usage !== "") progress.writeLine(error.usage);
      return error.exitCode;
    }
    const reason = cut(reasonOf(error));
    quietLog.error(`Cannot go on, because of a mistake in protoduel itself: ${reason}`);
    return ExitCode.internalError;
  }
}

async function execute(
  command: Command,
  host: Host,
  surroundings: Surroundings,
  keepSecret: (secrets: readonly string[]) => void,
): Promise<ExitCode> {
  // After what may be wrong with the files that the options name: an error comes first.
  const tellAdjustments = (adjustments: readonly string[]) => {
    for (const adjustment of adjustments) surroundings.log.note(adjustment);
  };
  switch (command.kind) {
    case "run": {
      const tls = await readTlsSettings(command.tlsFiles, host);
      const { grpc } = command.plan.targets;
      const operation = await readOperation(
        command.operation,
        command.plan.userIdRange,
        host,
        keepSecret,
        (service, metadata) => reflect({ target: grpc, tls, service, metadata }, host.interrupt),
      );
      tellAdjustments(command.adjustments);
      return run({ ...command.plan, operation, tls }, command.presentation, host, surroundings);
    }
    case "demo":
      tellAdjustments(command.adjustments);
      return demo(command.plan, command.presentation, command.servers, host, surroundings);
    case "serve":
      return serve(command.servers, command.endsWithStdin, host, surroundings.log);
    case "self-test":
      tellAdjustments(command.adjustments);
      return selfTestCommand(command.plan, command.runs, command.presentation, host, surroundings);
    case "serve-null":
      return serveNull(host);
    case "report":
      return renderReport(command.file, command.formatter, host);
    case "text":
      return host.writeResult(command.text).then(() => ExitCode.measured);
  }
}
