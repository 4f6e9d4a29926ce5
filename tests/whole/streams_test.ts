import assert from "node:assert/strict";
import { readBounded } from "../../lib/commands/read_bounded.ts";
import { InterruptedError } from "../../lib/errors.ts";
import { inProcess } from "../support/in_process.ts";
import { answerAtOnce, hangAfter, withObservingServers } from "../support/observing_servers.ts";
import { fromFileUrl } from "../support/paths.ts";
import {
  finished,
  type ProcessResult,
  protoduelCommand,
  startProtoduel,
} from "../support/process.ts";
import { validReport } from "../support/saved_document.ts";
import { withTempDir } from "../support/temp_dir.ts";

const PYTHON = "/usr/bin/python3";
const SCRIPT = fromFileUrl("../third_party/streams.py");
const never = new AbortController().signal;

/** Needs Python, to lay streams that Deno cannot. */
async function hasPython(): Promise<boolean> {
  if (Deno.build.os !== "linux") return false;
  return await Deno.stat(PYTHON).then(() => true, () => false);
}

function protoduelWith(mode: readonly string[], args: readonly string[]): Promise<ProcessResult> {
  const command = new Deno.Command(PYTHON, {
    args: [SCRIPT, ...mode, ...protoduelCommand(args)],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  });
  return finished(command.spawn());
}

const LOAD = ["-r", "20", "-c", "4", "--warmup", "off", "--no-client-check", "-o", "json"];
const ignore = !await hasPython();

Deno.test({
  name: "a full disk is told as such, and in the exit code: the result could not be written",
  ignore,
  fn: () =>
    withObservingServers(async ({ targets }) => {
      for (const args of [[...LOAD, ...targets], ["--help"]]) {
        const { stderr, code } = await protoduelWith(["full-stdout"], args);
        assert.equal(code, 6);
        assert.match(stderr, /^error: Cannot write the result to standard output: No space left/m);
        assert.doesNotMatch(stderr, /mistake/);
      }
    }),
});

Deno.test("a reader that leaves before the result is whole is told nothing: the exit code says it", async () => {
  const child = startProtoduel(["--help"]);
  await child.stdout.cancel();
  const stderr = await new Response(child.stderr).text();
  assert.deepEqual([(await child.status).code, stderr], [6, ""]);
});

Deno.test({
  name: "what cannot be told does not keep the result from where it goes",
  ignore,
  fn: () =>
    withObservingServers(async ({ targets }) => {
      const { stdout, code } = await protoduelWith(["full-stderr"], ["-v", ...LOAD, ...targets]);
      assert.equal(code, 0);
      assert.equal(validReport(stdout).rest.successful_requests, 20);
    }),
});

Deno.test({
  name: "a terminal that closes ends the run, and what was measured goes where it still can",
  ignore,
  fn: () =>
    withObservingServers(async ({ targets }) => {
      const args = ["-v", ...LOAD, "--timeout", "60s", ...targets];
      const { stdout, code } = await protoduelWith(["closed-terminal"], args);
      assert.equal(code, 130);
      // Or it closed before the load.
      if (stdout !== "") assert.equal(validReport(stdout).test_metadata.interrupted, true);
    }, { rest: hangAfter(10), grpc: answerAtOnce }),
});

Deno.test({
  name: "under nohup, a terminal that closes ends nothing",
  ignore,
  fn: () =>
    withObservingServers(async ({ targets }) => {
      const { stdout, code } = await protoduelWith(["nohup"], ["-v", ...LOAD, ...targets]);
      assert.equal(code, 0);
      assert.equal(validReport(stdout).rest.successful_requests, 20);
    }),
});

Deno.test({
  name: "an interrupt ends a report on a pipe that nobody writes to",
  ignore,
  fn: () =>
    withTempDir(async (directory) => {
      const pipe = `${directory}/pipe`;
      const { stdout, stderr, code } = await protoduelWith(["fifo", pipe], ["report", pipe]);
      assert.equal(stdout, "");
      // Python's word for a process that a signal ended before it had set itself up.
      if (code === 254) return;
      assert.equal(code, 130);
      assert.match(stderr, /^error: Cannot show a result: stopped while a file was read\.\n$/);
    }),
});

Deno.test("a file from which nothing comes is given up, whether it opens or not", async () => {
  const silent = { read: () => new Promise<never>(() => {}), close: () => void closed++ };
  let closed = 0;
  const opens = [() => new Promise<never>(() => {}), () => Promise.resolve(silent)];
  for (const open of opens) {
    await assert.rejects(readBounded(open, never, 20), /nothing came from it in 20 ms/);
    await assert.rejects(readBounded(open, AbortSignal.abort()), InterruptedError);
  }
  assert.equal(closed, 2);
});

Deno.test("a file is read whole, however it comes", async () => {
  const chunks = ["one ", "", "two"].map((text) => new TextEncoder().encode(text));
  const source = {
    read: (buffer: Uint8Array) => {
      const chunk = chunks.shift();
      if (chunk !== undefined) buffer.set(chunk);
      return Promise.resolve(chunk?.length ?? null);
    },
    close() {},
  };
  assert.equal(await readBounded(() => Promise.resolve(source), never), "one two");
});

Deno.test("an interrupt while the reference servers start ends both: exit 130, no child left", async () => {
  const controller = new AbortController();
  const children: Deno.ChildProcess[] = [];
  const { stdout, stderr, code } = await inProcess(["demo", "-r", "10"], {
    interrupt: controller.signal,
    spawnSelf: () => {
      const child = new Deno.Command(Deno.execPath(), {
        args: ["eval", "setTimeout(() => {}, 600_000)"],
        stdin: "piped",
        stdout: "piped",
        stderr: "null",
      }).spawn();
      children.push(child);
      setTimeout(() => controller.abort(), 10);
      return child;
    },
  });
  assert.deepEqual([stdout, code], ["", 130]);
  assert.equal(stderr, "error: Cannot show a result: stopped before anything was measured.\n");
  assert.deepEqual(await Promise.all(children.map(async ({ status }) => (await status).signal)), [
    "SIGKILL",
  ]);
});

Deno.test("a Ctrl-C that reaches the starting servers first is no failure of theirs", async () => {
  const { code } = await inProcess(["demo", "-r", "10"], {
    spawnSelf: () => {
      const child = new Deno.Command(Deno.execPath(), {
        args: ["eval", "Deno.kill(Deno.pid, 'SIGINT'); setTimeout(() => {}, 600_000)"],
        stdin: "piped",
        stdout: "piped",
        stderr: "null",
      }).spawn();
      return child;
    },
  });
  assert.equal(code, 130);
});
