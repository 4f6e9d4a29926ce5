import { cpus } from "node:os";
import { fileURLToPath } from "node:url";
import { GetUserResponse } from "../../lib/requests/built_in/user_service.ts";
import { DEFAULT_GRPC_SERVER } from "../../lib/servers/grpc_server_name.ts";
import { startServerProcess } from "../../lib/servers/server_process.ts";
import { userById } from "../../lib/servers/users.ts";
import { freePort } from "../../tests/support/free_port.ts";
import { findProgram } from "./find_program.ts";
import { interrupt } from "./interrupt.ts";

/** A server to measure against, in a process of its own. */
export interface BenchServer {
  readonly name: string;
  readonly address: string;
  stop(): Promise<void>;
}

const USER = userById(4242)!;

/** Where the servers run, so that they take no time from the client: the last core of all, pinned or not. */
const SERVER_CORE = String(cpus().length - 1);

/** nginx with one worker and a canned answer, or the reference server. */
export async function startRestServer(): Promise<BenchServer> {
  return await startNginx("plain") ?? await startReferenceServer("rest");
}

/** Whether a server speaks TLS; the certificate is the tests' own, for localhost and 127.0.0.1. */
export type Security = "plain" | "tls";

const CERTIFICATE = fileURLToPath(
  new URL("../../tests/fixtures/server_cert.pem", import.meta.url),
);
const PRIVATE_KEY = fileURLToPath(
  new URL("../../tests/fixtures/server_key.pem", import.meta.url),
);

/** @returns `null` where nginx is not installed. */
export async function startNginx(security: Security): Promise<BenchServer | null> {
  const nginx = await findProgram("nginx");
  if (nginx === null) return null;
  return await startInFolder("protoduel-nginx-", async (folder) => {
    const port = freePort();
    await Deno.writeTextFile(`${folder}/nginx.conf`, nginxConfig(folder, port, security));
    const stop = await startProgram(nginx, ["-p", folder, "-c", `${folder}/nginx.conf`], port);
    const scheme = security === "tls" ? "https" : "http";
    return { name: "nginx", address: `${scheme}://127.0.0.1:${port}`, stop };
  });
}

function nginxConfig(folder: string, port: number, security: Security): string {
  const tls = security === "tls"
    ? `ssl_certificate ${CERTIFICATE}; ssl_certificate_key ${PRIVATE_KEY};`
    : "";
  return `
    daemon off; worker_processes 1; pid ${folder}/nginx.pid; error_log stderr crit;
    events { worker_connections 4096; }
    http {
      access_log off; keepalive_requests 1000000000;
      client_body_temp_path ${folder}/body; proxy_temp_path ${folder}/proxy;
      fastcgi_temp_path ${folder}/fastcgi; uwsgi_temp_path ${folder}/uwsgi; scgi_temp_path ${folder}/scgi;
      server {
        listen 127.0.0.1:${port} ${security === "tls" ? "ssl" : ""}; ${tls}
        location ~ ^/api/users/(\\d+)$ {
          default_type application/json; return 200 '${JSON.stringify(USER)}';
        }
      }
    }`;
}

/** nghttpd with a canned answer, or the reference server. */
export async function startGrpcServer(): Promise<BenchServer> {
  return await startNghttpd("plain") ?? await startReferenceServer("grpc");
}

/** @returns `null` where nghttpd is not installed. */
export async function startNghttpd(security: Security): Promise<BenchServer | null> {
  const nghttpd = await findProgram("nghttpd");
  if (nghttpd === null) return null;
  return await startInFolder("protoduel-nghttpd-", async (folder) => {
    await Deno.mkdir(`${folder}/api.performance.UserService`);
    await Deno.writeFile(`${folder}/api.performance.UserService/GetUser`, framedAnswer());
    const port = freePort();
    const [plainArgs, keyArgs] = security === "tls"
      ? [[], [PRIVATE_KEY, CERTIFICATE]]
      : [["--no-tls"], []];
    const stop = await startProgram(
      nghttpd,
      [
        ...plainArgs,
        ...["-a", "127.0.0.1", "-d", folder, "--trailer", "grpc-status: 0", "--no-content-length"],
        ...[String(port), ...keyArgs],
      ],
      port,
    );
    const scheme = security === "tls" ? "https://" : "";
    return { name: "nghttpd", address: `${scheme}127.0.0.1:${port}`, stop };
  });
}

const CPP_SOURCE = fileURLToPath(new URL("./cpp_server.cc", import.meta.url));
const CPP_LIBRARIES = ["-Wl,--copy-dt-needed-entries", "-lgrpc++", "-lprotobuf"];
const TONIC_MANIFEST = fileURLToPath(new URL("./tonic_server/Cargo.toml", import.meta.url));
const PROTO_FOLDER = fileURLToPath(new URL("../../proto", import.meta.url));

/** gRPC's own C++ library. @returns `null` where what it is built with is not installed. */
export function startCppServer(): Promise<BenchServer | null> {
  return startBuiltServer("gRPC C++", async (folder) => {
    const programs = await Promise.all(["g++", "protoc", "grpc_cpp_plugin"].map(findProgram));
    const [compiler, protoc, plugin] = programs;
    if (!compiler || !protoc || !plugin) return null;
    const generated = ["user_service.pb.cc", "user_service.grpc.pb.cc"]
      .map((it) => `${folder}/${it}`);
    const built = await runs(protoc, [
      ...["-I", PROTO_FOLDER, `--cpp_out=${folder}`, `--grpc_out=${folder}`],
      ...[`--plugin=protoc-gen-grpc=${plugin}`, "user_service.proto"],
    ]) && await runs(compiler, [
      ...["-O2", "-std=c++17", "-I", folder, CPP_SOURCE, ...generated],
      ...["-o", `${folder}/server`, ...CPP_LIBRARIES],
    ]);
    return built ? `${folder}/server` : null;
  });
}

/** tonic, gRPC's Rust library. @returns `null` where what it is built with is not there. */
export function startTonicServer(): Promise<BenchServer | null> {
  return startBuiltServer("tonic", async (folder) => {
    const cargo = await findProgram("cargo");
    const built = cargo !== null && await runs(cargo, [
      ...["build", "--release", "--locked", "--quiet"],
      ...["--manifest-path", TONIC_MANIFEST, "--target-dir", folder],
    ]);
    return built ? `${folder}/release/tonic_server` : null;
  });
}

/** @param build Makes the server in a folder, and gives its path, or `null` where it cannot be made. */
function startBuiltServer(
  name: string,
  build: (folder: string) => Promise<string | null>,
): Promise<BenchServer | null> {
  return startInFolder("protoduel-grpc-", async (folder) => {
    const program = await build(folder);
    if (program === null) return null;
    const port = freePort();
    const stop = await startProgram(program, [`127.0.0.1:${port}`], port);
    return { name, address: `127.0.0.1:${port}`, stop };
  });
}

/** Starts a server with a folder of its own, which is removed with it, or when it does not start. */
async function startInFolder(
  prefix: string,
  start: (folder: string) => Promise<BenchServer | null>,
): Promise<BenchServer | null> {
  const folder = await Deno.makeTempDir({ prefix });
  const remove = () => Deno.remove(folder, { recursive: true });
  let started: BenchServer | null = null;
  try {
    started = await start(folder);
  } finally {
    if (started === null) await remove();
  }
  if (started === null) return null;
  const { stop } = started;
  return {
    ...started,
    stop: async () => {
      await stop();
      await remove();
    },
  };
}

async function runs(program: string, args: readonly string[]): Promise<boolean> {
  const command = new Deno.Command(program, { args: [...args], signal: interrupt });
  const { success } = await command.output();
  interrupt.throwIfAborted();
  return success;
}

/** The 5-byte prefix (not compressed, big-endian length) and the message. */
function framedAnswer(): Uint8Array {
  const message = GetUserResponse.encode({ user: USER }).finish();
  const framed = new Uint8Array(5 + message.length);
  new DataView(framed.buffer).setUint32(1, message.length);
  framed.set(message, 5);
  return framed;
}

/** The benchmark stops in a way of its own. */
const NEVER = new AbortController().signal;

export async function startReferenceServer(side: "rest" | "grpc"): Promise<BenchServer> {
  const setup = { latencyMs: 0, failureRate: 0, seed: 1, grpcServer: DEFAULT_GRPC_SERVER };
  const servers = await startServerProcess(setup, (args) =>
    new Deno.Command(Deno.execPath(), {
      args: ["run", "--quiet", "--allow-net=127.0.0.1", "--allow-env", "main.ts", ...args],
      stdin: "piped",
      stdout: "piped",
      stderr: "inherit",
    }).spawn(), NEVER);
  return {
    name: "reference server",
    address: side === "rest" ? servers.restUrl : servers.grpcAddress,
    stop: () => servers.stop(),
  };
}

/** Starts a server on its own core where the system can pin it, and waits until it listens. */
async function startProgram(
  path: string,
  args: readonly string[],
  port: number,
): Promise<() => Promise<void>> {
  const taskset = await findProgram("taskset");
  const [program, ...prefix] = taskset === null ? [path] : [taskset, "-c", SERVER_CORE, path];
  const child = new Deno.Command(program!, {
    args: [...prefix, ...args],
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  // A Ctrl-C in a terminal has reached the server too.
  let ended = false;
  void child.status.then(() => ended = true);
  const stop = async () => {
    if (!ended) child.kill("SIGTERM");
    await child.status;
  };
  for (let attempt = 0; attempt < 100; attempt++) {
    try {
      (await Deno.connect({ hostname: "127.0.0.1", port })).close();
      return stop;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
  await stop();
  throw new Error(`Cannot start "${path}": it does not listen on port ${port}.`);
}
