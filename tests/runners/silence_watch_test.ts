import assert from "node:assert/strict";
import type { Failure } from "../../lib/requests/sample.ts";
import { SilenceWatch } from "../../lib/runners/silence_watch.ts";

const REFUSED: Failure = {
  kind: "failure",
  errorType: "Connection Refused",
  cause: "the connection was refused",
  reason: { kind: "no-connection", failure: { kind: "refused" } },
};
const TOO_MANY: Failure = { ...REFUSED, reason: { kind: "http-status", status: 429 } };

/** A watch, and its clock. */
function watched() {
  const time = { nowMs: 0 };
  const watch = new SilenceWatch(() => time.nowMs);
  /** One failure a second. */
  const fail = (times: number, successes: number, failure = REFUSED) => {
    for (let count = 0; count < times; count++) {
      time.nowMs += 1000;
      watch.recordFailure(failure, successes);
    }
  };
  return { watch, fail, time };
}

Deno.test("a server that is not heard for 20 s is given up, over stretches of load too", () => {
  const { watch, fail } = watched();
  const first = watch.begin();
  fail(10, 7);
  watch.end(7);
  assert(!first.aborted);
  const second = watch.begin();
  fail(10, 0);
  assert(!second.aborted);
  fail(1, 0);
  assert(second.aborted && watch.hasGivenUp);
});

Deno.test("whoever is heard in between is not given up, if only with an error", () => {
  const { watch, fail } = watched();
  const signal = watch.begin();
  for (let count = 0; count < 10; count++) {
    fail(15, 0);
    fail(1, 0, TOO_MANY);
  }
  for (let successes = 1; successes < 10; successes++) fail(15, successes);
  watch.end(10);
  watch.begin();
  fail(15, 0);
  assert(!signal.aborted && !watch.hasGivenUp);
});

Deno.test("a few failures are no sign, however long they take", () => {
  const { watch, fail, time } = watched();
  watch.begin();
  for (let count = 0; count < 19; count++) {
    time.nowMs += 30_000;
    fail(1, 0);
  }
  assert(!watch.hasGivenUp);
});
