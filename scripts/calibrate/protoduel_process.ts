import { fileURLToPath } from "node:url";
import type { Report } from "../../lib/report/report.ts";
import { V8_FLAGS } from "../v8_flags.ts";
import { pinned } from "./pinned.ts";
import type { Targets } from "./server_processes.ts";

const MAIN = fileURLToPath(new URL("../../main.ts", import.meta.url));

/**
 * Runs protoduel as its users do.
 *
 * @param cores That it may use, as taskset lists them.
 */
export async function runProtoduel(
  options: readonly string[],
  { rest, grpc }: Targets,
  cores: string,
): Promise<Report> {
  const { program, args } = await pinned(cores, Deno.execPath(), [
    ...["run", "--quiet", "--no-prompt", V8_FLAGS],
    ...["--allow-net=127.0.0.1", "--allow-read", "--allow-env", "--allow-run", MAIN, "run"],
    ...["--rest-url", rest.display, "--grpc-url", grpc.display, "-o", "json", ...options],
  ]);
  const { stdout, stderr, code } = await new Deno.Command(program, {
    args: [...args],
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  if (code !== 0) throw new Error(`Cannot run protoduel: ${decoder.decode(stderr)}`);
  return JSON.parse(decoder.decode(stdout));
}
