/** What an option of another load generator is for, and what serves that purpose here. */
export interface ForeignOption {
  /** As they are typed there, with their dashes; the longer ones are known with one dash or two. */
  readonly names: readonly string[];
  /** Options of this program, with a value where one is needed to say the same, as in `-o json`. */
  readonly serves: readonly string[];
  /** What there is where no option serves, or besides. */
  readonly remark?: string;
}

const METHOD_IN_REST = "the method stands before the path, as in --rest 'POST /api/orders'";
const NO_LOGIN = "a login goes into --header 'authorization: …'";
const NO_TRANSPORT = "REST goes over HTTP/1.1, gRPC over HTTP/2, and connections are kept";
const NO_PROXY = "no proxy is used, both servers are measured directly";
const NO_REDIRECTS = "redirects are not followed, an answer in the 300s is a failure";
const NO_SCRIPT = "no script can be run, options alone describe the load";
const NO_COMPRESSION = "no compression is asked for";

/**
 * Options of ab, autocannon, bombardier, curl, ghz, grpcurl, h2load, hey, k6, locust, oha, vegeta and
 * wrk that have another name here, or none. One letter may mean several things among them.
 */
const FOREIGN_OPTIONS: readonly ForeignOption[] = [
  {
    names: ["-n", "--n", "--number", "--total", "--amount", "--iterations", "--count", "--num"],
    serves: ["--requests"],
  },
  { names: ["-i"], serves: ["--requests"], remark: "the answers are not printed" },
  { names: ["-a"], serves: ["--requests"], remark: NO_LOGIN },
  { names: ["-z", "-D", "--time", "--run-time", "--test-time"], serves: ["--duration"] },
  { names: ["-q", "--qps", "--rps", "--overallRate", "-R", "--burst-rate"], serves: ["--rate"] },
  {
    names: ["--vus", "--users", "--clients", "--max-vus", "--concurrent"],
    serves: ["--concurrency"],
  },
  { names: ["-u"], serves: ["--concurrency"], remark: NO_LOGIN },
  { names: ["-t"], serves: ["--workers", "--timeout"] },
  {
    names: ["-w", "--threads", "--cpus", "--max-workers", "--worker-threads"],
    serves: ["--workers"],
  },
  { names: ["-m"], serves: ["--timeout", "--rest"], remark: METHOD_IN_REST },
  {
    names: [
      "--max-time",
      "--connect-timeout",
      "--request-timeout",
      "--dial-timeout",
      "--timelimit",
    ],
    serves: ["--timeout"],
  },
  {
    names: ["-k", "--insecure-skip-tls-verify", "--skipTLS", "--skip-tls", "--no-verify"],
    serves: ["--insecure"],
  },
  { names: ["--cacert", "--cafile", "--root-certs", "--capath", "--ca-cert"], serves: ["--ca"] },
  { names: ["-E", "--certificate", "--client-cert"], serves: ["--cert"] },
  { names: ["--private-key", "--client-key"], serves: ["--key"] },
  {
    names: ["--plaintext", "--tls", "--h2c"],
    serves: ["--rest-url", "--grpc-url"],
    remark: "https:// in an address asks for TLS",
  },
  { names: ["-j", "--json", "--renderStatusCodes"], serves: ["-o json"] },
  { names: ["--csv"], serves: ["-o csv"] },
  {
    names: ["-O", "-f", "--format", "--output-format", "--out", "--summary-export", "--report"],
    serves: ["--output"],
    remark: "the result goes to stdout",
  },
  {
    names: ["--url", "--uri", "--host", "--target", "--targets", "--address"],
    serves: ["--rest-url", "--grpc-url"],
  },
  { names: ["--debug", "--http-debug", "--trace"], serves: ["--verbose"] },
  { names: ["--stage", "--stages", "--load-step"], serves: ["--steps"] },
  {
    names: ["--spawn-rate", "--load-schedule", "--load-start", "--load-end", "--ramp-up"],
    serves: ["--ramp"],
  },
  { names: ["--skipFirst", "--warm-up", "--warm-up-time", "--warmup-time"], serves: ["--warmup"] },
  { names: ["--conns", "--connection"], serves: ["--concurrency", "--connections"] },
  { names: ["--random-seed", "--rand-seed"], serves: ["--seed"] },
  {
    names: ["--percentiles", "--latencies", "--latency", "-l"],
    serves: [],
    remark: "percentiles are in every result",
  },
  {
    names: [
      "--headers",
      "-A",
      "--user-agent",
      "-T",
      "--content-type",
      "-b",
      "--cookie",
      "--accept",
    ],
    serves: ["--header"],
  },
  { names: ["--metadata", "--rpc-header", "--reflect-metadata"], serves: ["--grpc-header"] },
  {
    names: [
      "--body",
      "--data-file",
      "--data-raw",
      "--data-binary",
      "--json-body",
      "--input",
    ],
    serves: ["--data"],
    remark: "@FILE reads a file",
  },
  { names: ["-X", "--method", "--request"], serves: ["--rest"], remark: METHOD_IN_REST },
  { names: ["--import-paths", "--proto-path"], serves: ["--import-path"] },
  { names: ["--operation"], serves: ["--rest", "--call"] },
  { names: ["--user", "--basic-auth", "--oauth2-bearer"], serves: [], remark: NO_LOGIN },
  {
    names: [
      "-p",
      "--pipelining",
      "--http2",
      "--http1.1",
      "--http-version",
      "--disable-keepalive",
      "--keepalive",
      "--keep-alive",
      "--h2",
    ],
    serves: [],
    remark: NO_TRANSPORT,
  },
  { names: ["-x", "--proxy"], serves: [], remark: NO_PROXY },
  {
    names: ["-L", "--location", "--redirect", "--redirects", "--disable-redirects"],
    serves: [],
    remark: NO_REDIRECTS,
  },
  { names: ["-s", "--script", "--file", "--config"], serves: [], remark: NO_SCRIPT },
  { names: ["--compressed", "--disable-compression"], serves: [], remark: NO_COMPRESSION },
  {
    names: ["--no-progress", "--no-tui", "--quiet", "--silent", "--headless"],
    serves: [],
    remark: "a progress bar shows on a terminal only",
  },
  {
    names: ["--no-color", "--no-colour"],
    serves: [],
    remark: "NO_COLOR in the environment takes the colours out",
  },
];

const BY_NAME: ReadonlyMap<string, ForeignOption> = new Map(
  FOREIGN_OPTIONS.flatMap((option) => option.names.map((name) => [name, option])),
);

/** @param name With its dashes; Go's flags have one before a whole word. */
export function foreignOption(name: string): ForeignOption | undefined {
  return BY_NAME.get(name) ?? BY_NAME.get(`-${name}`);
}
