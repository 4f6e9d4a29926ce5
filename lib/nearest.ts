import { closest, distance } from "fastest-levenshtein";

/** More than a third of a name mistyped is another name. */
const LARGEST_SHARE = 1 / 3;

/** The name that was probably meant; `null` where none is near. Case does not count. */
export function nearest(typed: string, names: readonly string[]): string | null {
  if (names.length === 0) return null;
  const lowerCase = typed.toLowerCase();
  const byLowerCase = new Map(names.map((name) => [name.toLowerCase(), name]));
  const near = closest(lowerCase, [...byLowerCase.keys()]);
  const allowed = Math.max(1, Math.floor(Math.max(typed.length, near.length) * LARGEST_SHARE));
  return distance(lowerCase, near) <= allowed ? byLowerCase.get(near)! : null;
}
