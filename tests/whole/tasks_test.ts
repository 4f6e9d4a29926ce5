import assert from "node:assert/strict";
import { V8_FLAGS } from "../../scripts/v8_flags.ts";

Deno.test("every task that generates load runs V8 as the binary does", async () => {
  const { tasks } = JSON.parse(await Deno.readTextFile("deno.json"));
  for (const name of ["perf", "demo", "self-test", "calibrate"]) {
    const { command } = tasks[name];
    assert(command.includes(` ${V8_FLAGS} `), `${name}: ${command}`);
  }
});
