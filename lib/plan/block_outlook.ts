import { looksAt } from "./sampling.ts";
import {
  countBlocks,
  REQUESTS_FOR_A_VERDICT,
  requestsForTenBlocks,
  usualConcurrency,
} from "./schedule.ts";
import { LEAST_BLOCKS } from "../stats/judge/support.ts";
import type { TestPlan } from "./test_plan.ts";

/**
 * What there is to say before anything is sent where a plan is cut into too few blocks for a verdict on times:
 * what would do; `null` where it is not.
 */
export function blockOutlook(plan: TestPlan): string | null {
  const { extent, sampling, load, concurrency } = plan;
  const blocks = looksAt(extent, sampling)
    .reduce((sum, look) => sum + countBlocks(look, plan), 0);
  if (blocks >= LEAST_BLOCKS) return null;
  const makes =
    `${blocks} ${blocks === 1 ? "block" : "blocks"} of load, and a verdict on times takes ` +
    `${LEAST_BLOCKS}`;
  if (extent.kind === "duration") {
    return `${extent.durationMs} ms per protocol make ${makes}: --duration 1s would do`;
  }
  const { requests } = extent;
  if (load.kind === "open") {
    return `${requests} requests at this rate make ${makes}: --duration 4s would do`;
  }
  return `${requests} requests per protocol with ${concurrency} in flight make ${makes}: ` +
    `${remedy(requests, concurrency)} would do`;
}

function remedy(requests: number, concurrency: number): string {
  const few = usualConcurrency({ kind: "requests", requests: REQUESTS_FOR_A_VERDICT }, {
    kind: "closed",
  });
  if (requests < REQUESTS_FOR_A_VERDICT) return `-r ${REQUESTS_FOR_A_VERDICT} -c ${few}`;
  const fewer = `-c ${usualConcurrency({ kind: "requests", requests }, { kind: "closed" })}`;
  // With all requests in flight at once, more of them may only be more in flight.
  return concurrency < requests ? `${fewer}, or -r ${requestsForTenBlocks(concurrency)},` : fewer;
}
