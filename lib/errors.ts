import { ExitCode } from "./exit_code.ts";

/**
 * An error whose message is meant for the user and whose kind decides the exit code.
 * Every message follows one grammar: what could not be done, the value in quotes, what would be
 * right, the next step.
 */
export abstract class ProtoduelError extends Error {
  abstract readonly exitCode: ExitCode;
}

/** The command line or an input file is wrong; nothing was sent. */
export class UsageError extends ProtoduelError {
  override readonly name = "UsageError";
  override readonly exitCode = ExitCode.badUsage;

  /** @param usage The lines that follow the message: how the command is called. */
  constructor(message: string, readonly usage: string = "") {
    super(message);
  }
}

/** At least one target did not answer the preflight as it should; nothing beyond the probe was sent. */
export class TargetUnavailableError extends ProtoduelError {
  override readonly name = "TargetUnavailableError";
  override readonly exitCode = ExitCode.targetUnavailable;
}

/** The user stopped the run before the load: there is nothing to show. */
export class InterruptedError extends ProtoduelError {
  override readonly name = "InterruptedError";
  override readonly exitCode = ExitCode.interrupted;
}

/** There is a result, and no place for it. */
export class ResultNotWrittenError extends ProtoduelError {
  override readonly name = "ResultNotWrittenError";
  override readonly exitCode = ExitCode.resultNotWritten;
}

/** Who read the result went away before it was whole, perhaps with all that was wanted: nobody is told. */
export class ReaderGoneError extends ProtoduelError {
  override readonly name = "ReaderGoneError";
  override readonly exitCode = ExitCode.resultNotWritten;
}

/** The reference servers could not be brought up. */
export class ServerStartError extends ProtoduelError {
  override readonly name = "ServerStartError";
  override readonly exitCode = ExitCode.targetUnavailable;
}

/** What an error says, in one line; anything may be thrown. */
export function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.split("\n", 1)[0]!;
}
