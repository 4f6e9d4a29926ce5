/**
 * Compares a JSON document with a decoded protobuf message by meaning, not by spelling: key case and
 * underscores do not count, nor do the forms that the proto3 JSON mapping allows (a 64-bit integer as
 * a string, a default value left out).
 *
 * @returns The names of the fields that differ, as paths such as `address.city`, sorted.
 */
export function differingFields(first: unknown, second: unknown): string[] {
  const differing = new Set<string>();
  collectDifferences(first, second, "", differing);
  return [...differing].sort();
}

function collectDifferences(first: unknown, second: unknown, path: string, into: Set<string>) {
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
  if (canonical(first) !== canonical(second)) into.add(path === "" ? "(the whole answer)" : path);
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
