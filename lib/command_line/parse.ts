import type { TlsFiles } from "../commands/tls_files.ts";
import { UsageError } from "../errors.ts";
import { randomSeed } from "../ids.ts";
import { sharesMachine } from "../protocols/target.ts";
import { quoted } from "../terminal/quoted.ts";
import { TOOL_VERSION } from "../version.ts";
import type { Command, Presentation } from "./command.ts";
import { type CommandName, COMMANDS, isCommandName, overview, usageOf } from "./help.ts";
import { isWithoutEnd, loadPlanFrom } from "./load_plan.ts";
import {
  type BehaviourOptions,
  DEFAULT_DEMO_REQUESTS,
  DEFAULT_SELF_TEST_REQUESTS,
  type LoadOptions,
  type OutputOptions,
  parseWith,
  runOptionsHelp,
  type SelfTestOptions,
  type ServeOptions,
  type TargetOptions,
  type TlsOptions,
} from "./options.ts";

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
      `Cannot run the command ${quoted(first)}: expected one of ${
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
  const local = sharesMachine(targets);
  return {
    kind: "run",
    plan: { ...loadPlanFrom("run", options, { cores, local }), targets },
    tlsFiles: tlsFilesFrom(options),
    presentation: presentationFrom(options),
  };
}

function parseDemo(args: readonly string[], cores: number): Command {
  const parsed = parseWith("demo", args);
  if (typeof parsed === "string") return { kind: "text", text: parsed };
  const given = parsed.opts<LoadOptions & BehaviourOptions & OutputOptions>();
  const options = isWithoutEnd(given) ? { ...given, requests: DEFAULT_DEMO_REQUESTS } : given;
  const plan = loadPlanFrom("demo", options, { cores, local: true });
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
    plan: loadPlanFrom("self-test", options, { cores, local: true }),
    runs: options.runs,
    presentation: { format: options.output, verbose: options.verbose === true },
  };
}

function tlsFilesFrom(options: TlsOptions & TargetOptions & LoadOptions): TlsFiles {
  const { ca = null, cert, key, insecure, restUrl, client } = options;
  if ((cert === undefined) !== (key === undefined)) {
    const [given, missing] = cert === undefined
      ? [`--key ${quoted(key!)}`, "--cert"]
      : [`--cert ${quoted(cert)}`, "--key"];
    throw new UsageError(
      `Cannot use ${given} alone: expected ${missing} with it, as the two make one identity.`,
      usageOf("run"),
    );
  }
  if (insecure && restUrl.tls && client === "native") {
    throw new UsageError(
      `Cannot use --insecure with --rest-url ${
        quoted(restUrl.display)
      } and the native client: fetch ` +
        "always checks certificates; expected --ca with the issuer's certificate, or --client wire.",
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
