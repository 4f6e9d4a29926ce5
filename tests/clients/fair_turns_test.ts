import assert from "node:assert/strict";
import { GetUserResponse } from "../../lib/requests/built_in/user_service.ts";
import type { ProtocolClient } from "../../lib/clients/protocol.ts";
import { withRestClient, withWireGrpcClient } from "../support/clients.ts";
import { AVAILABLE, withNghttpd, withNginx } from "../support/third_party.ts";

const CALLERS = 400;
const REQUESTS = 12_000;
/** In rounds of as many answers as there are callers: one where all are served in turn. */
const LONGEST_WAIT = 8;

/**
 * As many callers as connections, each of which asks again as soon as it is answered.
 *
 * @returns How many others were answered while one waited, at most.
 */
function longestWaitInAnswers(client: ProtocolClient): Promise<number> {
  let asked = 0;
  let answered = 0;
  let longest = 0;
  return new Promise((resolve, reject) => {
    const ask = () => {
      if (++asked > REQUESTS) return;
      const answeredBefore = answered;
      client.send(1, (sample) => {
        if (sample.kind === "failure") return reject(new Error(sample.cause));
        longest = Math.max(longest, answered - answeredBefore);
        if (++answered === REQUESTS) resolve(longest);
        else ask();
      });
    };
    for (let caller = 0; caller < CALLERS; caller++) ask();
  });
}

async function assertInTurn(client: ProtocolClient): Promise<void> {
  // The first time, connections are opened, which takes some longer than others.
  await longestWaitInAnswers(client);
  const rounds = await longestWaitInAnswers(client) / CALLERS;
  assert(rounds < LONGEST_WAIT, `one waited while others were answered ${rounds} times each`);
}

Deno.test({
  name: "a fast REST server's answers reach more connections than a turn serves, each in its turn",
  ignore: !AVAILABLE.nginx,
  fn: () => withNginx("{}", (url) => withRestClient(url, assertInTurn, { lens: "wire" })),
});

Deno.test({
  name: "a fast gRPC server's answers reach many connections, each in its turn",
  ignore: !AVAILABLE.nghttpd,
  fn: () =>
    withNghttpd(
      GetUserResponse.encode({}).finish(),
      (address) => withWireGrpcClient(address, assertInTurn, { connections: CALLERS }),
    ),
});
