import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { GetUserRequest, GetUserResponse } from "../../../lib/requests/built_in/user_service.ts";
import { LENSES } from "../../../lib/clients/lens.ts";
import type { Report } from "../../../lib/report/report.ts";
import { userById } from "../../../lib/servers/users.ts";
import { startGrpcStub } from "../../support/grpc_stub.ts";
import { inProcess } from "../../support/in_process.ts";
import { validReport } from "../../support/saved_document.ts";

const GOOD = 40;

interface Answers {
  /** What is answered to a request, by its number from 0 on. */
  readonly rest: (userId: number, request: number) => unknown;
  readonly grpc: (userId: number, request: number) => object | null;
}

const well: Answers["rest"] = (userId) => userById(userId);
const wellInGrpc: Answers["grpc"] = (userId) => userById(userId);

/** A whole run against servers that answer so, always with success. */
async function runWith(
  { rest, grpc }: Answers,
  args: readonly string[],
): Promise<{ report: Report; stderr: string }> {
  let [restRequests, grpcRequests] = [0, 0];
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    ({ url }) => Response.json(rest(Number(url.split("/").at(-1)), restRequests++)),
  );
  const stub = await startGrpcStub(({ request }, callback) => {
    const { userId } = GetUserRequest.toObject(GetUserRequest.decode(request));
    const user = grpc(userId, grpcRequests++);
    callback(null, Buffer.from(GetUserResponse.encode(user === null ? {} : { user }).finish()));
  });
  try {
    const targets = [
      ...["--rest-url", `http://127.0.0.1:${server.addr.port}`],
      ...["--grpc-url", `127.0.0.1:${stub.port}`],
    ];
    const { stdout, stderr } = await inProcess([
      ...["-r", "400", "-c", "4", "--no-client-check", "-o", "json", "--seed", "3"],
      ...args,
      ...targets,
    ]);
    return { report: validReport(stdout), stderr };
  } finally {
    stub.close();
    await server.shutdown();
  }
}

const error = { error: "rate limit exceeded" };

for (const lens of LENSES) {
  Deno.test(`${lens}: errors with status 200 are told, and win nothing`, async () => {
    const rest: Answers["rest"] = (id, request) => request < GOOD ? well(id, request) : error;
    const { report, stderr } = await runWith({ rest, grpc: wellInGrpc }, ["--client", lens]);
    assert.equal(report.rest.success_rate, 100);
    const { rest: seen, grpc } = report.answer_check!;
    assert.equal(seen!.other_shape, "{error}");
    assert.equal(seen!.answers - seen!.other_answers, GOOD - 1, "the preflight asks for one more");
    assert.deepEqual([grpc!.other_answers, grpc!.other_shape], [0, null]);
    const told = /% of the REST answers \([\d,]+ of [\d,]+\) have another shape .*: \{error\}/;
    assert.match(report.conclusion[0]!, told);
    assert.match(report.conclusion[0]!, /no winner is named/);
    assert(report.notes.some((note) => told.test(note)));
    assert.match(stderr, told);
    for (const [key, { verdict }] of Object.entries(report.comparison.verdicts)) {
      assert.equal(verdict, "other answers", key);
    }
    assert(Object.values(report.comparison.winner).every((winner) => winner === "none"));
    assert.doesNotMatch(report.conclusion.join("\n"), /equally reliable|superior|smaller/);
  });

  Deno.test(`${lens}: messages without content are told as well`, async () => {
    const grpc: Answers["grpc"] = (id, request) => request < GOOD ? wellInGrpc(id, request) : null;
    const { report } = await runWith({ rest: well, grpc }, ["--client", lens]);
    assert.equal(report.answer_check!.grpc!.other_shape, "an empty one");
    assert.match(report.conclusion[0]!, /of the gRPC answers .* have another shape .*an empty one/);
  });

  Deno.test(`${lens}: answers that grow half-way are told, and nothing is won that hangs on it`, async () => {
    const grown = (id: number) => ({ ...userById(id), email: "e".repeat(5000) });
    const { report, stderr } = await runWith({
      rest: (id, request) => request < 200 ? well(id, request) : grown(id),
      grpc: (id, request) => request < 200 ? wellInGrpc(id, request) : grown(id),
    }, ["--client", lens]);
    const told =
      /% of the REST answers \(\d+ of 400\) came in blocks of \d,\d+ bytes on average, and /;
    assert.match(report.conclusion[0]!, told);
    assert.match(
      report.conclusion[0]!,
      /of the gRPC answers .* no winner is named on sizes, times/,
    );
    assert.match(stderr, told);
    const { winner, verdicts } = report.comparison;
    for (const key of ["avg_payload_size", "median_response_time", "throughput"] as const) {
      assert.deepEqual([winner[key], verdicts[key].verdict], ["none", "other answers"]);
    }
    assert.notEqual(verdicts.success_rate.verdict, "other answers");
  });

  Deno.test(`${lens}: sizes that vary with the user from the start are no change`, async () => {
    const varying = (id: number) => ({
      ...userById(id),
      email: "e".repeat(id % 10 === 0 ? 5000 : 1),
    });
    const { report } = await runWith({ rest: varying, grpc: varying }, ["--client", lens]);
    assert.doesNotMatch(report.conclusion.join(), /came in blocks of/);
    assert.notEqual(report.comparison.verdicts.avg_payload_size.verdict, "other answers");
  });

  Deno.test(`${lens}: every second answer an error from the start is told, whichever came first`, async () => {
    for (const odd of [0, 1]) {
      const rest: Answers["rest"] = (id, request) =>
        request % 2 === odd ? { error: "x" } : well(id, request);
      const { report } = await runWith({ rest, grpc: wellInGrpc }, ["--client", lens]);
      assert.match(
        report.conclusion[0]!,
        /^(49|50|51)\.\d% of the REST answers .* have another shape .*: no winner is named$/,
      );
    }
  });

  Deno.test(`${lens}: a few users without an answer are a note, and take no winner away`, async () => {
    const rare = (id: number) => id % 300 === 1;
    const { report } = await runWith({
      rest: (id, request) => rare(id) && request > 0 ? {} : well(id, request),
      grpc: (id, request) => rare(id) && request > 0 ? null : wellInGrpc(id, request),
    }, ["--client", lens]);
    const { rest, grpc } = report.answer_check!;
    assert.equal(rest!.other_answers, grpc!.other_answers);
    assert.notEqual(report.comparison.verdicts.avg_payload_size.verdict, "other answers");
  });
}

Deno.test("threads see the same together", async () => {
  const rest: Answers["rest"] = (id, request) => request < GOOD ? well(id, request) : error;
  const args = ["--client", "wire", "--workers", "2"];
  const { report } = await runWith({ rest, grpc: wellInGrpc }, args);
  assert.match(report.conclusion[0]!, /% of the REST answers .*\{error\}.*no winner is named/);
});
