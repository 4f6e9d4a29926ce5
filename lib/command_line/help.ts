/** What each command does, in one line. */
export const COMMANDS = {
  run: "Send the same load to a REST and a gRPC server, and compare them.",
  demo: "Start the reference servers, run against them, and stop them.",
  serve: "Run the reference servers alone, until Ctrl-C.",
  report: "Render a saved JSON result again, in any format.",
  "self-test": "Run each reference server against itself: no winner is to be found.",
} as const;

export type CommandName = keyof typeof COMMANDS;

export function isCommandName(text: string): text is CommandName {
  return Object.hasOwn(COMMANDS, text);
}

export const EXAMPLES: Readonly<Record<CommandName, readonly string[]>> = {
  run: [
    "protoduel -r 500",
    "protoduel -r 5000 -c 20 --client wire --until-decided",
    "protoduel --rate 500 --duration 30s --arrivals poisson",
    "protoduel -r 5000 -c 50 --user-id-range 1-1000 --timeout 2s",
    "protoduel -r 1000 --rest-url http://a.test:8080 --grpc-url https://b.test:9090",
    "protoduel -r 1000 --seed 42 -o json > results.json",
  ],
  demo: ["protoduel demo", "protoduel demo -r 5000 --latency 5ms --failure-rate 1%"],
  serve: ["protoduel serve", "protoduel serve --rest-port 0 --grpc-port 0 --latency 20ms"],
  report: ["protoduel report results.json", "protoduel report results.json -o csv > results.csv"],
  "self-test": ["protoduel self-test", "protoduel self-test --runs 200 --client wire -o json"],
};

const USAGE: Readonly<Record<CommandName, string>> = {
  run: "[run] -r N [options]",
  demo: "demo [-r N] [options]",
  serve: "serve [options]",
  report: "report FILE [-o FORMAT]",
  "self-test": "self-test [--runs N] [options]",
};

const EXIT_CODES = [
  "0    measured",
  "1    internal error",
  "2    bad usage",
  "3    a target was unavailable before the run",
  "4    measured, but one protocol had no success at all",
  "5    self-test: the method does not keep what it promises here",
  "6    the result was not written whole (without a word where its reader left)",
  "130  interrupted; what was measured is still printed",
];

/** The arguments of a command, without the names before them. */
export function usageArguments(name: CommandName): string {
  return USAGE[name].replace(/^\S+ /, "");
}

/** What follows the one line of a usage error. */
export function usageOf(name: CommandName): string {
  return `Usage: protoduel ${USAGE[name]}\nSee "protoduel ${name} --help" for the options.`;
}

/** @param runOptions The list of the main job's options. */
export function overview(runOptions: string): string {
  const usage = Object.values(USAGE).map((line) => `  protoduel ${line}`);
  const commands = Object.entries(COMMANDS).map(([name, text]) => `  ${name.padEnd(11)}${text}`);
  const examples = Object.values(EXAMPLES).map(([first]) => `  ${first}`);
  return [
    "protoduel sends the same load to a REST server and a gRPC server that offer the",
    "same operation, and tells which one serves it better, and by how much.",
    "",
    "Usage:",
    ...usage,
    "",
    "Commands:",
    ...commands,
    "",
    runOptions.trimEnd(),
    "",
    "Examples:",
    ...examples,
    "",
    "Exit codes:",
    ...EXIT_CODES.map((line) => `  ${line}`),
    "",
    'See "protoduel COMMAND --help" for the options of the other commands.',
    "",
  ].join("\n");
}
