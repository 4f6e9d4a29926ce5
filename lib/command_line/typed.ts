import { quoted } from "../terminal/quoted.ts";

/** The values of options as they were typed, by the option's long name without its dashes. */
export type Typed = ReadonlyMap<string, string>;

/** An option as it was given, in a message: `--duration "30s"`. */
export function asTyped(typed: Typed, name: string): string {
  const value = typed.get(name);
  return value === undefined ? `--${name}` : `--${name} ${quoted(value)}`;
}
