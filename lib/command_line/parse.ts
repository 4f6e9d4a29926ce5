import { Command as Parser, CommanderError, Option } from "commander";
import type { TlsFiles } from "../commands/tls_files.ts";
import { UsageError } from "../errors.ts";
import { DEFAULT_FORMATTER, FORMATTERS } from "../formatters/formatters.ts";
import type { Extent } from "../extent.ts";
import type { Formatter } from "../formatters/formatter.ts";
import { SELF_TEST_FORMATS, type SelfTestFormat } from "../formatters/self_test_formats.ts";
import { randomSeed, type UserIdRange } from "../ids.ts";
import { DEFAULT_OPERATION } from "../operations/operations.ts";
import type { Lens } from "../protocols/lens.ts";
import { arrivalsWithin } from "../rate_curve.ts";
import type { KneeGoal } from "../knee.ts";
import type { ArrivalProcess, LoadModel, RateProfile } from "../load_model.ts";
import { isLoopback, type Target } from "../protocols/target.ts";
import { chooseWorkerCount, type LoadSize } from "../runners/worker_count.ts";
import type { Sampling } from "../sampling.ts";
import type { Schedule } from "../schedule.ts";
import { DEFAULT_MARGIN, type Margin } from "../stats/verdict.ts";
import { OWN_PROTOCOLS } from "../test_plan.ts";
import type { WarmUp } from "../warm_up.ts";
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
  parseArrivals,
  parseLoadDuration,
  parseRamp,
  parseRate,
  parseSteps,
} from "./load_values.ts";
import {
  InvalidValueError,
  parseCount,
  parseFailureRate,
  parseFormatter,
  parseGrpcAddress,
  parseHostname,
  parseLatency,
  parseLens,
  parseMargin,
  parsePath,
  parsePort,
  parseRestUrl,
  parseSchedule,
  parseSeed,
  parseSelfTestFormat,
  parseTimeout,
  parseUserIdRange,
  parseWarmUp,
  parseWorkers,
} from "./values.ts";

const DEFAULT_CONCURRENCY = "100";
const HELP_WIDTH = 100;
const DEFAULT_DEMO_REQUESTS = 1000;
const DEFAULT_SELF_TEST_REQUESTS = 2000;
/** Takes less than a minute on two cores. */
const DEFAULT_SELF_TEST_RUNS = "20";
/** Requests per second; the search doubles it until it is too much. */
const DEFAULT_KNEE_START = 100;
/** A run until the verdict is decided sends at most this many times what was asked for. */
const DEFAULT_MOST_LOOKS_FACTOR = 32;

interface LoadOptions {
  readonly requests?: number;
  readonly duration?: number;
  readonly rate?: RateProfile;
  readonly ramp?: RateProfile;
  readonly steps?: RateProfile;
  readonly arrivals?: ArrivalProcess;
  readonly knee?: number;
  readonly schedule: Schedule;
  readonly warmup: WarmUp;
  readonly margin: Margin;
  readonly untilDecided?: true;
  readonly clientCheck: boolean;
  readonly maxRequests?: number;
  readonly userIdRange: UserIdRange;
  readonly concurrency: number;
  readonly timeout: number;
  readonly workers?: number;
  readonly connections: number;
  readonly seed?: number;
  readonly client: Lens;
  readonly verbose?: true;
}

interface OutputOptions {
  readonly output: Formatter;
}

interface SelfTestOptions {
  readonly runs: number;
  readonly output: SelfTestFormat;
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
    case "self-test":
      return parseSelfTest(args, cores);
  }
}

function parseRun(args: readonly string[], cores: number): Command {
  const parsed = parseWith("run", args);
  if (typeof parsed === "string") return { kind: "text", text: parsed };
  const options = parsed.opts<LoadOptions & TargetOptions & TlsOptions & OutputOptions>();
  if (isWithoutEnd(options)) {
    throw new UsageError(
      "Cannot run without --requests: expected an integer of at least 1, for example -r 500, " +
        "or --duration, for example 30s.",
      usageOf("run"),
    );
  }
  const targets = { rest: options.restUrl, grpc: options.grpcUrl };
  const local = isLoopback(targets.rest) || isLoopback(targets.grpc);
  return {
    kind: "run",
    plan: { ...loadFrom("run", options, { cores, local }), targets },
    tlsFiles: tlsFilesFrom(options),
    presentation: presentationFrom(options),
  };
}

function parseDemo(args: readonly string[], cores: number): Command {
  const parsed = parseWith("demo", args);
  if (typeof parsed === "string") return { kind: "text", text: parsed };
  const given = parsed.opts<LoadOptions & BehaviourOptions & OutputOptions>();
  const options = isWithoutEnd(given) ? { ...given, requests: DEFAULT_DEMO_REQUESTS } : given;
  const plan = loadFrom("demo", options, { cores, local: true });
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
  return { kind: "report", file, formatter: parsed.opts<OutputOptions>().output };
}

function parseSelfTest(args: readonly string[], cores: number): Command {
  const parsed = parseWith("self-test", args);
  if (typeof parsed === "string") return { kind: "text", text: parsed };
  const given = parsed.opts<LoadOptions & SelfTestOptions>();
  const options = isWithoutEnd(given) ? { ...given, requests: DEFAULT_SELF_TEST_REQUESTS } : given;
  return {
    kind: "self-test",
    plan: loadFrom("self-test", options, { cores, local: true }),
    runs: options.runs,
    presentation: { format: options.output, verbose: options.verbose === true },
  };
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

/** Whether nothing says when the load ends. */
function isWithoutEnd({ requests, duration, steps }: LoadOptions): boolean {
  return requests === undefined && duration === undefined && steps === undefined;
}

function loadFrom(
  command: CommandName,
  options: LoadOptions,
  machine: Pick<LoadSize, "cores" | "local">,
) {
  const load = loadModelFrom(command, options);
  const extent = extentFrom(command, options, load);
  const requests = extent.kind === "requests" ? extent.requests : Infinity;
  const concurrency = Math.min(options.concurrency, requests);
  const workers = options.workers ??
    (load.kind === "open" ? 1 : chooseWorkerCount({ requests, concurrency, ...machine }));
  return {
    operation: DEFAULT_OPERATION,
    contenders: OWN_PROTOCOLS,
    extent,
    sampling: samplingFrom(command, options, extent),
    load,
    knee: kneeFrom(options),
    schedule: options.schedule,
    warmUp: options.warmup,
    margin: options.margin,
    clientCheck: options.clientCheck,
    userIdRange: options.userIdRange,
    seed: options.seed ?? randomSeed(),
    concurrency,
    timeoutMs: options.timeout,
    workers: Math.min(workers, concurrency),
    lens: options.client,
    connections: options.connections,
  };
}

/** At most one of the options that say how many requests a second are sent. */
function loadModelFrom(command: CommandName, options: LoadOptions): LoadModel {
  const given = (["rate", "ramp", "steps"] as const).filter((name) => options[name] !== undefined);
  const [first, second] = given;
  if (first !== undefined && second !== undefined) {
    throw new UsageError(
      `Cannot use --${first} with --${second}: expected one of the two, since each sets the rate.`,
      usageOf(command),
    );
  }
  if (first !== undefined) {
    return { kind: "open", rate: options[first]!, arrivals: options.arrivals ?? "uniform" };
  }
  if (options.arrivals === undefined) return { kind: "closed" };
  throw new UsageError(
    `Cannot use --arrivals "${options.arrivals}" alone: expected --rate, --ramp or --steps with it.`,
    usageOf(command),
  );
}

function kneeFrom({ knee, rate }: LoadOptions): KneeGoal | null {
  if (knee === undefined) return null;
  const startPerSecond = rate?.kind === "constant" ? rate.perSecond : DEFAULT_KNEE_START;
  return { p99LimitMs: knee, startPerSecond };
}

function extentFrom(
  command: CommandName,
  { requests, duration, steps }: LoadOptions,
  load: LoadModel,
): Extent {
  const untilMs = duration ?? (requests === undefined ? lengthOf(steps) : undefined);
  if (untilMs === undefined) return { kind: "requests", requests: requests! };
  if (requests === undefined) {
    if (load.kind === "closed") return { kind: "duration", durationMs: untilMs };
    const arrivals = arrivalsWithin(load.rate, untilMs);
    if (arrivals >= 1) return { kind: "requests", requests: arrivals };
    throw new UsageError(
      `Cannot use --duration "${untilMs}ms": expected long enough for one request at that rate.`,
      usageOf(command),
    );
  }
  throw new UsageError(
    `Cannot use --duration "${duration}ms" with --requests "${requests}": expected one of the two, ` +
      "since each says when the load ends.",
    usageOf(command),
  );
}

/** Steps say themselves how long they take. */
function lengthOf(profile: RateProfile | undefined): number | undefined {
  if (profile?.kind !== "steps") return undefined;
  return profile.steps.reduce((sum, { durationMs }) => sum + durationMs, 0);
}

function samplingFrom(
  command: CommandName,
  { untilDecided, maxRequests, schedule }: LoadOptions,
  extent: Extent,
): Sampling {
  const refuse = (used: string, expected: string) =>
    new UsageError(`Cannot use ${used}: expected ${expected}.`, usageOf(command));
  if (untilDecided === undefined) {
    if (maxRequests === undefined) return { kind: "fixed" };
    throw refuse(
      `--max-requests "${maxRequests}" alone`,
      "--until-decided with it, which it limits",
    );
  }
  if (extent.kind === "duration") {
    throw refuse("--until-decided with --duration", "--requests, to which blocks are added");
  }
  if (schedule === "sequential") {
    throw refuse(
      '--until-decided with --schedule "sequential"',
      "interleaved or simultaneous, where blocks can be added",
    );
  }
  const mostRequests = maxRequests ?? extent.requests * DEFAULT_MOST_LOOKS_FACTOR;
  if (mostRequests >= extent.requests) return { kind: "until-decided", mostRequests };
  throw refuse(
    `--max-requests "${maxRequests}"`,
    `at least as many as --requests "${extent.requests}"`,
  );
}

function presentationFrom({ output, verbose }: LoadOptions & OutputOptions): Presentation {
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
    "--duration <duration>",
    "load each protocol for so long, instead of -r, such as 30s",
    parseLoadDuration,
  ),
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
  option(
    "--rate <n>",
    "send so many requests a second per protocol, however long answers take; -c is the most in flight",
    parseRate,
  ),
  option("--ramp <from:to:over>", "such a rate that changes, as in 0:500:30s", parseRamp),
  option("--steps <rate:duration,…>", "such rates one after the other", parseSteps),
  option(
    "--arrivals <process>",
    "how sends keep to the rate: uniform, or poisson (default: uniform)",
    parseArrivals,
  ),
  option(
    "--knee <p99>",
    "first look for the highest rate that each side holds with its p99 within this, such as 50ms",
    parseTimeout,
  ),
  option(
    "--schedule <order>",
    "interleaved: in alternating blocks; sequential: one after the other; simultaneous: at once",
    parseSchedule,
    "interleaved",
  ),
  option(
    "--warmup <amount>",
    "not counted, before the run: auto, off, or requests per protocol",
    parseWarmUp,
    "auto",
  ),
  option(
    "--margin <percent>",
    "a difference up to this does not matter, such as 5%",
    parseMargin,
    `${DEFAULT_MARGIN.percent}%`,
  ),
  new Option("--no-client-check", "do not measure first what the clients themselves cost"),
  new Option("--until-decided", "add blocks until the primary verdict is decided"),
  option(
    "--max-requests <n>",
    "per protocol, the limit of --until-decided (default: 32 times -r)",
    parseCount,
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

/** What a run does besides the measurement that is tested. */
const NOT_IN_SELF_TEST: ReadonlySet<string> = new Set(["knee", "no-client-check"]);

const OPTIONS: Readonly<Record<CommandName, readonly Option[]>> = {
  run: [
    option("-r, --requests <n>", "requests per protocol (or --duration)", parseCount),
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
    option(
      "-r, --requests <n>",
      `requests per protocol (default: ${DEFAULT_DEMO_REQUESTS})`,
      parseCount,
    ),
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
  "self-test": [
    option("--runs <n>", "of each protocol against itself", parseCount, DEFAULT_SELF_TEST_RUNS),
    option(
      "-r, --requests <n>",
      `requests per side of a run (default: ${DEFAULT_SELF_TEST_REQUESTS})`,
      parseCount,
    ),
    ...LOAD_OPTIONS.filter((known) => !NOT_IN_SELF_TEST.has(known.name())),
    option(
      "-o, --output <format>",
      `how the result is shown: ${SELF_TEST_FORMATS.map(({ name }) => name).join(", ")}`,
      parseSelfTestFormat,
      "console",
    ),
    VERBOSE_OPTION,
  ],
};

/** How many arguments that are no options each command takes. */
const POSITIONALS: Readonly<Record<CommandName, number>> = {
  run: 0,
  demo: 0,
  serve: 0,
  report: 1,
  "self-test": 0,
};

function quote(text: string): string {
  return `"${text}"`;
}
