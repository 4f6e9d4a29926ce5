import assert from "node:assert/strict";
import { blockOutlook } from "../../lib/plan/block_outlook.ts";
import { parseCommandLine } from "../../lib/command_line/parse.ts";
import { DEFAULT_TLS } from "../../lib/net/tls_settings.ts";
import { countBlocks } from "../../lib/plan/schedule.ts";

function planOf(line: string) {
  const command = parseCommandLine(line.split(" "), 2);
  assert(command.kind === "run");
  return { ...command.plan, tls: DEFAULT_TLS };
}

function blocksOf(line: string): number {
  const plan = planOf(line);
  return countBlocks(plan.extent, plan);
}

Deno.test("any number of requests from 80 on has enough blocks for a verdict, where -c is not given", () => {
  for (const requests of [80, 100, 200, 500, 800, 1000, 5000, 100_000]) {
    assert.equal(blockOutlook(planOf(`-r ${requests}`)), null, `-r ${requests}`);
    assert(blocksOf(`-r ${requests}`) >= (requests >= 500 ? 10 : 4), `-r ${requests}`);
  }
});

Deno.test("too few blocks are told before the run, with what would do, which does", () => {
  for (const requests of [1, 10, 50, 100, 200, 500, 799]) {
    for (const inFlight of ["", " -c 100", " -c 1000"]) {
      const line = `-r ${requests}${inFlight}`;
      const outlook = blockOutlook(planOf(line));
      if (outlook === null) {
        assert(blocksOf(line) >= 4, line);
        continue;
      }
      assert(blocksOf(line) < 4, line);
      assert.match(
        outlook,
        / in flight make [0-3] blocks? of load, and a verdict on times takes 4: /,
      );
      const [, fewer, more] = /: (?:-r \d+ )?-c (\d+)(?:, or -r (\d+),)? would do$/.exec(outlook)!;
      const advised = /: (-r \d+ -c \d+)/.exec(outlook)?.[1] ?? `-r ${requests} -c ${fewer}`;
      assert(blocksOf(advised) >= 4, `${line}: ${outlook}`);
      if (more !== undefined) {
        assert(blocksOf(`-r ${more}${inFlight}`) >= 10, `${line}: ${outlook}`);
      }
    }
  }
});

Deno.test("of a run in time, or at a rate, the advice is a longer time", () => {
  assert.match(
    blockOutlook(planOf("--duration 300ms"))!,
    /^300 ms per protocol make 3 blocks of load, .*: --duration 1s would do$/,
  );
  assert.match(
    blockOutlook(planOf("--rate 100 -r 20"))!,
    /^20 requests at this rate make 2 blocks .*: --duration 4s would do$/,
  );
  for (const line of ["--duration 1s", "--rate 100 --duration 4s", "--rate 2 --duration 4s"]) {
    assert.equal(blockOutlook(planOf(line)), null, line);
  }
});

Deno.test("a run that goes on until it is decided has the blocks of all its looks", () => {
  assert.equal(blockOutlook(planOf("-r 50 -c 10 --until-decided")), null);
  assert.notEqual(blockOutlook(planOf("-r 20 -c 10 --until-decided --max-requests 40")), null);
});
