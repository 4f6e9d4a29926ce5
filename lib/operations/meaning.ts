/** A field that does not mean the same in two documents, as a path such as `address.city`. */
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
 * @returns One for each field that differs, sorted by name.
 */
export function differingFields(first: unknown, second: unknown): FieldDifference[] {
  const differing: Differences = new Map();
  collectDifferences(first, second, "", differing);
  return [...differing]
    .map(([name, kind]) => ({ name, kind }))
    .sort((a, b) => a.name < b.name ? -1 : 1);
}

type Differences = Map<string, FieldDifference["kind"]>;

function collectDifferences(first: unknown, second: unknown, path: string, into: Differences) {
  if (isRecord(first) && isRecord(second)) {
    const firstFields = byNormalizedKey(first);
    const secondFields = byNormalizedKey(second);
    for (const key of new Set([...firstFields.keys(), ...secondFields.keys()])) {
      const [a, b] = [firstFields.get(key), secondFields.get(key)];
      const name = a?.name ?? b?.name ?? key;
      collectDifferences(a?.value, b?.value, path === "" ? name : `${path}.${name}`, into);
    }
    return;
  }
  if (Array.isArray(first) && Array.isArray(second) && first.length === second.length) {
    first.forEach((item, index) => collectDifferences(item, second[index], path, into));
    return;
  }
  if (canonical(first) === canonical(second)) return;
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

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function byNormalizedKey(record: Record<string, unknown>) {
  return new Map(
    Object.entries(record).map(([name, value]) => [
      name.replaceAll(/[_-]/g, "").toLowerCase(),
      { name, value },
    ]),
  );
}

/** Maps a leaf to a text that is equal for equal meanings; absent and proto3 defaults are one. */
function canonical(value: unknown): string {
  if (value === undefined || value === null || value === "" || value === false) return "default";
  if (value === 0 || value === "0") return "default";
  if (Array.isArray(value)) return value.length === 0 ? "default" : JSON.stringify(value);
  if (isRecord(value)) return Object.keys(value).length === 0 ? "default" : JSON.stringify(value);
  return String(value);
}
