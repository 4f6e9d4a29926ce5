import { cut } from "../terminal/cut.ts";
import { isRecord } from "./record.ts";

/** A field that does not mean the same in two documents, as a path such as `address.city`, cut to a bound. */
export interface FieldDifference {
  readonly name: string;
  /** Whether one side carries nothing there, or each something of its own. */
  readonly kind: "only-in-first" | "only-in-second" | "other-value";
}

/**
 * Compares a JSON document with a decoded protobuf message by meaning, not by spelling: key case and
 * underscores do not count, nor do the forms that the proto3 JSON mapping allows (a 64-bit integer as
 * a string, a default value left out).
 *
 * Takes time and memory in proportion to both documents, however deep they are nested and whatever their
 * fields are called. How large a document may be, and how deep, is for whoever decodes it to bound.
 *
 * @returns One for each field that differs, sorted by name.
 */
export function differingFields(first: unknown, second: unknown): FieldDifference[] {
  const differing: Differences = new Map();
  const pairs: Pair[] = [{ first, second, path: "" }];
  for (let pair = pairs.pop(); pair !== undefined; pair = pairs.pop()) {
    const parts = partsOf(pair);
    if (parts === null) compareLeaves(pair, differing);
    else for (const part of parts) pairs.push(part);
  }
  return [...differing]
    .map(([name, kind]) => ({ name, kind }))
    .sort((a, b) => a.name < b.name ? -1 : 1);
}

type Differences = Map<string, FieldDifference["kind"]>;

/** Two values that stand in the same place. */
interface Pair {
  readonly first: unknown;
  readonly second: unknown;
  readonly path: string;
}

/** Each is cut, or a name as long as a document would be copied for every field below it. */
const MOST_NAME_CHARACTERS = 60;
const MOST_PATH_CHARACTERS = 160;

/** @returns `null` where the two are to be compared as they are. */
function partsOf({ first, second, path }: Pair): Pair[] | null {
  if (isRecord(first) && isRecord(second)) {
    const firstFields = byNormalizedKey(first);
    const secondFields = byNormalizedKey(second);
    const keys = new Set([...firstFields.keys(), ...secondFields.keys()]);
    return Array.from(keys, (key) => {
      const [a, b] = [firstFields.get(key), secondFields.get(key)];
      const name = cut(a?.name ?? b?.name ?? key, MOST_NAME_CHARACTERS);
      return {
        first: a?.value,
        second: b?.value,
        path: cut(path === "" ? name : `${path}.${name}`, MOST_PATH_CHARACTERS),
      };
    });
  }
  if (Array.isArray(first) && Array.isArray(second) && first.length === second.length) {
    return first.map((item, index) => ({ first: item, second: second[index], path }));
  }
  return null;
}

function compareLeaves({ first, second, path }: Pair, into: Differences): void {
  if (meansTheSame(first, second)) return;
  const name = path === "" ? "(the whole answer)" : path;
  const kind = kindOf(first, second);
  // The items of a list share a name, and may differ in more than one way.
  into.set(name, (into.get(name) ?? kind) === kind ? kind : "other-value");
}

function kindOf(first: unknown, second: unknown): FieldDifference["kind"] {
  if (isNothing(first)) return "only-in-second";
  return isNothing(second) ? "only-in-first" : "other-value";
}

/** Whether there is no content; a number or a boolean always is some, a default one, too. */
function isNothing(value: unknown): boolean {
  if (value === undefined || value === null || value === "") return true;
  return typeof value === "object" && Object.keys(value).length === 0;
}

function byNormalizedKey(record: Record<string, unknown>) {
  return new Map(
    Object.entries(record).map(([name, value]) => [
      name.replaceAll(/[_-]/g, "").toLowerCase(),
      { name, value },
    ]),
  );
}

/** Whether two values that have no parts in common mean the same; absent and proto3 defaults are one. */
function meansTheSame(first: unknown, second: unknown): boolean {
  if (isDefault(first) || isDefault(second)) return isDefault(first) && isDefault(second);
  // A list of another length, or a list and a record: nothing that could be the same.
  if (typeof first === "object" || typeof second === "object") return false;
  return String(first) === String(second);
}

function isDefault(value: unknown): boolean {
  return isNothing(value) || value === false || value === 0 || value === "0";
}
