import { fromFileUrl } from "./paths.ts";
import { withTempDir } from "./temp_dir.ts";
import { freePort } from "./free_port.ts";

/** Where Debian puts them; a test names what is missing and is skipped. */
const NGINX = "/usr/sbin/nginx";
const NGHTTPD = ["/usr/bin/nghttpd", "/usr/sbin/nghttpd"];
const PYTHON = "/usr/bin/python3";

function isThere(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

async function pythonHasGrpc(): Promise<boolean> {
  if (!isThere(PYTHON)) return false;
  const command = new Deno.Command(PYTHON, { args: ["-c", "import grpc"] });
  return (await command.output()).success;
}

const nghttpd = NGHTTPD.find(isThere);

/** Which of the servers of others this machine has. */
export const AVAILABLE = {
  nginx: isThere(NGINX),
  nghttpd: nghttpd !== undefined,
  grpcio: await pythonHasGrpc(),
} as const;

/** Waits until somebody listens, or the process has ended. */
async function untilListening(port: number, child: Deno.ChildProcess): Promise<void> {
  let ended = false;
  child.status.then(() => ended = true);
  while (!ended) {
    try {
      return (await Deno.connect({ hostname: "127.0.0.1", port })).close();
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
  throw new Error(`Cannot test: the server for port ${port} ended before it listened.`);
}

/** Runs `body` beside a server process, which is gone afterwards. */
async function withServer<T>(
  command: string,
  args: readonly string[],
  port: number,
  body: () => Promise<T>,
): Promise<T> {
  const child = new Deno.Command(command, {
    args: [...args],
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  try {
    await untilListening(port, child);
    return await body();
  } finally {
    try {
      child.kill("SIGTERM");
    } catch {
      // Ended already.
    }
    await child.status;
  }
}

/**
 * nginx, answering `GET /api/users/{id}`.
 *
 * @param json The body; `$1` stands for the id.
 */
export function withNginx<T>(json: string, body: (restUrl: string) => Promise<T>): Promise<T> {
  return withTempDir(async (directory) => {
    const port = freePort();
    const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
      .map((name) => `${name}_temp_path ${directory}/${name};`);
    await Deno.writeTextFile(
      `${directory}/nginx.conf`,
      `daemon off;
      worker_processes 1;
      pid ${directory}/nginx.pid;
      error_log stderr;
      events { worker_connections 1024; }
      http {
        access_log off;
        ${temporary.join("\n")}
        server {
          listen 127.0.0.1:${port};
          keepalive_requests 1000000;
          location ~ ^/api/users/(\\d+)$ { default_type application/json; return 200 '${json}'; }
        }
      }`,
    );
    const args = ["-p", directory, "-c", `${directory}/nginx.conf`, "-e", "stderr"];
    return await withServer(NGINX, args, port, () => body(`http://127.0.0.1:${port}`));
  });
}

/** nghttpd, answering every GetUser with the same message: a file, length prefix and all. */
export function withNghttpd<T>(
  message: Uint8Array,
  body: (grpcAddress: string) => Promise<T>,
): Promise<T> {
  return withTempDir(async (directory) => {
    const framed = new Uint8Array(5 + message.length);
    new DataView(framed.buffer).setUint32(1, message.length);
    framed.set(message, 5);
    await Deno.mkdir(`${directory}/api.performance.UserService`);
    await Deno.writeFile(`${directory}/api.performance.UserService/GetUser`, framed);
    const port = freePort();
    const args = [
      ...["--no-tls", "-a", "127.0.0.1", String(port), "-d", directory],
      ...["--trailer", "grpc-status: 0", "--no-content-length"],
    ];
    return await withServer(nghttpd!, args, port, () => body(`127.0.0.1:${port}`));
  });
}

/** A grpcio server; see `tests/third_party/grpc_server.py`. */
export async function withGrpcio<T>(body: (grpcAddress: string) => Promise<T>): Promise<T> {
  const child = new Deno.Command(PYTHON, {
    args: [fromFileUrl("../third_party/grpc_server.py")],
    stdin: "piped",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const output = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  try {
    let announced = "";
    while (!announced.endsWith("\n")) {
      const { done, value } = await output.read();
      if (done) throw new Error("Cannot test: the grpcio server ended before it listened.");
      announced += value;
    }
    return await body(`127.0.0.1:${announced.trim()}`);
  } finally {
    await output.cancel();
    await child.stdin.close();
    await child.status;
  }
}
