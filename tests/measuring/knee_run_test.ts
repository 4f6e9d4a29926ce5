import assert from "node:assert/strict";
import { inProcess } from "../support/in_process.ts";
import { type Answering, hangAfter, withObservingServers } from "../support/observing_servers.ts";
import { validReport } from "../support/saved_document.ts";

function answerAfter(delayMs: number): Answering {
  return () => new Promise((resolve) => setTimeout(resolve, delayMs, true));
}

Deno.test("an interrupt ends the search for the knee, and what is known of it is printed", async () => {
  await withObservingServers(async ({ targets, grpc }) => {
    const controller = new AbortController();
    const args = ["-r", "20", "-c", "10", "--knee", "10s", "--no-client-check", "-o", "json"];
    const running = inProcess([...args, ...targets], { interrupt: controller.signal });
    // One for the preflight, and then the search's first, which hangs.
    await grpc.arrivalOf(1 + 1);
    controller.abort();
    const { stdout, code } = await running;
    assert.equal(code, 130);
    const { knee } = validReport(stdout);
    assert.equal(knee!.p99_limit, 10_000);
    assert.deepEqual([knee!.grpc.result, knee!.grpc.steps], ["untried", []]);
  }, { rest: answerAfter(1), grpc: hangAfter(0) });
});

Deno.test("a server that falls silent ends its side of the search within the timeout", async () => {
  await withObservingServers(async ({ targets }) => {
    const args = ["-r", "20", "-c", "4", "--knee", "1s", "--timeout", "300ms", "-o", "json"];
    const { stdout } = await inProcess([...args, "--no-client-check", ...targets]);
    const { knee } = validReport(stdout);
    for (const side of [knee!.rest, knee!.grpc]) {
      assert.deepEqual([side.result, side.steps], ["untried", []]);
    }
  }, { rest: hangAfter(1), grpc: hangAfter(1) });
});
