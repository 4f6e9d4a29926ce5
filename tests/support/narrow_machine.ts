import { fromFileUrl } from "./paths.ts";
import { finished, type ProcessResult, protoduelCommand } from "./process.ts";

const PYTHON = "/usr/bin/python3";
const SCRIPT = fromFileUrl("../third_party/narrow_machine.py");

/** What the machine has little of. */
export type Shortage = "files" | "ports";

function command(shortage: Shortage, count: number, args: readonly string[]): Deno.Command {
  return new Deno.Command(PYTHON, {
    args: [SCRIPT, shortage, String(count), ...args],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  });
}

/** Whether this machine can be made that narrow: a network of its own takes Linux and root. */
export async function canRunShortOf(shortage: Shortage): Promise<boolean> {
  try {
    return (await command(shortage, 64, [PYTHON, "-c", ""]).output()).success;
  } catch {
    return false;
  }
}

/** Runs `main.ts` in a process of its own that has only so many of them. */
export function protoduelShortOf(
  shortage: Shortage,
  count: number,
  args: readonly string[],
): Promise<ProcessResult> {
  return finished(command(shortage, count, protoduelCommand(args)).spawn());
}
