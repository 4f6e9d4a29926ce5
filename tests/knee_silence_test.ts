import assert from "node:assert/strict";
import { inProcess } from "./support/in_process.ts";
import { hangAfter, withObservingServers } from "./support/observing_servers.ts";
import { validReport } from "./support/saved_document.ts";

Deno.test("a server that falls silent under --knee ends the search, and costs few timeouts", async () => {
  await withObservingServers(async ({ targets, rest }) => {
    const args = ["-r", "4", "-c", "4", "--knee", "50ms", "--rate", "100", "--timeout", "1s"];
    const { stdout, stderr } = await inProcess([...args, "-o", "json", ...targets]);
    assert.notEqual(stdout, "", stderr);
    assert.equal(validReport(stdout).knee?.rest.result, "below");
    // The preflight's, ten at each of two rates, and those of the run.
    assert(rest.userIds.length <= 1 + 20 + 4, `${rest.userIds.length} requests`);
  }, { rest: hangAfter(0), grpc: hangAfter(0) });
});
