import { UsageError } from "../errors.ts";
import type { Extent } from "../plan/extent.ts";
import { randomSeed } from "../ids.ts";
import { DEFAULT_OPERATION } from "../requests/built_in/operations.ts";
import { arrivalsWithin } from "../plan/rate_curve.ts";
import type { KneeGoal } from "../plan/knee_goal.ts";
import type { LoadModel, RateProfile } from "../plan/load_model.ts";
import { chooseWorkerCount, type LoadSize } from "../runners/worker_count.ts";
import type { Sampling } from "../plan/sampling.ts";
import { usualConcurrency } from "../plan/schedule.ts";
import { OWN_PROTOCOLS } from "../plan/test_plan.ts";
import { type CommandName, usageOf } from "./help.ts";
import type { LoadOptions } from "./options.ts";
import { asTyped, type Typed } from "./typed.ts";

/** In flight at most. */
const DEFAULT_KNEE_CONCURRENCY = 100;
/** A run until the verdict is decided sends at most this many times what was asked for. */
const DEFAULT_MOST_LOOKS_FACTOR = 32;

/** Whether nothing says when the load ends. */
export function isWithoutEnd({ requests, duration, steps }: LoadOptions): boolean {
  return requests === undefined && duration === undefined && steps === undefined;
}

export function loadPlanFrom(
  command: CommandName,
  options: LoadOptions,
  typed: Typed,
  machine: Pick<LoadSize, "cores" | "local">,
) {
  const load = loadModelFrom(command, options, typed);
  const extent = extentFrom(command, options, load, typed);
  const requests = extent.kind === "requests" ? extent.requests : Infinity;
  const concurrency = Math.min(concurrencyFrom(options, extent, load), requests);
  const workers = options.workers ??
    (load.kind === "open" ? 1 : chooseWorkerCount({ requests, concurrency, ...machine }));
  return {
    operation: DEFAULT_OPERATION,
    contenders: OWN_PROTOCOLS,
    extent,
    sampling: samplingFrom(command, options, extent, typed),
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
    // With more, some would never have a request, and each takes memory.
    connections: Math.min(options.connections, concurrency),
  };
}

/** Nobody who asks for more connections than that alone means as many requests in flight. */
const MOST_IN_FLIGHT_BY_CONNECTIONS = 1000;

/** Threads and connections that the user asks for have something to do. */
function concurrencyFrom(
  { concurrency, workers = 1, connections }: LoadOptions,
  extent: Extent,
  load: LoadModel,
): number {
  return concurrency ?? Math.max(
    usualConcurrency(extent, load),
    workers,
    Math.min(connections, MOST_IN_FLIGHT_BY_CONNECTIONS),
  );
}

/** At most one of the options that say how many requests a second are sent. */
function loadModelFrom(
  command: CommandName,
  options: LoadOptions,
  typed: Typed,
): LoadModel {
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
    `Cannot use ${asTyped(typed, "arrivals")} alone: expected --rate, --ramp or --steps with it.`,
    usageOf(command),
  );
}

/** A run of few requests has few in flight; the search for the knee is not bound by their number. */
function kneeFrom({ knee, concurrency }: LoadOptions): KneeGoal | null {
  if (knee === undefined) return null;
  return { p99LimitMs: knee, concurrency: concurrency ?? DEFAULT_KNEE_CONCURRENCY };
}

function extentFrom(
  command: CommandName,
  { requests, duration, steps }: LoadOptions,
  load: LoadModel,
  typed: Typed,
): Extent {
  const untilMs = duration ?? (requests === undefined ? lengthOf(steps) : undefined);
  if (untilMs === undefined) return { kind: "requests", requests: requests! };
  if (requests === undefined) {
    if (load.kind === "closed") return { kind: "duration", durationMs: untilMs };
    const arrivals = arrivalsWithin(load.rate, untilMs);
    if (arrivals >= 1) return { kind: "requests", requests: arrivals };
    throw new UsageError(
      `Cannot use ${asTyped(typed, duration === undefined ? "steps" : "duration")}: ` +
        "expected long enough for one request at that rate.",
      usageOf(command),
    );
  }
  throw new UsageError(
    `Cannot use ${asTyped(typed, "duration")} with ${asTyped(typed, "requests")}: ` +
      "expected one of the two, since each says when the load ends.",
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
  typed: Typed,
): Sampling {
  const refuse = (used: string, expected: string) =>
    new UsageError(`Cannot use ${used}: expected ${expected}.`, usageOf(command));
  if (untilDecided === undefined) {
    if (maxRequests === undefined) return { kind: "fixed" };
    throw refuse(
      `${asTyped(typed, "max-requests")} alone`,
      "--until-decided with it, which it limits",
    );
  }
  if (extent.kind === "duration") {
    throw refuse(
      `--until-decided with ${asTyped(typed, typed.has("duration") ? "duration" : "steps")}`,
      "--requests, to which blocks are added",
    );
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
    asTyped(typed, "max-requests"),
    `at least as many as ${typed.has("requests") ? asTyped(typed, "requests") : extent.requests}`,
  );
}
