import assert from "node:assert/strict";
import { GetUserResponse } from "../../lib/requests/built_in/user_service.ts";
import { type Lens, LENSES } from "../../lib/clients/lens.ts";
import type { Report } from "../../lib/report/report.ts";
import { protoduel } from "../support/process.ts";
import { validReport } from "../support/saved_document.ts";
import { AVAILABLE, withGrpcio, withNghttpd, withNginx } from "../support/third_party.ts";

const REQUESTS = 300;
/** Ids of four digits, so that all answers are of one size, in JSON and as a varint. */
const ID_RANGE = "1000-9999";
const JSON_ANSWER = '{"id":$1,"username":"user.$1","city":"Oslo"}';
const answeredAs = (id: number) => ({ id, username: `user.${id}`, city: "Oslo" });

async function measure(
  lens: Lens,
  restUrl: string,
  grpcAddress: string,
  idRange: string,
): Promise<Report> {
  const { stdout, stderr, code } = await protoduel(
    ...["--client", lens],
    ...["-r", String(REQUESTS), "-c", "20", "-o", "json", "--user-id-range", idRange],
    ...["--rest-url", restUrl, "--grpc-url", grpcAddress],
  );
  // Nothing on stderr: the preflight found that both answer with the same user.
  assert.deepEqual([stderr, code], ["", 0]);
  const report = validReport(stdout);
  for (const { successful_requests, errors } of [report.rest, report.grpc]) {
    assert.deepEqual([successful_requests, errors], [REQUESTS, {}]);
  }
  return report;
}

/** The sizes of an answer: the JSON body, and the message without its prefix. */
function assertPayloadSizes({ rest, grpc }: Report): void {
  const user = answeredAs(1234);
  assert.equal(rest.avg_payload_size, JSON.stringify(user).length);
  assert.equal(grpc.avg_payload_size, GetUserResponse.encode({ user }).finish().length);
}

for (const lens of LENSES) {
  Deno.test({
    name: `nginx and a Python grpcio server are measured without a failure, ${lens} (needs both)`,
    ignore: !AVAILABLE.nginx || !AVAILABLE.grpcio,
    fn: () =>
      withNginx(
        JSON_ANSWER,
        (restUrl) =>
          withGrpcio(async (grpcAddress) =>
            assertPayloadSizes(await measure(lens, restUrl, grpcAddress, ID_RANGE))
          ),
      ),
  });

  Deno.test({
    name: `nginx and nghttpd are measured without a failure, ${lens} (needs both)`,
    ignore: !AVAILABLE.nginx || !AVAILABLE.nghttpd,
    fn: () => {
      const message = GetUserResponse.encode({ user: answeredAs(1234) }).finish();
      return withNginx(
        JSON_ANSWER,
        (restUrl) =>
          withNghttpd(
            message,
            async (grpcAddress) =>
              assertPayloadSizes(await measure(lens, restUrl, grpcAddress, "1234-1234")),
          ),
      );
    },
  });
}
