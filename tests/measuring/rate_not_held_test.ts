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
    const { rest, grpc, fairness, comparison, conclusion }: Report = validReport(stdout);
    const load = rest.open_load!;
    assert.equal(load.held, false);
    assert.equal(rest.total_requests, 150);
    assert(Math.abs(load.offered_rate! - 100) < 0.1);
    for (const { open_load: rates } of [rest, grpc]) {
      assert(rates!.answered_rate! <= rates!.sent_rate!, "nobody answers more than was sent");
    }
    assert.deepEqual(fairness.filter(({ aspect }) => aspect === "Median response"), []);
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
    rateSentence([SEED_REST, side({ ...BEHIND, send_delay: sendDelay })], 100)[0]!,
    /gRPC was to get 500\.0\/s, and this client itself was too late to send them: it made 310\.0\/s/,
  );
  assert.match(
    rateSentence([SEED_REST, side(BEHIND)], 100)[0]!,
    /gRPC was to get 500\.0\/s and answered 309\.6\/s, so that its times are those of a growing queue/,
  );
  assert.deepEqual(rateSentence([SEED_REST, side({ ...BEHIND, held: true })], 100), []);
});

Deno.test("places in flight that are too few are told from a server that could not answer", () => {
  const full: OpenLoadSummary = {
    ...BEHIND,
    offered_rate: 150,
    answered_rate: 100,
    service_time: { samples: 1000, mean: 100, p50: 100, p95: 101, p99: 101 },
    queue_wait: { samples: 900, mean: 2000, p50: 2000, p95: 4000, p99: 4000 },
  };
  const sentence = (leastMs: number, load = full) =>
    rateSentence([SEED_REST, { ...side(load), min_response_time: leastMs }], 10)[0]!;
  assert.match(sentence(99), /150\.0\/s, and 10 places in flight \(-c\) allow 100\.0\/s of them/);
  assert.match(sentence(10), /and answered 100\.0\/s/, "it let them wait itself");
  assert.match(sentence(99, { ...full, queue_wait: null }), /and answered 100\.0\/s/);
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
