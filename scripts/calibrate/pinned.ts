import { cpus } from "node:os";
import { findProgram } from "../bench/find_program.ts";

/** Clients and servers do not share a core, where there are two and the system can pin a process. */
export const CLIENT_CORE = "0";
export const SERVER_CORE = String(cpus().length - 1);
export const ALL_CORES = `0-${cpus().length - 1}`;

/** A command on some of the cores, as taskset lists them. */
export interface PinnedCommand {
  readonly program: string;
  readonly args: readonly string[];
}

export async function pinned(
  cores: string,
  program: string,
  args: readonly string[],
): Promise<PinnedCommand> {
  const taskset = await findProgram("taskset");
  return taskset === null
    ? { program, args }
    : { program: taskset, args: ["-c", cores, program, ...args] };
}

/** Moves this process, with the threads that it has and will have, to the clients' core. */
export async function pinSelf(): Promise<void> {
  const taskset = await findProgram("taskset");
  if (taskset === null) return;
  const args = ["-a", "-c", "-p", CLIENT_CORE, String(Deno.pid)];
  const { success } = await new Deno.Command(taskset, { args, stdout: "null" }).output();
  if (!success) throw new Error(`Cannot pin this process to core "${CLIENT_CORE}".`);
}
