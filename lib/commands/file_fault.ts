import { cut } from "../terminal/cut.ts";

/** Why a file could not be read, without its path: that may be a secret that was put in its place. */
export function fileFault(error: unknown): string {
  if (error instanceof Deno.errors.NotCapable) return "this Deno may not read it (--allow-read)";
  const reason = error instanceof Error ? error.message : String(error);
  // Deno says what it tried, and on which path: "No such file or directory (os error 2): open '/path'".
  return cut(reason.replace(/: \w+ ['"].*$/s, ""));
}
