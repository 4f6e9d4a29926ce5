import { fromFileUrl } from "./paths.ts";

/** What a finished process left behind. */
export interface ProcessResult {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number;
}

const MAIN = fromFileUrl("../../main.ts");
/** What `run` needs, and no more. */
export const BASE_PERMISSIONS = [
  "--no-prompt",
  "--allow-net",
  "--allow-env=GRPC_*,HTTP_PROXY,HTTPS_PROXY,ALL_PROXY,http_proxy,https_proxy,all_proxy",
];

/** The permissions that each command's task grants, and no more. */
function permissionsFor(command: string | undefined): string[] {
  if (command === "serve") return BASE_PERMISSIONS;
  if (command === "report") return [...BASE_PERMISSIONS, "--allow-read"];
  return [...BASE_PERMISSIONS, "--allow-read", `--allow-run=${Deno.execPath()}`];
}

/** What a process is started with besides its arguments. */
interface Surroundings {
  /** Added to this process's own. */
  readonly environment?: Readonly<Record<string, string>>;
  readonly stdin?: "null" | "piped";
}

/** The program and the arguments that run `main.ts` as the tasks do. */
export function protoduelCommand(args: readonly string[]): [program: string, ...string[]] {
  const flags = ["run", "--quiet", "--cached-only", ...permissionsFor(args[0])];
  return [Deno.execPath(), ...flags, MAIN, ...args];
}

/** Starts `main.ts` in a process of its own. */
export function startProtoduel(
  args: readonly string[],
  { environment = {}, stdin = "null" }: Surroundings = {},
): Deno.ChildProcess {
  const [program, ...itsArgs] = protoduelCommand(args);
  return new Deno.Command(program, {
    args: itsArgs,
    env: environment,
    stdin,
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

export async function finished(child: Deno.ChildProcess): Promise<ProcessResult> {
  const { stdout, stderr, code } = await child.output();
  const decoder = new TextDecoder();
  return { stdout: decoder.decode(stdout), stderr: decoder.decode(stderr), code };
}

export function protoduel(...args: string[]): Promise<ProcessResult> {
  return finished(startProtoduel(args));
}
