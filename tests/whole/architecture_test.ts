import assert from "node:assert/strict";
import { posix } from "node:path";
import { fromFileUrl } from "../support/paths.ts";

const ROOT = fromFileUrl("../..");

/** The folders of `lib/`, the top floor first: what stands further down knows nothing of what stands above. */
const FLOORS = [
  "cli.ts",
  "commands",
  "command_line",
  "scenario",
  "formatters",
  "report",
  "self_test",
  "preflight",
  "client_part",
  "measuring",
  "runners",
  "servers",
  "audit",
  "plan",
  "stats/judge",
  "stats/record",
  "clients",
  "requests",
  "net",
  "terminal",
] as const;

/** Files at the root of `lib/` that every floor may use. */
const LEAVES = "leaves";

function floorOf(path: string): string {
  const parts = path.replace(/^lib\//, "").split("/");
  if (parts.length === 1) return parts[0] === "cli.ts" ? "cli.ts" : LEAVES;
  return parts[0] === "stats" ? `stats/${parts[1]}` : parts[0]!;
}

/** Every TypeScript file below a folder, as paths from the root. */
function* filesBelow(folder: string): Generator<string> {
  for (const { name, isDirectory } of Deno.readDirSync(`${ROOT}/${folder}`)) {
    const path = `${folder}/${name}`;
    if (isDirectory) yield* filesBelow(path);
    else if (name.endsWith(".ts")) yield path;
  }
}

function* importsOf(path: string): Generator<string> {
  const text = Deno.readTextFileSync(`${ROOT}/${path}`);
  for (const [, specifier] of text.matchAll(/(?:from|import\(?)\s*"(\.[^"]+)"/g)) {
    const target = posix.normalize(posix.join(posix.dirname(path), specifier!));
    if (target.startsWith("lib/") && target.endsWith(".ts")) yield target;
  }
}

Deno.test("imports run downwards only, from floor to floor", () => {
  const order: readonly string[] = [...FLOORS, LEAVES];
  const upwards: string[] = [];
  for (const path of filesBelow("lib")) {
    const floor = order.indexOf(floorOf(path));
    assert.ok(floor >= 0, `${path} stands on no floor that ARCHITECTURE.md knows`);
    for (const target of importsOf(path)) {
      if (order.indexOf(floorOf(target)) < floor) upwards.push(`${path} -> ${target}`);
    }
  }
  assert.deepEqual(upwards, []);
});

Deno.test("the statistics and the audit know sides without names", () => {
  const named = ["lib/stats", "lib/audit"].flatMap((folder) => [...filesBelow(folder)])
    .filter((path) =>
      /\b(ProtocolKey|ProtocolLabel|PROTOCOLS|LABELS)\b/.test(
        Deno.readTextFileSync(`${ROOT}/${path}`),
      )
    );
  assert.deepEqual(named, []);
});
