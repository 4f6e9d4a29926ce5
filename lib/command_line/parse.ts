import type { TlsFiles } from "./tls_files.ts";
import { UsageError } from "../errors.ts";
import { randomSeed } from "../ids.ts";
import { sharesMachine } from "../net/target.ts";
import type { ReferenceSetup } from "../servers/behaviour.ts";
import { quoted } from "../terminal/quoted.ts";
import { TOOL_VERSION } from "../version.ts";
import { loadAdjustments, tlsAdjustments } from "./adjustments.ts";
import type { Command, Presentation } from "./command.ts";
import { type CommandName, isCommandName, overview, usageOf } from "./help.ts";
import { isWithoutEnd, loadPlanFrom } from "./load_plan.ts";
import {
  type BehaviourOptions,
  DEFAULT_DEMO_REQUESTS,
  DEFAULT_SELF_TEST_REQUESTS,
  type LoadOptions,
  type OutputOptions,
  type SelfTestOptions,
  type ServeOptions,
  type TargetOptions,
  type TlsOptions,
} from "./options.ts";
import { operationDraftFrom, type OperationOptions } from "./operation_options.ts";
import { parseArguments, runOptionsHelp } from "./parser.ts";
import { asTyped, type Typed } from "./typed.ts";
import { unknownCommand } from "./wrong_argument.ts";

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
  if (first === "help") return helpFor(rest);
  if (first !== undefined && isCommandName(first)) return parseCommand(first, rest, cores);
  if (first !== undefined && !first.startsWith("-")) {
    throw new UsageError(unknownCommand(first), usageOf("run"));
  }
  return parseCommand("run", args, cores);
}

/** `help`, `help run`, and what becomes of them behind a task that names its command itself: `run help`. */
function helpFor([name]: readonly string[]): Command {
  if (name === undefined) return { kind: "text", text: overviewWithOptions() };
  if (!isCommandName(name)) throw new UsageError(unknownCommand(name), usageOf("run"));
  const asked = parseArguments(name, ["--help"]);
  if (asked.kind === "text") return asked;
  throw new Error(`the command ${name} has no help`);
}

function parseCommand(name: CommandName, args: readonly string[], cores: number): Command {
  if (args[0] === "help") return helpFor(args.length === 1 ? [name] : args.slice(1));
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
  const parsed = parseArguments("run", args);
  if (parsed.kind === "text") return parsed;
  const options = parsed.options<
    LoadOptions & TargetOptions & TlsOptions & OutputOptions & OperationOptions
  >();
  if (isWithoutEnd(options)) {
    throw new UsageError(
      "Cannot run without --requests: expected an integer of at least 1, for example -r 500, " +
        "or --duration, for example 30s.",
      usageOf("run"),
    );
  }
  const targets = { rest: options.restUrl, grpc: options.grpcUrl };
  const local = sharesMachine(targets);
  const load = loadPlanFrom("run", options, parsed.typed, { cores, local });
  return {
    kind: "run",
    plan: { ...load, targets },
    operation: operationDraftFrom(options),
    tlsFiles: tlsFilesFrom(options, parsed.typed),
    presentation: presentationFrom(options),
    adjustments: [
      ...loadAdjustments(options, load, parsed.typed),
      ...tlsAdjustments(options, parsed.typed),
    ],
  };
}

function parseDemo(args: readonly string[], cores: number): Command {
  const parsed = parseArguments("demo", args);
  if (parsed.kind === "text") return parsed;
  const given = parsed.options<LoadOptions & BehaviourOptions & OutputOptions>();
  const options = isWithoutEnd(given) ? { ...given, requests: DEFAULT_DEMO_REQUESTS } : given;
  const plan = loadPlanFrom("demo", options, parsed.typed, { cores, local: true });
  return {
    kind: "demo",
    plan,
    presentation: presentationFrom(options),
    servers: { ...setupFrom(options), seed: plan.seed },
    adjustments: loadAdjustments(options, plan, parsed.typed),
  };
}

function parseServe(args: readonly string[]): Command {
  const parsed = parseArguments("serve", args);
  if (parsed.kind === "text") return parsed;
  const options = parsed.options<ServeOptions>();
  if (options.null === true) return { kind: "serve-null" };
  const { restPort, grpcPort } = options;
  if (restPort === grpcPort && restPort !== 0) {
    const [given, other] = parsed.typed.has("grpc-port")
      ? ["grpc-port", "rest-port"]
      : ["rest-port", "grpc-port"];
    throw new UsageError(
      `Cannot use --${given} ${quoted(parsed.typed.get(given) ?? String(grpcPort))}: ` +
        `expected another port than --${other} has.`,
      usageOf("serve"),
    );
  }
  return {
    kind: "serve",
    servers: {
      hostname: options.host,
      restPort,
      grpcPort,
      ...setupFrom(options),
      seed: options.seed ?? randomSeed(),
    },
    endsWithStdin: options.endWithStdin === true,
  };
}

function setupFrom(
  { latency, failureRate, grpcServer }: BehaviourOptions,
): Omit<ReferenceSetup, "seed"> {
  return { latencyMs: latency, failureRate, grpcServer };
}

function parseReport(args: readonly string[]): Command {
  const parsed = parseArguments("report", args);
  if (parsed.kind === "text") return parsed;
  const [file] = parsed.positionals;
  if (file === undefined || file === "") {
    throw new UsageError(
      "Cannot report without a FILE: expected the path of a JSON result, for example results.json.",
      usageOf("report"),
    );
  }
  return { kind: "report", file, formatter: parsed.options<OutputOptions>().output };
}

function parseSelfTest(args: readonly string[], cores: number): Command {
  const parsed = parseArguments("self-test", args);
  if (parsed.kind === "text") return parsed;
  const given = parsed.options<LoadOptions & SelfTestOptions>();
  const options = isWithoutEnd(given) ? { ...given, requests: DEFAULT_SELF_TEST_REQUESTS } : given;
  const plan = loadPlanFrom("self-test", options, parsed.typed, { cores, local: true });
  return {
    kind: "self-test",
    plan,
    runs: options.runs,
    presentation: { format: options.output, verbose: options.verbose === true },
    adjustments: loadAdjustments(options, plan, parsed.typed),
  };
}

function tlsFilesFrom(
  options: TlsOptions & TargetOptions & LoadOptions,
  typed: Typed,
): TlsFiles {
  const { ca = null, cert, key, insecure, restUrl, client } = options;
  if ((cert === undefined) !== (key === undefined)) {
    const [given, missing] = cert === undefined
      ? [asTyped(typed, "key"), "--cert"]
      : [asTyped(typed, "cert"), "--key"];
    throw new UsageError(
      `Cannot use ${given} alone: expected ${missing} with it, as the two make one identity.`,
      usageOf("run"),
    );
  }
  if (insecure && restUrl.tls && client === "native") {
    throw new UsageError(
      `Cannot use --insecure with --rest-url ${quoted(typed.get("rest-url") ?? restUrl.display)} ` +
        "and the native client: fetch always checks certificates; expected --ca with the issuer's certificate, or --client wire.",
      usageOf("run"),
    );
  }
  const identity = cert === undefined || key === undefined ? null : { cert, key };
  return { ca, identity, verifyServer: insecure !== true };
}

function presentationFrom({ output, verbose }: LoadOptions & OutputOptions): Presentation {
  return { formatter: output, verbose: verbose === true };
}

/** `protoduel --help`: what there is, and the options of the main job. */
function overviewWithOptions(): string {
  return overview(runOptionsHelp());
}
