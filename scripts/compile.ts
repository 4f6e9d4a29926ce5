// deno-lint-ignore-file no-console -- it talks to whoever builds
/**
 * Makes the single binary.
 *
 *     deno task compile [--target TARGET] [--output PATH]
 *
 * `deno compile` needs a runtime that it downloads. Where that cannot be had, the same build runs on
 * this Deno as a stand-in: what would be embedded is checked, and nothing usable is left behind.
 */
import { Command } from "commander";
import { stripVTControlCharacters } from "node:util";
import { V8_FLAGS } from "./v8_flags.ts";

/** What the binary may do; fixed when it is built. Its own path is not known yet, so `run` is open. */
const PERMISSIONS = [
  "--no-prompt",
  "--allow-net",
  "--allow-read",
  "--allow-run",
  "--allow-env=PROTODUEL_*,GRPC_*,HTTP_PROXY,HTTPS_PROXY,ALL_PROXY,http_proxy,https_proxy,all_proxy",
];

const ENTRY = "main.ts";

/** Entries that no import leads to: they start as threads. */
const WORKERS = ["lib/runners/load_worker.ts", "lib/runners/sleeper_thread.ts"];

/** Texts by which `deno compile` says that it could not get the runtime it embeds into. */
const NO_RUNTIME = /error sending request|download|Failed downloading|client error|dns error|404/i;

interface BuildResult {
  readonly success: boolean;
  /** Everything it printed, without colours. */
  readonly output: string;
}

async function build(target: readonly string[], output: string, standIn: boolean) {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["compile", "--exclude-unused-npm", V8_FLAGS, ...PERMISSIONS, ...target],
      ...WORKERS.flatMap((path) => ["--include", path]),
      ...["--output", output, ENTRY],
    ],
    env: standIn ? { DENORT_BIN: Deno.execPath() } : {},
  }).output();
  const decoder = new TextDecoder();
  const text = decoder.decode(stdout) + decoder.decode(stderr);
  return { success, output: stripVTControlCharacters(text) } satisfies BuildResult;
}

interface ModuleGraph {
  readonly roots: readonly string[];
  readonly modules: readonly {
    readonly specifier: string;
    readonly dependencies?: readonly { readonly code?: { readonly specifier: string } }[];
  }[];
}

/** What the program loads when it runs; a module that only gives types is not among it. */
async function loadedModules(entry: string): Promise<Set<string>> {
  const { stdout } = await new Deno.Command(Deno.execPath(), { args: ["info", "--json", entry] })
    .output();
  const { roots, modules } = JSON.parse(new TextDecoder().decode(stdout)) as ModuleGraph;
  const loaded = new Set(roots);
  for (const specifier of loaded) {
    const module = modules.find((it) => it.specifier === specifier);
    for (const { code } of module?.dependencies ?? []) if (code) loaded.add(code.specifier);
  }
  return loaded;
}

/** The project's own files, and the npm packages, that have to be embedded. */
async function neededToRun(): Promise<{ files: string[]; packages: string[] }> {
  const graphs = await Promise.all([ENTRY, ...WORKERS].map(loadedModules));
  const loaded = new Set(graphs.flatMap((graph) => [...graph]));
  const projectUrl = new URL("../", import.meta.url).href;
  const packageNames = [...loaded].map((specifier) =>
    /^npm:\/?((?:@[^/]+\/)?[^@/]+)/.exec(specifier)?.[1]
  );
  return {
    files: [...loaded].filter((specifier) => specifier.startsWith(projectUrl))
      .map((specifier) => specifier.slice(projectUrl.length)),
    packages: [...new Set(packageNames.filter((name) => name !== undefined))],
  };
}

/**
 * @param listing The tree that `deno compile` prints; it shortens a folder that is wholly embedded to
 *   `folder/*`, and a package to `name/version/*`.
 */
function embeddedPaths(listing: string): Set<string> {
  const paths = new Set<string>();
  const parents: string[] = [];
  for (const line of listing.split("\n")) {
    const [, indent, name] = /^((?:[│├└─┬] ?| {2})+)([^ (]+) \(/u.exec(line) ?? [];
    if (indent === undefined || name === undefined) continue;
    // Every level of the tree is two columns wide.
    const depth = Math.floor(indent.trimEnd().replace(/[─┬]+$/u, "").length / 2);
    parents.length = depth;
    parents[depth] = name;
    paths.add(parents.filter((part) => part !== undefined).join("/"));
  }
  return paths;
}

const { target, output } = new Command()
  .option("--target <triple>", "for another system, such as aarch64-apple-darwin")
  .option("--output <path>", "the binary", "dist/protoduel")
  .parse(Deno.args, { from: "user" })
  .opts<{ target?: string; output: string }>();

const targetArgs = target === undefined ? [] : ["--target", target];
let result = await build(targetArgs, output, false);
const full = result.success;
if (!full && NO_RUNTIME.test(result.output)) {
  const folder = await Deno.makeTempDir({ prefix: "protoduel-compile-" });
  try {
    result = await build([], `${folder}/protoduel`, true);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
if (!result.success) {
  console.error(result.output);
  console.error(`error: Cannot compile "${ENTRY}": see what deno compile says above.`);
  Deno.exit(1);
}

const { files, packages } = await neededToRun();
const embedded = embeddedPaths(result.output);
const isEmbedded = (file: string) => {
  const folders = file.split("/").map((_, depth, parts) => `${parts.slice(0, depth).join("/")}/*`);
  return [file, ...folders].some((path) => embedded.has(path));
};
const missing = [
  ...files.filter((file) => !isEmbedded(file)),
  ...packages.filter((name) => ![...embedded].some((path) => `${path}/`.includes(`/${name}/`))),
];
if (missing.length > 0) {
  console.error(result.output);
  console.error(`error: Cannot use the binary: "${missing.join('", "')}" is not embedded.`);
  Deno.exit(1);
}
console.log(
  `embedded: ${files.length} files of the project and ${packages.length} npm packages with what ` +
    "they need: everything that the program loads",
);
console.log(
  full
    ? `built: ${output}`
    : "not a full build: the runtime to embed into cannot be downloaded here, so only the embedded " +
      "list was checked; run the same task with a network to get the binary",
);
