import { Option } from "commander";
import { UsageError } from "../errors.ts";
import { DEFAULT_FORMATTER, FORMATTERS } from "../formatters/formatters.ts";
import type { Formatter } from "../formatters/formatter.ts";
import { SELF_TEST_FORMATS, type SelfTestFormat } from "../formatters/self_test_formats.ts";
import type { UserIdRange } from "../ids.ts";
import type { Lens } from "../clients/lens.ts";
import type { ArrivalProcess, RateProfile } from "../plan/load_model.ts";
import type { Target } from "../net/target.ts";
import type { Schedule } from "../plan/schedule.ts";
import { DEFAULT_GRPC_SERVER, type GrpcServerName } from "../servers/grpc_server_name.ts";
import { DEFAULT_MARGIN, type Margin } from "../stats/judge/verdict.ts";
import { quoted } from "../terminal/quoted.ts";
import type { WarmUp } from "../plan/warm_up.ts";
import type { CommandName } from "./help.ts";
import { OPERATION_OPTIONS } from "./operation_options.ts";
import {
  parseArrivals,
  parseLoadDuration,
  parseRamp,
  parseRate,
  parseSteps,
} from "./load_values.ts";
import {
  parseCount,
  parseFailureRate,
  parseFormatter,
  parseGrpcServer,
  parseHostname,
  parseLatency,
  parseLens,
  parseMargin,
  parsePath,
  parsePort,
  parseSchedule,
  parseSeed,
  parseSelfTestFormat,
  parseTimeout,
  parseUserIdRange,
  parseWarmUp,
  parseWorkers,
} from "./values.ts";
import { parseGrpcAddress, parseRestUrl } from "../net/address.ts";
import { InvalidValueError } from "../terminal/invalid_value.ts";

export const DEFAULT_DEMO_REQUESTS = 1000;
/** Takes less than a minute on two cores. */
const DEFAULT_SELF_TEST_RUNS = "20";
export const DEFAULT_SELF_TEST_REQUESTS = 2000;

export interface LoadOptions {
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
  readonly concurrency?: number;
  readonly timeout: number;
  readonly workers?: number;
  readonly connections: number;
  readonly seed?: number;
  readonly client: Lens;
  readonly verbose?: true;
}

export interface OutputOptions {
  readonly output: Formatter;
}

export interface SelfTestOptions {
  readonly runs: number;
  readonly output: SelfTestFormat;
}

export interface TargetOptions {
  readonly restUrl: Target;
  readonly grpcUrl: Target;
}

export interface TlsOptions {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly insecure?: true;
}

export interface BehaviourOptions {
  readonly latency: number;
  readonly failureRate: number;
  readonly grpcServer: GrpcServerName;
}

export interface ServeOptions extends BehaviourOptions {
  readonly host: string;
  readonly restPort: number;
  readonly grpcPort: number;
  readonly seed?: number;
  readonly endWithStdin?: true;
  readonly null?: true;
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
        `Cannot use --${created.name()} ${quoted(error.value)}: expected ${error.expected}.`,
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
    "requests in flight per protocol (default: 100, or a twentieth of -r where that is less)",
    parseCount,
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
  option(
    "--grpc-server <name>",
    "who serves gRPC: wire, of REST's own making, or grpc-js",
    parseGrpcServer,
    DEFAULT_GRPC_SERVER,
  ),
];

/** What a run does besides the measurement that is tested. */
const NOT_IN_SELF_TEST: ReadonlySet<string> = new Set(["knee", "no-client-check"]);

export const OPTIONS: Readonly<Record<CommandName, readonly Option[]>> = {
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
    ...OPERATION_OPTIONS,
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
export const POSITIONALS: Readonly<Record<CommandName, number>> = {
  run: 0,
  demo: 0,
  serve: 0,
  report: 1,
  "self-test": 0,
};
