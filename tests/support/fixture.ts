import { fromFileUrl } from "./paths.ts";

/** The text of a file in `tests/fixtures`. */
export function fixture(name: string): string {
  return Deno.readTextFileSync(fromFileUrl(`../fixtures/${name}`));
}
