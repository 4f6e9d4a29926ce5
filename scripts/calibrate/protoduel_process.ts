import { fileURLToPath } from "node:url";
import type { Report } from "../../lib/report/report.ts";
import type { Targets } from "./server_processes.ts";

const MAIN = fileURLToPath(new URL("../../main.ts", import.meta.url));

/** Runs protoduel as its users do, on the core of this process. */
export async function runProtoduel(
  options: readonly string[],
  { rest, grpc }: Targets,
): Promise<Report> {
  const { stdout, stderr, code } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "--quiet", "--no-prompt", "--v8-flags=--max-semi-space-size=4"],
      ...["--allow-net=127.0.0.1", "--allow-read", "--allow-env", MAIN, "run"],
      ...["--rest-url", rest.display, "--grpc-url", grpc.display, "-o", "json", ...options],
    ],
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  if (code !== 0) throw new Error(`Cannot run protoduel: ${decoder.decode(stderr)}`);
  return JSON.parse(decoder.decode(stdout));
}
