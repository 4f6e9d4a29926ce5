// deno-lint-ignore-file no-console -- a table on the terminal is all that this script makes
/**
 * Measures on this machine whether protoduel keeps what it promises: that a server seldom beats itself, that
 * real differences are found, that reported times are true, and that a busy client says so.
 *
 *     deno task calibrate [--short] [text that a part's name must hold, such as "fidelity"]
 *
 * The client has one core and the servers another, where taskset is installed. Ends with 1 where a promise
 * is not kept.
 */
import { cpus } from "node:os";
import { CLIENT_BOUND_PART } from "./calibrate/client_bound_part.ts";
import { equalsPart } from "./calibrate/equals_part.ts";
import { fidelityPart } from "./calibrate/fidelity_part.ts";
import { kneePart } from "./calibrate/knee_part.ts";
import type { Part } from "./calibrate/part.ts";
import { pinSelf } from "./calibrate/pinned.ts";
import { delayPowerPart, referencePowerPart } from "./calibrate/power_part.ts";
import { stallPart } from "./calibrate/stall_part.ts";

const PARTS: readonly Part[] = [
  equalsPart("rest", "wire"),
  equalsPart("grpc", "wire"),
  equalsPart("rest", "native"),
  equalsPart("grpc", "native"),
  delayPowerPart("rest", 20),
  delayPowerPart("grpc", 20),
  delayPowerPart("rest", 1),
  delayPowerPart("grpc", 1),
  referencePowerPart("rest", 20),
  referencePowerPart("grpc", 20),
  referencePowerPart("rest", 1),
  referencePowerPart("grpc", 1),
  fidelityPart("wire"),
  fidelityPart("native"),
  stallPart("wire"),
  stallPart("native"),
  kneePart("wire", 100),
  kneePart("wire", 500),
  kneePart("wire", 2000),
  kneePart("native", 500),
  CLIENT_BOUND_PART,
];

function line(cells: readonly string[]): string {
  return `| ${cells.join(" | ")} |`;
}

const effort = Deno.args.includes("--short") ? "short" : "full";
const wanted = Deno.args.find((text) => !text.startsWith("--")) ?? "";
await pinSelf();
console.log(
  `${new Date().toISOString().slice(0, 10)}, deno ${Deno.version.deno}, ${Deno.build.target}, ` +
    `${cpus()[0]?.model ?? "unknown processor"}, ${cpus().length} cores, ${effort}\n`,
);
console.log(line(["what", "promised", "measured", "kept"]));
console.log(line(Array(4).fill("---")));
let broken = 0;
const times: string[] = [];
for (const part of PARTS.filter(({ name }) => name.includes(wanted))) {
  const startMs = performance.now();
  for (const { measurement, promised, measured, kept } of await part.measure(effort)) {
    console.log(line([measurement, promised, measured, kept ? "yes" : "**no**"]));
    if (!kept) broken++;
  }
  times.push(`${part.name}: ${((performance.now() - startMs) / 1000).toFixed(0)} s`);
}
console.log(`\nTime taken: ${times.join("; ")}.`);
Deno.exit(broken === 0 ? 0 : 1);
