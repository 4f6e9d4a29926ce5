import assert from "node:assert/strict";
import { OWN_LIMIT_ERROR_TYPE, ownLimitIn } from "../../lib/net/own_limit.ts";
import { describeProblem } from "../../lib/preflight/target_problem.ts";
import { CLIENTS } from "../../lib/clients/registry.ts";
import { failureFromText } from "../../lib/clients/text_failure.ts";
import { LENSES } from "../../lib/clients/lens.ts";
import { canRunShortOf, protoduelShortOf } from "../support/narrow_machine.ts";
import type { ProcessResult } from "../support/process.ts";
import { withReferenceServers } from "../support/reference.ts";
import { validReport } from "../support/saved_document.ts";
import { SEED_PLAN } from "../support/seed_sample.ts";

const CAN_LACK_FILES = await canRunShortOf("files");
const CAN_LACK_PORTS = await canRunShortOf("ports");
const LOAD = ["-r", "200", "--warmup", "off", "--no-client-check", "-o", "json"];

/** Every failure that there was, REST's at least, has this one name. */
function assertAllFailuresAre(errorType: string, { stdout, stderr }: ProcessResult): void {
  assert.notEqual(stdout, "", stderr);
  const { rest, grpc } = validReport(stdout);
  assert.deepEqual(Object.keys(rest.errors), [errorType]);
  assert.deepEqual(Object.keys({ [errorType]: 0, ...grpc.errors }), [errorType]);
}

for (const lens of LENSES) {
  const load = ["-c", "100", "--workers", "1", "--client", lens, ...LOAD];

  Deno.test({
    name: `where few files may be open, both protocols name this machine, with ${lens} clients`,
    ignore: !CAN_LACK_FILES,
    fn: () =>
      withReferenceServers(async ({ restUrl, grpcAddress }) => {
        const args = ["run", "--rest-url", restUrl, "--grpc-url", grpcAddress, ...load];
        assertAllFailuresAre("Too Many Open Files", await protoduelShortOf("files", 64, args));
      }),
  });

  Deno.test({
    name: `where few local ports are free, both protocols name this machine, with ${lens} clients`,
    ignore: !CAN_LACK_PORTS,
    async fn() {
      // In a network of its own, where the servers must be, too.
      const args = ["demo", ...load];
      assertAllFailuresAre("No Free Local Port", await protoduelShortOf("ports", 40, args));
    },
  });
}

const SPELLINGS: readonly (readonly [text: string, errorType: string])[] = [
  ["tcp connect error: Cannot assign requested address (os error 99)", "No Free Local Port"],
  ["tcp connect error: Can't assign requested address (os error 49)", "No Free Local Port"],
  [
    "tcp connect error: Die angeforderte Adresse ist ungültig. (os error 10049)",
    "No Free Local Port",
  ],
  ["connect EADDRNOTAVAIL 127.0.0.1:80", "No Free Local Port"],
  ["connect EINVAL 127.0.0.1:80", "No Free Local Port"],
  ["tcp open error: Too many open files (os error 24)", "Too Many Open Files"],
  ["tcp open error: Too many open files in system (os error 23)", "Too Many Open Files"],
  ["tcp open error: (os error 10024)", "Too Many Open Files"],
  ["connect EMFILE 127.0.0.1:80", "Too Many Open Files"],
  ["connect ENFILE 127.0.0.1:80", "Too Many Open Files"],
  ["No buffer space available (os error 105)", "No Buffer Space"],
  ["No buffer space available (os error 55)", "No Buffer Space"],
  ["(os error 10055)", "No Buffer Space"],
  ["write ENOBUFS", "No Buffer Space"],
];

for (const [text, errorType] of SPELLINGS) {
  Deno.test(`"${text}" is this machine's own: ${errorType}`, () => {
    const failure = failureFromText(text);
    const limit = ownLimitIn(text)!;
    assert.deepEqual([failure.errorType, failure.reason], [errorType, {
      kind: "own-limit",
      limit,
    }]);
    assert.equal(OWN_LIMIT_ERROR_TYPE[limit], errorType);
  });
}

Deno.test("what an address is called has no part in what its failure counts as", () => {
  const refused = "client error (Connect): tcp connect error: Connection refused (os error 111)";
  for (const host of ["tls.test", "certificate.test", "reset.test/too many open files"]) {
    const text = `fetch failed: error sending request for url (http://${host}/api): ${refused}`;
    assert.equal(failureFromText(text).errorType, "Connection Refused");
  }
});

Deno.test("the preflight does not send the user to the server for what this machine lacks", () => {
  const protocol = CLIENTS.wire.rest;
  for (
    const [limit, remedy] of [["ports", /Wait/], ["files", /ulimit/], ["buffers", /-c/]] as const
  ) {
    const failure = { kind: "own-limit", limit, detail: "as the system says" } as const;
    const text = describeProblem({ kind: "no-connection", failure }, {
      side: "rest",
      protocol,
      plan: SEED_PLAN,
    });
    assert.match(text, /this machine .*as the system says/);
    assert.match(text, remedy);
    assert.doesNotMatch(text, /server is up/);
  }
});
