import { Command as Parser, CommanderError, Option } from "commander";
import type { TlsFiles } from "../commands/tls_files.ts";
import { UsageError } from "../errors.ts";
import { DEFAULT_FORMATTER, FORMATTERS } from "../formatters/formatters.ts";
import type { Formatter } from "../formatters/formatter.ts";
import { randomSeed, type UserIdRange } from "../ids.ts";
import { DEFAULT_OPERATION } from "../operations/operations.ts";
import type { Lens } from "../protocols/lens.ts";
import { isLoopback, type Target } from "../protocols/target.ts";
import { chooseWorkerCount, type LoadSize } from "../runners/worker_count.ts";
import { TOOL_VERSION } from "../version.ts";
import type { Command, Presentation } from "./command.ts";
import {
  type CommandName,
  COMMANDS,
  EXAMPLES,
  isCommandName,
  overview,
  usageArguments,
  usageOf,
} from "./help.ts";
import {
  InvalidValueError,
  parseCount,
  parseFailureRate,
  parseFormatter,
  parseGrpcAddress,
  parseHostname,
  parseLatency,
  parseLens,
  parsePath,
  parsePort,
  parseRestUrl,
  parseSeed,
  parseTimeout,
  parseUserIdRange,
  parseWorkers,
} from "./values.ts";

const DEFAULT_CONCURRENCY = "100";
const HELP_WIDTH = 100;
const DEFAULT_DEMO_REQUESTS = "1000";

interface LoadOptions {
  readonly requests: number;
  readonly userIdRange: UserIdRange;
  readonly concurrency: number;
  readonly timeout: number;
  readonly workers?: number;
  readonly connections: number;
  readonly seed?: number;
  readonly client: Lens;
  readonly output: Formatter;
  readonly verbose?: true;
}

interface TargetOptions {
  readonly restUrl: Target;
  readonly grpcUrl: Target;
}

interface TlsOptions {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly insecure?: true;
}

interface BehaviourOptions {
  readonly latency: number;
  readonly failureRate: number;
}

interface ServeOptions extends BehaviourOptions {
  readonly host: string;
  readonly restPort: number;
  readonly grpcPort: number;
  readonly seed?: number;
  readonly endWithStdin?: true;
  readonly null?: true;
}

/**
 * Turns the arguments into a command. Reads and prints nothing.
 *
 * @param cores How many this machine has: the number of threads is chosen by it.
 * @throws {UsageError} whose one line names the option, the value and what would be right.
 */
export function parseCommandLine(args: readonly string[], cores: number): Command {
  const [first, ...rest] = args;
  if (first === "-h" || first === "--help") return { kind: "text", text: overviewWithOptions() };
  if (first === "-V" || first === "--version") {
    return { kind: "text", text: `protoduel ${TOOL_VERSION}\n` };
  }
  if (first === "help") {
    return rest.length === 0
      ? { kind: "text", text: overviewWithOptions() }
      : parseCommandLine([...rest, "--help"], cores);
  }
  if (first !== undefined && isCommandName(first)) return parseCommand(first, rest, cores);
  if (first !== undefined && !first.startsWith("-")) {
    throw new UsageError(
      `Cannot run the command ${quote(first)}: expected one of ${
        Object.keys(COMMANDS).join(", ")
      }.`,
      usageOf("run"),
    );
  }
  return parseCommand("run", args, cores);
}

function parseCommand(name: CommandName, args: readonly string[], cores: number): Command {
  switch (name) {
    case "run":
      return parseRun(args, cores);
    case "demo":
      return parseDemo(args, cores);
    case "serve":
      return parseServe(args);
    case "report":
      return parseReport(args);
  }
}

function parseRun(args: readonly string[], cores: number): Command {
  const parsed = parseWith("run", args);
  if (typeof parsed === "string") return { kind: "text", text: parsed };
  const options = parsed.opts<LoadOptions & TargetOptions & TlsOptions>();
  if (parsed.getOptionValue("requests") === undefined) {
    throw new UsageError(
      "Cannot run without --requests: expected an integer of at least 1, for example -r 500.",
      usageOf("run"),
    );
  }
  const targets = { rest: options.restUrl, grpc: options.grpcUrl };
  const local = isLoopback(targets.rest) || isLoopback(targets.grpc);
  return {
    kind: "run",
    plan: { ...loadFrom(options, { cores, local }), targets },
    tlsFiles: tlsFilesFrom(options),
    presentation: presentationFrom(options),
  };
}

function parseDemo(args: readonly string[], cores: number): Command {
  const parsed = parseWith("demo", args);
  if (typeof parsed === "string") return { kind: "text", text: parsed };
  const options = parsed.opts<LoadOptions & BehaviourOptions>();
  const plan = loadFrom(options, { cores, local: true });
  return {
    kind: "demo",
    plan,
    presentation: presentationFrom(options),
    behaviour: {
      latencyMs: options.latency,
      failureRate: options.failureRate,
      seed: plan.seed,
    },
  };
}

function parseServe(args: readonly string[]): Command {
  const parsed = parseWith("serve", args);
  if (typeof parsed === "string") return { kind: "text", text: parsed };
  const options = parsed.opts<ServeOptions>();
  if (options.null === true) return { kind: "serve-null" };
  const { restPort, grpcPort } = options;
  if (restPort === grpcPort && restPort !== 0) {
    throw new UsageError(
      `Cannot use --grpc-port "${grpcPort}": expected another port than --rest-port has.`,
      usageOf("serve"),
    );
  }
  return {
    kind: "serve",
    servers: {
      hostname: options.host,
      restPort,
      grpcPort,
      latencyMs: options.latency,
      failureRate: options.failureRate,
      seed: options.seed ?? randomSeed(),
    },
    endsWithStdin: options.endWithStdin === true,
  };
}

function parseReport(args: readonly string[]): Command {
  const parsed = parseWith("report", args);
  if (typeof parsed === "string") return { kind: "text", text: parsed };
  const [file] = parsed.args;
  if (file === undefined || file === "") {
    throw new UsageError(
      "Cannot report without a FILE: expected the path of a JSON result, for example results.json.",
      usageOf("report"),
    );
  }
  return { kind: "report", file, formatter: parsed.opts<{ output: Formatter }>().output };
}

function tlsFilesFrom(options: TlsOptions & TargetOptions & LoadOptions): TlsFiles {
  const { ca = null, cert, key, insecure, restUrl, client } = options;
  if ((cert === undefined) !== (key === undefined)) {
    const [given, missing] = cert === undefined
      ? [`--key "${key}"`, "--cert"]
      : [`--cert "${cert}"`, "--key"];
    throw new UsageError(
      `Cannot use ${given} alone: expected ${missing} with it, as the two make one identity.`,
      usageOf("run"),
    );
  }
  if (insecure && restUrl.tls && client === "native") {
    throw new UsageError(
      `Cannot use --insecure with --rest-url "${restUrl.display}" and the native client: fetch ` +
        "always checks certificates; expected --ca with the issuer's certificate, or --client wire.",
      usageOf("run"),
    );
  }
  const identity = cert === undefined || key === undefined ? null : { cert, key };
  return { ca, identity, verifyServer: insecure !== true };
}

function loadFrom(options: LoadOptions, machine: Pick<LoadSize, "cores" | "local">) {
  const { requests } = options;
  const concurrency = Math.min(options.concurrency, requests);
  const workers = options.workers ?? chooseWorkerCount({ requests, concurrency, ...machine });
  return {
    operation: DEFAULT_OPERATION,
    requestsPerProtocol: requests,
    userIdRange: options.userIdRange,
    seed: options.seed ?? randomSeed(),
    concurrency,
    timeoutMs: options.timeout,
    workers: Math.min(workers, concurrency),
    lens: options.client,
    connections: options.connections,
  };
}

function presentationFrom({ output, verbose }: LoadOptions): Presentation {
  return { formatter: output, verbose: verbose === true };
}

/** `protoduel --help`: what there is, and the options of the main job. */
function overviewWithOptions(): string {
  const help = parserOf("run").helpInformation();
  return overview(help.slice(help.indexOf("Options:")));
}

function parserOf(name: CommandName): Parser {
  const parser = new Parser()
    .name(`protoduel ${name}`)
    .description(COMMANDS[name])
    .exitOverride()
    .helpOption("-h, --help", "show this help")
    // The excess is counted below, for a message in this project's own grammar.
    .allowExcessArguments(true)
    .usage(usageArguments(name))
    // Asked of the terminal, width and colours would need permissions, and differ from place to place.
    .configureOutput({ getOutHelpWidth: () => HELP_WIDTH, getOutHasColors: () => false })
    .addHelpText("after", `\nExamples:\n${EXAMPLES[name].map((line) => `  ${line}\n`).join("")}`);
  for (const known of OPTIONS[name]) parser.addOption(known);
  return parser;
}

/** @returns The parser with its results, or the help text where that was asked for. */
function parseWith(name: CommandName, args: readonly string[]): Parser | string {
  let help = "";
  const parser = parserOf(name)
    .configureOutput({ writeOut: (text) => help += text, writeErr: () => {} });
  try {
    parser.parse([...args], { from: "user" });
  } catch (error) {
    if (error instanceof UsageError) throw new UsageError(error.message, usageOf(name));
    if (!(error instanceof CommanderError)) throw error;
    if (error.code === "commander.helpDisplayed") return help;
    throw new UsageError(sentenceFor(error), usageOf(name));
  }
  const excess = parser.args[POSITIONALS[name]];
  if (excess === undefined) return parser;
  throw new UsageError(
    `Cannot use the argument ${quote(excess)}: expected an option, such as --verbose; ` +
      "a command comes first.",
    usageOf(name),
  );
}

/** Puts commander's complaints into this project's one grammar. */
function sentenceFor({ code, message }: CommanderError): string {
  const quoted = [...message.matchAll(/'([^']*)'/g)].map(([, text]) => text!);
  switch (code) {
    case "commander.unknownOption": {
      const suggestion = /Did you mean (.*)\?\)/.exec(message)?.[1];
      const next = suggestion === undefined
        ? "see --help for the options"
        : `did you mean ${suggestion}?`;
      return `Cannot use the option ${quote(quoted[0] ?? "")}: expected a known one; ${next}.`;
    }
    case "commander.optionMissingArgument":
      return `Cannot use the option ${quote(quoted[0] ?? "")}: expected a value after it.`;
    default:
      return `Cannot read the command line: ${message.replace(/^error: /, "")}.`;
  }
}

/**
 * An option with a value.
 *
 * @param parse Throws an {@link InvalidValueError}, which leaves here with the option's name.
 * @param fallback The default as the user would write it; `null` where there is none.
 */
function option<T>(
  flags: string,
  description: string,
  parse: (text: string) => T,
  fallback: string | null = null,
): Option {
  const created = new Option(flags, description);
  const parseNamed = (text: string): T => {
    try {
      return parse(text);
    } catch (error) {
      if (!(error instanceof InvalidValueError)) throw error;
      // Not commander's own error class: it would put words of its own before the message.
      throw new UsageError(
        `Cannot use --${created.name()} ${quote(error.shown)}: expected ${error.expected}.`,
      );
    }
  };
  created.argParser(parseNamed);
  return fallback === null ? created : created.default(parse(fallback), fallback);
}

const LOAD_OPTIONS: readonly Option[] = [
  option(
    "-c, --concurrency <n>",
    "requests in flight per protocol",
    parseCount,
    DEFAULT_CONCURRENCY,
  ),
  option(
    "--user-id-range <min-max>",
    "user ids to draw from, both ends inclusive",
    parseUserIdRange,
    "1-10000",
  ),
  option(
    "--workers <n>",
    "threads that generate the load (default: by cores and load)",
    parseWorkers,
  ),
  option("--timeout <duration>", "per request, such as 500ms or 10s", parseTimeout, "10s"),
  option(
    "--client <lens>",
    "native: as a program with fetch and grpc-js sees it; wire: the servers alone",
    parseLens,
    "native",
  ),
  option(
    "--connections <n>",
    "HTTP/2 connections that the wire client spreads its gRPC calls over",
    parseCount,
    "1",
  ),
  option("--seed <integer>", "repeat an earlier run's random choices (default: random)", parseSeed),
];

const TLS_OPTIONS: readonly Option[] = [
  option("--ca <file>", "PEM certificates of issuers to trust", parsePath),
  option("--cert <file>", "PEM certificate to show to a server that asks, with --key", parsePath),
  option("--key <file>", "PEM private key of --cert", parsePath),
  new Option("--insecure", "do not check the servers' certificates"),
];

const OUTPUT_OPTION = option(
  "-o, --output <format>",
  `how the result is shown: ${FORMATTERS.map(({ name }) => name).join(", ")}`,
  parseFormatter,
  DEFAULT_FORMATTER.name,
);

const VERBOSE_OPTION = new Option("-v, --verbose", "tell on stderr what happens");

const BEHAVIOUR_OPTIONS: readonly Option[] = [
  option(
    "--latency <duration>",
    "added by the reference servers to every answer",
    parseLatency,
    "0ms",
  ),
  option(
    "--failure-rate <share>",
    "of requests that the reference servers fail, such as 0.02 or 2%",
    parseFailureRate,
    "0",
  ),
];

const OPTIONS: Readonly<Record<CommandName, readonly Option[]>> = {
  run: [
    option("-r, --requests <n>", "requests per protocol (required)", parseCount),
    option(
      "--rest-url <url>",
      "REST server, http or https",
      parseRestUrl,
      "http://localhost:8080",
    ),
    option(
      "--grpc-url <host:port>",
      "gRPC server; https://host:port for TLS",
      parseGrpcAddress,
      "localhost:9090",
    ),
    ...TLS_OPTIONS,
    ...LOAD_OPTIONS,
    OUTPUT_OPTION,
    VERBOSE_OPTION,
  ],
  demo: [
    option("-r, --requests <n>", "requests per protocol", parseCount, DEFAULT_DEMO_REQUESTS),
    ...BEHAVIOUR_OPTIONS,
    ...LOAD_OPTIONS,
    OUTPUT_OPTION,
    VERBOSE_OPTION,
  ],
  serve: [
    option("--rest-port <port>", "REST, 0 for any free one", parsePort, "8080"),
    option("--grpc-port <port>", "gRPC, 0 for any free one", parsePort, "9090"),
    option("--host <address>", "where to listen", parseHostname, "127.0.0.1"),
    ...BEHAVIOUR_OPTIONS,
    option("--seed <integer>", "repeat the same failures (default: random)", parseSeed),
    new Option("--end-with-stdin").hideHelp(),
    new Option("--null").hideHelp(),
  ],
  report: [OUTPUT_OPTION],
};

/** How many arguments that are no options each command takes. */
const POSITIONALS: Readonly<Record<CommandName, number>> = { run: 0, demo: 0, serve: 0, report: 1 };

function quote(text: string): string {
  return `"${text}"`;
}
