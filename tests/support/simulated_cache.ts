import { AskedQuestions } from "../../lib/runners/asked_questions.ts";
import { type UserIdRange, userIdsOf } from "../../lib/ids.ts";
import { type ProtocolKey, PROTOCOLS } from "../../lib/clients/protocol.ts";
import { requestsInOrder } from "../../lib/runners/request_order.ts";
import { WARM_UP_FROM } from "../../lib/requests/request_numbers.ts";
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
  const userIdOf = userIdsOf(userIdRange, seed);
  const asked = new AskedQuestions({
    count: userIdRange.max - userIdRange.min + 1,
    of: (request) => userIdOf(request) - userIdRange.min,
  });
  for (const side of PROTOCOLS) {
    for (let position = 0; position < warmUpRequests; position++) {
      asked.noteWarmUp(WARM_UP_FROM + position);
      serviceMs(side, userIdOf(WARM_UP_FROM + position));
    }
  }
  const plan = { extent, sampling: { kind: "fixed" }, seed } as const;
  const requestAt = { rest: requestsInOrder(plan, "rest"), grpc: requestsInOrder(plan, "grpc") };
  const sent = { rest: 0, grpc: 0 };
  const blocks = cutIntoBlocks(extent, { load: { kind: "closed" }, concurrency }, seed);
  const halves = blocks.map(() => ({ rest: new FirstAskings(), grpc: new FirstAskings() }));
  for (const { block, contenders: [side], extent } of turnsOf("interleaved", blocks)) {
    if (extent.kind !== "requests") throw new Error("requests are cut into requests");
    for (let request = 0; request < extent.requests; request++) {
      const number = requestAt[side!](sent[side!]++);
      asked.note(side!, number);
      const { standing } = asked;
      const durationMs = serviceMs(side!, userIdOf(number));
      if (standing !== "known") halves[block]![side!].record(standing, durationMs);
    }
  }
  return halves.map(({ rest, grpc }) => ({
    subject: { firstAskings: rest.snapshot() },
    baseline: { firstAskings: grpc.snapshot() },
  }));
}
