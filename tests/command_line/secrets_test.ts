import assert from "node:assert/strict";
import fc from "fast-check";
import { quoted } from "../../lib/terminal/quoted.ts";
import { inProcess } from "../support/in_process.ts";
import { finished, protoduel, startProtoduel } from "../support/process.ts";

/** Two words, so that a half of a secret is found as well. */
const SECRET = "SEC-word";
const OTHER = "RET-word";
const LEAK = /SEC-word|RET-word/;

const PEM = `-----BEGIN PRIVATE KEY-----\n${SECRET}\n-----END PRIVATE KEY-----\n`;
const DEAD = ["--rest-url", "http://127.0.0.1:2", "--grpc-url", "127.0.0.1:2"];

/** Every option of every command that takes a value. */
const OPTIONS: readonly (readonly [command: string, names: readonly string[]])[] = [
  ["run", [
    ...["requests", "duration", "concurrency", "user-id-range", "workers", "timeout", "client"],
    ...["connections", "rate", "ramp", "steps", "arrivals", "knee", "schedule", "warmup", "margin"],
    ...["max-requests", "seed", "rest-url", "grpc-url", "ca", "cert", "key", "output"],
  ]],
  ["demo", ["latency", "failure-rate", "requests"]],
  ["serve", ["rest-port", "grpc-port", "host", "latency", "seed"]],
  ["report", ["output"]],
  ["self-test", ["runs", "output"]],
];

const SECRET_VALUES: readonly (readonly [name: string, value: string])[] = [
  ["an address with a user name and a password", `http://${SECRET}:${OTHER}@127.0.0.1:1`],
  ["a bare address with both", `${SECRET}:${OTHER}@127.0.0.1:1`],
  ["an address with a token in its query", `http://127.0.0.1:1/?key=${SECRET}`],
  ["an address with one in its fragment", `https://127.0.0.1:1/#${SECRET}`],
  ["a PEM text", PEM],
  ["a PEM text on one line", PEM.replaceAll("\n", "\\n")],
  ["a PEM text without its dashes", `BEGIN EC PRIVATE KEY ${SECRET}`],
  ["a PEM text without its first line", `MIIEvQIBADANBgkqhkiG9w0BAQEFAASC${"Ab+/9".repeat(20)}==`],
];

for (const [name, value] of SECRET_VALUES) {
  Deno.test(`no option repeats ${name}`, async () => {
    for (const [command, options] of OPTIONS) {
      for (const option of options) {
        const rest = option === "requests" ? [] : ["-r", "1"];
        const args = [command, ...(command === "serve" || command === "report" ? [] : rest)];
        for (const given of [[`--${option}`, value], [`--${option}=${value}`]]) {
          const dead = command === "run" && !option.endsWith("url") ? DEAD : [];
          const file = command === "report" ? ["x.json"] : [];
          const { stdout, stderr, code } = await inProcess([...args, ...dead, ...given, ...file]);
          assert.notEqual(code, 0, `${command} --${option}`);
          assert.match(stderr, /^error: Cannot /);
          assert.doesNotMatch(stdout + stderr, LEAK, `${command} --${option}`);
          assert.doesNotMatch(stdout + stderr, /MIIEvQ/);
        }
      }
    }
  });

  Deno.test(`no argument in the wrong place repeats ${name}`, async () => {
    const places = [
      [value],
      ["report", value],
      ["report", "a.json", value],
      ["-r", value],
      ["-r", "1", value],
      ["--frobnicate", value],
      [`--frobnicate=${value}`],
      ["help", value],
      ["serve", value],
      ["-r", "1", "--key", value],
      ["-r", "1", "--cert", value],
      ["-r", "1", ...DEAD, "--cert", value, "--key", value],
    ];
    for (const args of places) {
      const { stdout, stderr } = await inProcess(args);
      assert.doesNotMatch(stdout + stderr, LEAK, args.join(" "));
      assert.doesNotMatch(stdout + stderr, /MIIEvQ/);
    }
  });
}

const part = fc.stringMatching(/^[a-z0-9/?#:%[\]\\ .-]{0,6}$/);

Deno.test("of an address, however malformed, nothing before its last @ is repeated", async () => {
  const schemes = fc.constantFrom(
    "",
    "http://",
    "https://",
    "http:/",
    " http://",
    "dns:///",
    "x://",
  );
  const addresses = fc.tuple(schemes, part, part, part, part, fc.constantFrom("h", "127.0.0.1:1"))
    .map(([scheme, a, b, c, path, host]) =>
      `${scheme}${a}${SECRET}${b}@${c}${OTHER}@${host}${path}`
    );
  await fc.assert(
    fc.asyncProperty(addresses, fc.constantFrom("--rest-url", "--grpc-url"), async (text, flag) => {
      const { stderr, code } = await inProcess(["-r", "1", flag, text]);
      assert.equal(code, 2);
      assert.doesNotMatch(stderr, LEAK);
    }),
    { numRuns: 300 },
  );
});

Deno.test("of a query or a fragment nothing is repeated", async () => {
  const addresses = fc.tuple(part, fc.constantFrom("?", "#"), part)
    .map(([path, mark, name]) => `http://127.0.0.1:1/${path}${mark}${name}${SECRET}`);
  await fc.assert(fc.asyncProperty(addresses, async (text) => {
    const { stderr, code } = await inProcess(["-r", "1", "--rest-url", text]);
    assert.equal(code, 2);
    assert.doesNotMatch(stderr, LEAK);
  }));
});

Deno.test("a value without a secret is repeated as it was typed, and a long one is cut", () => {
  for (const value of ["abc", "", "http://h:99999", "/tmp/some/file.pem", "1-2-3", "MIX"]) {
    assert.equal(quoted(value), `"${value}"`);
  }
  assert.equal(quoted("http://ann:pw@h:1/base"), '"http://***@h:1/base"');
  assert(quoted("x".repeat(1_000_000)).length < 1000);
});

Deno.test("a key given where the name of its file belongs is not repeated by what cannot open it", async () => {
  for (const [flag, expected] of [["--ca", 2], ["report", 2]] as const) {
    const args = flag === "report" ? ["report", `./${PEM}`] : ["-r", "1", ...DEAD, flag, PEM];
    const { stdout, stderr, code } = await protoduel(...args);
    assert.deepEqual([stdout, code], ["", expected]);
    assert.match(stderr, /^error: Cannot read .*"\(a PEM text\)": No such file or directory/);
    assert.doesNotMatch(stderr, LEAK);
  }
});

Deno.test("a proxy that is not used is named by its variable alone", async () => {
  const environment = { HTTPS_PROXY: `http://${SECRET}:${OTHER}@proxy.test:1` };
  const result = await finished(startProtoduel(["-v", "-r", "1", ...DEAD], { environment }));
  assert.match(result.stderr, /the proxy in HTTPS_PROXY is not used/);
  assert.doesNotMatch(result.stdout + result.stderr, LEAK);
});
