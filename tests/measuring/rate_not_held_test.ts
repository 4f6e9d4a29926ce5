import assert from "node:assert/strict";
import type { Report } from "../../lib/report/report.ts";
import { rateSentence } from "../../lib/report/rate_sentence.ts";
import type { OpenLoadSummary } from "../../lib/stats/judge/summary.ts";
import type { SideRecord } from "../../lib/report/side_record.ts";
import { inProcess } from "../support/in_process.ts";
import {
  answerAtOnce,
  type Answering,
  withObservingServers,
} from "../support/observing_servers.ts";
import { validReport } from "../support/saved_document.ts";
import { SEED_GRPC, SEED_REST } from "../support/seed_sample.ts";

/** One request at a time, 20 ms each: 50 a second at most. */
function inTurn(): Answering {
  let last = Promise.resolve();
  return async () => {
    last = last.then(() => new Promise((resolve) => setTimeout(resolve, 20)));
    await last;
    return true;
  };
}

/** A result of `-o json`, in another format. */
async function rendered(json: string, format: string): Promise<string> {
  const readFile = () => Promise.resolve(json);
  return (await inProcess(["report", "saved.json", "-o", format], { readFile })).stdout;
}

Deno.test("a rate that is not held is said first, with the one that was, and nothing is won on times or rates", async () => {
  await withObservingServers(async ({ targets }) => {
    const args = ["-r", "150", "--rate", "100", "--seed", "1", "-o", "json", ...targets];
    const { stdout } = await inProcess(args);
    const { rest, comparison, conclusion }: Report = validReport(stdout);
    const load = rest.open_load!;
    assert.equal(load.held, false);
    assert.equal(rest.total_requests, 150);
    assert(Math.abs(load.offered_rate! - 100) < 0.1);
    assert(load.answered_rate! < 55 && rest.throughput! < 55);
    assert(rest.median_response_time! > 300, "the queue grows beyond the ends of blocks");
    assert.match(
      conclusion[0]!,
      /^Rate not held: REST was to get 100\.0\/s and answered \d\d\.\d\/s/,
    );
    for (const key of ["median_response_time", "p99_response_time", "throughput"] as const) {
      assert.equal(comparison.verdicts[key].verdict, "rate not held");
      assert.equal(comparison.winner[key], "none");
    }
    assert.notEqual(comparison.verdicts.success_rate.verdict, "rate not held");

    assert.match(await rendered(stdout, "console"), /P99 Response: .* ms, of a growing queue\n/);
    assert.match(await rendered(stdout, "console"), /Rate Answered: .* req\/s, not held\n/);
    assert.match(await rendered(stdout, "csv"), /\nRate Held,false,(true|false),-,-\n/);
  }, { rest: inTurn(), grpc: answerAtOnce });
});

const BEHIND: OpenLoadSummary = {
  offered_rate: 500,
  sent_rate: 310,
  answered_rate: 309.6,
  held: false,
  unsent_requests: 0,
  service_time: null,
  send_delay: { samples: 1000, mean: 2, p50: 2, p95: 2, p99: 2 },
  queue_wait: null,
};
const side = (open_load: OpenLoadSummary): SideRecord => ({
  ...SEED_GRPC,
  avg_response_time: 100,
  open_load,
});

Deno.test("a client that could not send in time is told from a server that could not answer", () => {
  const sendDelay = { ...BEHIND.send_delay!, mean: 90 };
  assert.match(
    rateSentence([SEED_REST, side({ ...BEHIND, send_delay: sendDelay })])[0]!,
    /gRPC was to get 500\.0\/s, and this client itself was too late to send them: it made 310\.0\/s/,
  );
  assert.match(
    rateSentence([SEED_REST, side(BEHIND)])[0]!,
    /gRPC was to get 500\.0\/s and answered 309\.6\/s, so that its times are those of a growing queue/,
  );
  assert.deepEqual(rateSentence([SEED_REST, side({ ...BEHIND, held: true })]), []);
});

Deno.test("an open load that an earlier version saved has no rates, and is not called behind", async () => {
  await withObservingServers(async ({ targets }) => {
    const { stdout } = await inProcess(["-r", "20", "--rate", "500", "-o", "json", ...targets]);
    const document = JSON.parse(stdout);
    for (const { open_load: load } of [document.rest, document.grpc]) {
      for (const key of ["offered_rate", "sent_rate", "answered_rate", "held"]) delete load[key];
    }
    const text = JSON.stringify(document);
    assert.match(await rendered(text, "console"), /Rate Answered: +n\/a\n/);
    assert.match(await rendered(text, "csv"), /\nRate Held,,,-,-\n/);
  });
});
