import { Command as Parser, CommanderError, type OptionValues } from "commander";
import { UsageError } from "../errors.ts";
import { TOOL_VERSION } from "../version.ts";
import { type CommandName, COMMANDS, EXAMPLES, usageArguments, usageOf } from "./help.ts";
import { REPEATABLE } from "./operation_options.ts";
import { OPTIONS, POSITIONALS } from "./options.ts";
import type { Typed } from "./typed.ts";
import {
  excessArgument,
  givenTwice,
  hasOneDashForTwo,
  missingValue,
  unknownOption,
} from "./wrong_argument.ts";

/** What every terminal has, and a page of a manual: wider ones are not asked. */
const HELP_WIDTH = 80;

/** A command's arguments, each valid in itself. */
export interface Parsed {
  readonly kind: "parsed";
  readonly positionals: readonly string[];
  readonly typed: Typed;
  /** @template Options What `OPTIONS` of the command hold. */
  options<Options extends OptionValues>(): Options;
}

/** What was asked for instead of the command: its help, or the version. */
export interface AskedText {
  readonly kind: "text";
  readonly text: string;
}

/** @throws {UsageError} with the command's usage, where an argument cannot be used. */
export function parseArguments(name: CommandName, args: readonly string[]): Parsed | AskedText {
  let text = "";
  const typed = new Map<string, string>();
  const parser = parserOf(name)
    .configureOutput({ writeOut: (written) => text += written, writeErr: () => {} });
  for (const option of OPTIONS[name]) {
    parser.on(`option:${option.name()}`, (value: string | null | undefined) => {
      const before = typed.get(option.name());
      const replaces = before !== undefined && before !== (value ?? "") &&
        !REPEATABLE.has(option.name());
      if (replaces) throw new UsageError(givenTwice(option.name(), before, value ?? ""));
      typed.set(option.name(), value ?? "");
    });
  }
  try {
    parser.parse([...args], { from: "user" });
  } catch (error) {
    if (isAnswered(error)) return { kind: "text", text };
    throw new UsageError(sentenceFor(name, args, error), usageOf(name));
  }
  const excess = parser.args[POSITIONALS[name]];
  if (excess !== undefined) throw new UsageError(excessArgument(name, excess), usageOf(name));
  return {
    kind: "parsed",
    positionals: parser.args,
    typed,
    options: <Options extends OptionValues>() => parser.opts<Options>(),
  };
}

/** The list of the main job's options, as its help shows it. */
export function runOptionsHelp(): string {
  const help = parserOf("run").helpInformation();
  return help.slice(help.indexOf("Options:"));
}

function parserOf(name: CommandName): Parser {
  const parser = new Parser()
    .name(`protoduel ${name}`)
    .description(COMMANDS[name])
    .exitOverride()
    .helpOption("-h, --help", "show this help")
    .version(`protoduel ${TOOL_VERSION}`, "-V, --version", "show the version")
    // The excess is counted above, for a message in this project's own grammar.
    .allowExcessArguments(true)
    .usage(usageArguments(name))
    // Asked of the terminal, width and colours would need permissions, and differ from place to place.
    .configureOutput({ getOutHelpWidth: () => HELP_WIDTH, getOutHasColors: () => false })
    .addHelpText("after", `\nExamples:\n${EXAMPLES[name].map((line) => `  ${line}\n`).join("")}`);
  for (const known of OPTIONS[name]) parser.addOption(known);
  return parser;
}

function isAnswered(error: unknown): boolean {
  return error instanceof CommanderError &&
    (error.code === "commander.helpDisplayed" || error.code === "commander.version");
}

/** Puts what stopped the parser into this project's one grammar. */
function sentenceFor(name: CommandName, args: readonly string[], error: unknown): string {
  // `-rate 50` reads as `-r ate`: what went wrong began with the missing dash.
  const oneDash = args.find((arg) => hasOneDashForTwo(name, arg));
  if (oneDash !== undefined) return unknownOption(name, oneDash);
  if (error instanceof UsageError) return error.message;
  if (!(error instanceof CommanderError)) throw error;
  switch (error.code) {
    case "commander.unknownOption":
      return unknownOption(name, parserOf(name).parseOptions([...args]).unknown[0]!);
    case "commander.optionMissingArgument":
      // Nothing follows it, so that it came last.
      return missingValue(name, args.at(-1)!);
    default:
      return `Cannot read the command line: ${error.message}.`;
  }
}
