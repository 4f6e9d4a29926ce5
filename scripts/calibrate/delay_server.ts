// deno-lint-ignore-file no-console -- what it prints is read by the script that started it
/**
 * A process of servers whose delays are known exactly. Not for users: `calibrate.ts` starts it, with what it
 * is to serve as JSON in its only argument, and ends it by closing its standard input.
 */
import { monotonicClock } from "../../lib/clock.ts";
import { delayByUserId, type DelayModel } from "./delay_model.ts";
import { DelayedAnswers, type Stall } from "./delayed_answers.ts";
import { listenForGrpc } from "./grpc_delays.ts";
import { listenForRest } from "./rest_delays.ts";

/** One REST and one gRPC server that serve alike. */
export interface DelayServerOptions {
  readonly model: DelayModel;
  readonly seed: number;
  readonly stall: Stall | null;
}

/** Where a pair of servers listens: the first line that the process prints holds one for each. */
export interface DelayServerPorts {
  readonly restPort: number;
  readonly grpcPort: number;
}

/** How late the servers themselves were, in milliseconds: the last line that the process prints. */
export interface DelayServerLateness {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

function start({ model, seed, stall }: DelayServerOptions) {
  const delayOf = delayByUserId(model, seed);
  // Both have answers of their own: a stall of the one leaves the other alone.
  const rest = new DelayedAnswers(monotonicClock, delayOf, stall);
  const grpc = new DelayedAnswers(monotonicClock, delayOf, stall);
  const ports: DelayServerPorts = { restPort: listenForRest(rest), grpcPort: listenForGrpc(grpc) };
  return { ports, answers: [rest, grpc] };
}

if (import.meta.main) {
  const wanted: DelayServerOptions[] = JSON.parse(Deno.args[0]!);
  const servers = wanted.map(start);
  console.log(JSON.stringify(servers.map(({ ports }) => ports)));
  for await (const _chunk of Deno.stdin.readable) { /* only its end matters */ }
  const [first, ...others] = servers.flatMap(({ answers }) => answers.map((it) => it.lateness));
  for (const other of others) first!.merge(other);
  const { p50, p99, max } = first!.statistics() ?? { p50: 0, p99: 0, max: 0 };
  console.log(JSON.stringify({ p50, p99, max } satisfies DelayServerLateness));
  Deno.exit(0);
}
