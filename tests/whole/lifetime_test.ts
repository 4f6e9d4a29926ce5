import assert from "node:assert/strict";
import {
  answerAtOnce,
  hangAfter,
  type ObservingOptions,
  withObservingServers,
} from "../support/observing_servers.ts";
import { fromFileUrl } from "../support/paths.ts";
import { BASE_PERMISSIONS } from "../support/process.ts";
import { validReport } from "../support/saved_document.ts";

const ENTRY = fromFileUrl("./cli_without_exit.ts");
/** Nothing is measured against it: it only keeps a test that fails from hanging. */
const PATIENCE_MS = 30_000;

const CASES: readonly (readonly [name: string, options: ObservingOptions, code: number])[] = [
  ["every request is answered", { rest: answerAtOnce, grpc: answerAtOnce }, 0],
  ["requests time out", { rest: hangAfter(5), grpc: hangAfter(5) }, 0],
  ["no request is answered in time", { rest: hangAfter(0), grpc: hangAfter(0) }, 4],
];

for (const [name, options, expected] of CASES) {
  Deno.test(`no timer and no connection outlives a run in which ${name}`, async () => {
    await withObservingServers(async ({ targets }) => {
      const args = ["-r", "12", "-c", "12", "--timeout", "1s", "-o", "json", ...targets];
      const { stdout, code } = await new Deno.Command(Deno.execPath(), {
        args: ["run", "--quiet", "--cached-only", ...BASE_PERMISSIONS, ENTRY, ...args],
        stdin: "null",
        stdout: "piped",
        stderr: "inherit",
        signal: AbortSignal.timeout(PATIENCE_MS),
      }).output();
      assert.equal(code, expected);
      assert.equal(validReport(new TextDecoder().decode(stdout)).rest.total_requests, 12);
    }, options);
  });
}
