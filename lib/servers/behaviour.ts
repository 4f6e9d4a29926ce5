import { randomIntegers } from "../ids.ts";
import type { GrpcServerName } from "./grpc_server_name.ts";

/** How the reference servers are asked to misbehave, alike on both sides. */
export interface ServerBehaviour {
  /** Added before every answer. */
  readonly latencyMs: number;
  /** Share of requests that fail, 0 to 1. */
  readonly failureRate: number;
  readonly seed: number;
}

/** What the reference servers of a command are. */
export interface ReferenceSetup extends ServerBehaviour {
  readonly grpcServer: GrpcServerName;
}

const DRAWS = 1_000_000;

/** @returns A function that says of one request after another whether it fails; repeats by seed. */
export function failureDraw({ failureRate, seed }: ServerBehaviour): () => boolean {
  if (failureRate === 0) return () => false;
  const next = randomIntegers(seed);
  return () => next(1, DRAWS) <= failureRate * DRAWS;
}

/** Waits that long, or until `stop` aborts: a server that is to end must not sit out its latency. */
export function delay(latencyMs: number, stop: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      stop.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, latencyMs);
    if (stop.aborted) end();
    else stop.addEventListener("abort", end);
  });
}
