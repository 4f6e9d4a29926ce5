import { AskedIds } from "../../lib/runners/asked_ids.ts";
import { type UserIdRange, userIdsOf } from "../../lib/ids.ts";
import { type ProtocolKey, PROTOCOLS } from "../../lib/clients/protocol.ts";
import { userIdsInOrder } from "../../lib/runners/request_order.ts";
import { cutIntoBlocks, turnsOf } from "../../lib/plan/schedule.ts";
import { FirstAskings } from "../../lib/stats/record/first_askings.ts";
import type { OrderEvidence } from "../../lib/stats/judge/order_effect.ts";

/** Two sides that ask one backend, whose answers take a time by what was asked of it before. */
export interface SimulatedBackend {
  readonly requests: number;
  readonly concurrency: number;
  readonly userIdRange: UserIdRange;
  readonly warmUpRequests: number;
  /** How long one answer takes, in milliseconds; called once a request, in the order of sending. */
  readonly serviceMs: (side: ProtocolKey, userId: number) => number;
}

/** Runs both sides in interleaved blocks, one request after the other; equal seeds give equal blocks. */
export function simulateBackend(backend: SimulatedBackend, seed: number): OrderEvidence[] {
  const { requests, concurrency, userIdRange, warmUpRequests, serviceMs } = backend;
  const extent = { kind: "requests", requests } as const;
  const asked = new AskedIds(userIdRange);
  const warmUpIdOf = userIdsOf(userIdRange, seed + 1_000_000);
  for (const side of PROTOCOLS) {
    for (let request = 0; request < warmUpRequests; request++) {
      asked.noteWarmUp(warmUpIdOf(request));
      serviceMs(side, warmUpIdOf(request));
    }
  }
  const plan = { extent, sampling: { kind: "fixed" }, userIdRange, seed } as const;
  const userIdAt = { rest: userIdsInOrder(plan, "rest"), grpc: userIdsInOrder(plan, "grpc") };
  const sent = { rest: 0, grpc: 0 };
  const blocks = cutIntoBlocks(extent, { load: { kind: "closed" }, concurrency }, seed);
  const halves = blocks.map(() => ({ rest: new FirstAskings(), grpc: new FirstAskings() }));
  for (const { block, contenders: [side], extent } of turnsOf("interleaved", blocks)) {
    if (extent.kind !== "requests") throw new Error("requests are cut into requests");
    for (let request = 0; request < extent.requests; request++) {
      const userId = userIdAt[side!](sent[side!]++);
      asked.note(side!, userId);
      const { standing } = asked;
      const durationMs = serviceMs(side!, userId);
      if (standing !== "known") halves[block]![side!].record(standing, durationMs);
    }
  }
  return halves.map(({ rest, grpc }) => ({
    subject: { firstAskings: rest.snapshot() },
    baseline: { firstAskings: grpc.snapshot() },
  }));
}
