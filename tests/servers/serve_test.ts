import { Client, credentials, type ServiceError, status as Status } from "@grpc/grpc-js";
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { GetUserRequest, GetUserResponse } from "../../lib/requests/built_in/user_service.ts";
import { parseAnnouncement, type ServerAddresses } from "../../lib/servers/announcement.ts";
import { GRPC_SERVER_NAMES } from "../../lib/servers/grpc_server_name.ts";
import { userById } from "../../lib/servers/users.ts";
import { inProcess } from "../support/in_process.ts";
import { protoduel, startProtoduel } from "../support/process.ts";
import { withReferenceServers } from "../support/reference.ts";
import { type RunningProcess, withProtoduel, withRunning } from "../support/running_process.ts";

const FREE_PORTS = ["--rest-port", "0", "--grpc-port", "0"];

async function addressesOf({ stdoutMatch }: RunningProcess): Promise<ServerAddresses> {
  const [announced] = await stdoutMatch(/^REST .*\ngRPC .*\n/);
  return parseAnnouncement(announced)!;
}

interface GrpcAnswer {
  readonly code: number;
  readonly message: Uint8Array;
}

interface GrpcAsker {
  ask(request: Uint8Array): Promise<GrpcAnswer>;
  close(): void;
}

const READY_WITHIN_MS = 20_000;

/** A connection that is up. */
async function openGrpc(address: string): Promise<GrpcAsker> {
  const client = new Client(address, credentials.createInsecure(), {
    "grpc.use_local_subchannel_pool": 1,
    "grpc.enable_http_proxy": 0,
    // grpc-js retries for ever, without letting anything else run, on a connection that has just gone.
    "grpc.enable_retries": 0,
  });
  await new Promise<void>((resolve, reject) =>
    client.waitForReady(
      Date.now() + READY_WITHIN_MS,
      (error) => error === undefined ? resolve() : reject(error),
    )
  );
  const passThrough = (bytes: Buffer) => bytes;
  return {
    ask: (request) =>
      new Promise((resolve) =>
        client.makeUnaryRequest(
          "/api.performance.UserService/GetUser",
          passThrough,
          passThrough,
          Buffer.from(request),
          (error: ServiceError | null, message = Buffer.alloc(0)) =>
            resolve({ code: error?.code ?? Status.OK, message }),
        )
      ),
    close: () => client.close(),
  };
}

async function askGrpc(address: string, requests: readonly Uint8Array[]): Promise<GrpcAnswer[]> {
  const { ask, close } = await openGrpc(address);
  try {
    return await Promise.all(requests.map(ask));
  } finally {
    close();
  }
}

const requestFor = (userId: number) => GetUserRequest.encode({ userId }).finish();

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  Deno.test(`serve announces two lines, and ends with exit 0 on ${signal}`, async () => {
    await withProtoduel(["serve", ...FREE_PORTS], async (running) => {
      const { restUrl, grpcAddress } = await addressesOf(running);
      const answer = await fetch(`${restUrl}/api/users/42`);
      assert.deepEqual([answer.status, await answer.json()], [200, userById(42)]);
      const [grpc] = await askGrpc(grpcAddress, [requestFor(42)]);
      assert.equal(grpc!.code, Status.OK);
      running.child.kill(signal);
      const { stdout, stderr, code } = await running.finished();
      assert.equal(stdout, `REST ${restUrl}\ngRPC ${grpcAddress}\n`);
      assert.equal(stderr, "note: the reference servers are up; press Ctrl-C to stop them\n");
      assert.equal(code, 0);
    });
  });
}

Deno.test("serve refuses a streaming call at once, such as one for its schema", async () => {
  await withReferenceServers(async ({ grpcAddress }) => {
    const client = new Client(grpcAddress, credentials.createInsecure(), {
      "grpc.enable_http_proxy": 0,
    });
    const passThrough = (bytes: Buffer) => bytes;
    const call = client.makeBidiStreamRequest(
      "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
      passThrough,
      passThrough,
    );
    const code = await new Promise((resolve) => {
      call.on("error", (error: ServiceError) => resolve(error.code));
      call.on("data", () => {});
      call.write(Buffer.from([0x3a, 0x00]));
    });
    client.close();
    assert.equal(code, Status.UNIMPLEMENTED);
  });
});

Deno.test("serve over REST: 200, 404, 400 and 405, each with JSON", async () => {
  await withReferenceServers(async ({ restUrl }) => {
    const ask = async (path: string, method = "GET") => {
      const answer = await fetch(restUrl + path, { method });
      assert.match(answer.headers.get("content-type")!, /^application\/json/);
      const body = await answer.json();
      return answer.status === 200 ? [200, body.id] : [answer.status, body.error];
    };
    assert.deepEqual(await ask("/api/users/1"), [200, 1]);
    assert.deepEqual(await ask("/api/users/10000"), [200, 10_000]);
    assert.deepEqual(await ask("/api/users/10001"), [404, "no such user"]);
    assert.deepEqual(await ask("/api/users"), [404, "no such path"]);
    assert.deepEqual(await ask("/api/users/1/friends"), [404, "no such path"]);
    for (const id of ["0", "-1", "abc", "1.5", "1e3", "", "%31"]) {
      assert.deepEqual(await ask(`/api/users/${id}`), [400, "a user id is an integer from 1"], id);
    }
    for (const method of ["POST", "PUT", "DELETE"]) {
      assert.deepEqual(await ask("/api/users/1", method), [405, "only GET is offered"]);
    }
  });
});

for (const grpcServer of GRPC_SERVER_NAMES) {
  Deno.test(`serve over gRPC by ${grpcServer}: OK with the same user, NOT_FOUND, INVALID_ARGUMENT`, async () => {
    await withReferenceServers(async ({ grpcAddress }) => {
      const ids = [1, 10_000, 10_001, 2 ** 31 - 1, 0, -1];
      const answers = await askGrpc(grpcAddress, [...ids.map(requestFor), new Uint8Array()]);
      assert.deepEqual(answers.map(({ code }) => Status[code]), [
        ...["OK", "OK", "NOT_FOUND", "NOT_FOUND", "INVALID_ARGUMENT", "INVALID_ARGUMENT"],
        // proto3: an empty request is user 0.
        "INVALID_ARGUMENT",
      ]);
      const { user } = GetUserResponse.toObject(GetUserResponse.decode(answers[0]!.message));
      assert.deepEqual({ ...user }, userById(1));
    }, { grpcServer });
  });

  Deno.test(`serve by ${grpcServer} outlives requests that are no protobuf`, async () => {
    await withReferenceServers(async ({ grpcAddress }) => {
      const hostile = [new Uint8Array([0x08]), new Uint8Array([0xff, 0xff, 0xff, 0xff])];
      for (const { code } of await askGrpc(grpcAddress, hostile)) assert.notEqual(code, Status.OK);
      const [answer] = await askGrpc(grpcAddress, [requestFor(1)]);
      assert.equal(answer!.code, Status.OK);
    }, { grpcServer });
  });

  Deno.test(`serve with gRPC by ${grpcServer} fails the same requests again for the same seed, as REST does`, async () => {
    const failures = (seed: number) =>
      withReferenceServers(async ({ restUrl, grpcAddress }) => {
        const rest: boolean[] = [];
        const grpc: boolean[] = [];
        for (let sent = 0; sent < 40; sent++) {
          const answer = await fetch(`${restUrl}/api/users/1`);
          await answer.body?.cancel();
          rest.push(answer.status === 503);
          const [{ code }] = await askGrpc(grpcAddress, [requestFor(1)]) as [GrpcAnswer];
          grpc.push(code === Status.UNAVAILABLE);
        }
        assert.deepEqual(rest, grpc);
        return rest;
      }, { failureRate: 0.3, seed, grpcServer });
    const first = await failures(11);
    assert(first.includes(true) && first.includes(false));
    assert.deepEqual(await failures(11), first);
    assert.notDeepEqual(await failures(12), first);
  });

  Deno.test(`serve --grpc-server ${grpcServer} that is stopped does not sit out its latency, nor leave a timer behind`, async () => {
    const interrupt = new AbortController();
    let announced = "";
    const args = ["serve", ...FREE_PORTS, "--latency", "10m", "--grpc-server", grpcServer];
    const ended = inProcess(args, {
      interrupt: interrupt.signal,
      writeResult: (text) => Promise.resolve(void (announced += text)),
    });
    while (announced === "") await new Promise((resolve) => setTimeout(resolve, 5));
    const { restUrl, grpcAddress } = parseAnnouncement(announced)!;
    const rest = fetch(`${restUrl}/api/users/1`).then((answer) => answer.text()).catch(() => null);
    const { ask, close } = await openGrpc(grpcAddress);
    const grpc = ask(requestFor(1));
    // Long enough for both requests to be on their way into the latency.
    await new Promise((resolve) => setTimeout(resolve, 100));
    interrupt.abort();
    assert.equal((await ended).code, 0);
    await Promise.all([rest, grpc]);
    close();
  });
}

const TAKEN = [
  ["REST", "--rest-port", "wire"],
  ["gRPC", "--grpc-port", "wire"],
  ["gRPC", "--grpc-port", "grpc-js"],
] as const;

for (const [label, flag, grpcServer] of TAKEN) {
  Deno.test(`serve on a ${label} port that is taken, with ${grpcServer}: exit 3, with the flag to mend it`, async () => {
    const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const port = String(listener.addr.port);
    const otherFlag = flag === "--rest-port" ? "--grpc-port" : "--rest-port";
    try {
      const { stdout, stderr, code } = await protoduel(
        ...["serve", flag, port, otherFlag, "0", "--grpc-server", grpcServer],
      );
      assert.deepEqual([stdout, code], ["", 3]);
      const cause = `error: Cannot start the ${label} reference server on port "${port}": `;
      assert(stderr.startsWith(cause), stderr);
      assert.match(
        stderr,
        new RegExp(`another port with ${flag} \\(0 means any free one\\)\\.\n$`),
      );
    } finally {
      listener.close();
    }
  });
}

Deno.test("the servers of a demo ignore the Ctrl-C that reaches them too, and end with their input", async () => {
  const child = startProtoduel(["serve", "--end-with-stdin", ...FREE_PORTS], { stdin: "piped" });
  await withRunning(child, async (running) => {
    const { restUrl } = await addressesOf(running);
    child.kill("SIGINT");
    const answer = await fetch(`${restUrl}/api/users/1`);
    assert.equal((await answer.json()).id, 1);
    await child.stdin.close();
    const { stderr, code } = await running.finished();
    assert.deepEqual([stderr, code], ["", 0]);
  });
});
