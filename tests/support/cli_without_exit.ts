/** The command line without `Deno.exit` after it: the process ends only if nothing is left to wait for. */
import { inProcess } from "./in_process.ts";

const { stdout, code } = await inProcess(Deno.args);
Deno.stdout.writeSync(new TextEncoder().encode(stdout));
Deno.exitCode = code;
