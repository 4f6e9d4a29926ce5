// deno-lint-ignore-file no-console -- what it prints is read by the script that started it
/**
 * A process of servers whose delays are known exactly. Not for users: `calibrate.ts` starts it, with what it
 * is to serve as JSON in its only argument, and ends it by closing its standard input.
 */
import { monotonicClock } from "../../lib/clock.ts";
import type { ProtocolKey } from "../../lib/clients/protocol.ts";
import { delayByUserId, type DelayModel } from "./delay_model.ts";
import { DelayedAnswers, type Held, type Service, type Stall } from "./delayed_answers.ts";
import { listenForGrpc } from "./grpc_delays.ts";
import { listenForRest } from "./rest_delays.ts";

/** One REST and one gRPC server that serve alike. */
export interface DelayServerOptions {
  readonly model: DelayModel;
  readonly seed: number;
  readonly stalls: Readonly<Record<ProtocolKey, Stall>> | null;
  readonly service: Service;
}

/** Where a pair of servers listens: the first line that the process prints holds one for each. */
export interface DelayServerPorts {
  readonly restPort: number;
  readonly grpcPort: number;
}

/** What a pair of servers did: the last line that the process prints holds one for each. */
export type DelayServerRecord = Readonly<Record<ProtocolKey, readonly Held[]>>;

async function start({ model, seed, stalls, service }: DelayServerOptions) {
  const delayOf = delayByUserId(model, seed);
  // Both have answers of their own: a stall of the one leaves the other alone.
  const rest = await DelayedAnswers.prepare(monotonicClock, delayOf, stalls?.rest ?? null, service);
  const grpc = await DelayedAnswers.prepare(monotonicClock, delayOf, stalls?.grpc ?? null, service);
  const ports: DelayServerPorts = { restPort: listenForRest(rest), grpcPort: listenForGrpc(grpc) };
  const record: DelayServerRecord = { rest: rest.held, grpc: grpc.held };
  return { ports, record };
}

if (import.meta.main) {
  const wanted: DelayServerOptions[] = JSON.parse(Deno.args[0]!);
  const servers = await Promise.all(wanted.map(start));
  console.log(JSON.stringify(servers.map(({ ports }) => ports)));
  for await (const _chunk of Deno.stdin.readable) { /* only its end matters */ }
  console.log(JSON.stringify(servers.map(({ record }) => record)));
  Deno.exit(0);
}
