import type { Option } from "commander";
import { cut } from "../terminal/cut.ts";
import { quoted } from "../terminal/quoted.ts";
import { type ForeignOption, foreignOption } from "./foreign_options.ts";
import { type CommandName, COMMANDS, isCommandName } from "./help.ts";
import { nearest } from "./nearest.ts";
import { OPTIONS } from "./options.ts";

/** What every command has besides its own. */
const COMMON_OPTIONS = ["-h", "--help", "-V", "--version"];

/**
 * What is wrong with an option that a command does not know, and what serves instead.
 *
 * @param typed With whatever came attached to it, which may be secret and is not repeated.
 */
export function unknownOption(command: CommandName, typed: string): string {
  const name = nameOf(typed);
  if (isOf(command, name)) return `Cannot use ${name} with a value: expected it alone.`;
  return `Unknown option ${name}: ${remedyFor(command, name)}`;
}

/** Whether this is an option's whole word behind a single dash, as Go's flags are written. */
export function hasOneDashForTwo(command: CommandName, typed: string): boolean {
  if (!/^-[A-Za-z][A-Za-z0-9-]+(=|$)/.test(typed)) return false;
  const name = beforeValue(typed);
  return isOf(command, `-${name}`) || foreignOption(name) !== undefined;
}

/** What is wrong with an option that lacks its value. @param typed Perhaps several letters in one. */
export function missingValue(command: CommandName, typed: string): string {
  const known = optionOf(command, typed) ?? optionOf(command, `-${typed.at(-1)}`);
  return `Cannot use the option ${quoted(known?.flags ?? typed)}: expected a value after it.`;
}

/** What is wrong with an option that has another value already. @param name Without its dashes. */
export function givenTwice(name: string, first: string, second: string): string {
  return `Cannot use --${name} twice, with ${quoted(first)} and ${
    quoted(second)
  }: expected it once.`;
}

/** What is wrong with an argument that is no option, where none is wanted. */
export function excessArgument(command: CommandName, typed: string): string {
  const start = `Cannot use the argument ${quoted(typed)}`;
  if (isCommandName(typed)) return `${start}: expected a command to come first.`;
  return `${start}: ${wantedInstead(command, typed) ?? "expected options only"}.`;
}

/** What is wrong with a first argument that is neither an option nor a command. */
export function unknownCommand(typed: string): string {
  const wanted = wantedInstead("run", typed);
  if (wanted !== null) return `Cannot use the argument ${quoted(typed)}: ${wanted}.`;
  const names = Object.keys(COMMANDS);
  const near = nearest(typed, names);
  const start = `Cannot run the command ${quoted(typed)}`;
  return near === null
    ? `${start}: expected one of ${names.join(", ")}.`
    : `${start}: did you mean ${near}?`;
}

/** `null` where nothing tells what it was meant for. */
function wantedInstead(command: CommandName, typed: string): string | null {
  if (command === "report") return "expected a single FILE";
  if (/^\d+$/.test(typed) && isOf(command, "--requests")) return "expected -r before a number";
  const address = /^[a-z][a-z0-9+.-]*:\/\/|:\d+(\/|$)/i.test(typed);
  if (!address || !isOf(command, "--rest-url")) return null;
  return "expected --rest-url or --grpc-url before an address";
}

function remedyFor(command: CommandName, name: string): string {
  const twoDashes = `-${name}`;
  if (isOf(command, twoDashes)) return `did you mean ${twoDashes}?`;
  const foreign = loads(command) ? foreignOption(name) : undefined;
  if (foreign !== undefined) {
    const remedy = foreignRemedy(command, foreign);
    if (remedy !== null) return remedy;
  }
  const near = nearest(name, namesOf(command).filter((it) => it.startsWith("--")));
  if (near !== null) return `did you mean ${near}?`;
  const owners = (Object.keys(COMMANDS) as CommandName[]).filter((other) => isOf(other, name));
  return owners.length === 0
    ? "expected one of those that --help lists."
    : `it is an option of ${owners.join(", ")}, not of ${command}.`;
}

/** `null` where the command lacks what would serve. */
function foreignRemedy(
  command: CommandName,
  { serves, remark }: ForeignOption,
): string | null {
  const served = serves.filter((name) => isOf(command, name.split(" ")[0]!));
  if (served.length === 0) return serves.length > 0 || remark === undefined ? null : `${remark}.`;
  const question = `did you mean ${served.join(" or ")}?`;
  return remark === undefined ? question : `${question} (${remark})`;
}

/** Whether a command sends a load, which is what other programs' options are about. */
function loads(command: CommandName): boolean {
  return isOf(command, "--concurrency");
}

/** The option's name alone: what is attached to one letter, or follows a `=`, is its value. */
function nameOf(typed: string): string {
  const name = beforeValue(typed);
  if (name.startsWith("--") || foreignOption(name) !== undefined) return name;
  const letter = name.slice(0, 2);
  const isWord = /^-[A-Za-z-]+$/.test(name) && foreignOption(letter) === undefined;
  return isWord ? name : letter;
}

/** Cut, since it is repeated: nothing says that what was typed is an option at all. */
function beforeValue(typed: string): string {
  return cut(/^-{0,2}[\w.-]*/.exec(typed)![0]);
}

function isOf(command: CommandName, name: string): boolean {
  return namesOf(command).includes(name);
}

function optionOf(command: CommandName, name: string): Option | undefined {
  return OPTIONS[command].find(({ short, long }) => short === name || long === name);
}

function namesOf(command: CommandName): string[] {
  const shown = OPTIONS[command].filter(({ hidden }) => !hidden);
  return [
    ...shown.flatMap(({ short, long }) => [short, long]).filter((name) => name !== undefined),
    ...COMMON_OPTIONS,
  ];
}
