import { delay, failureDraw, type ServerBehaviour } from "./behaviour.ts";
import { userById } from "./users.ts";

/** A server that is up. */
export interface RunningServer {
  /** Without a scheme: `127.0.0.1:8080`. */
  readonly address: string;
  close(): Promise<void>;
}

const USER_PATH = /^\/api\/users\/([^/]*)$/;

/** `GET /api/users/{id}`: 200 with the user, 404 where there is none, 400 for what is no id. */
export function startRestServer(
  hostname: string,
  port: number,
  behaviour: ServerBehaviour,
): RunningServer {
  const fails = failureDraw(behaviour);
  const { latencyMs } = behaviour;
  const stop = new AbortController();
  const server = Deno.serve({ hostname, port, onListen() {} }, async (request) => {
    if (latencyMs > 0) await delay(latencyMs, stop.signal);
    return fails() ? problem(503, "injected failure") : answer(request);
  });
  const close = () => {
    stop.abort();
    return server.shutdown();
  };
  return { address: addressText(server.addr), close };
}

function answer(request: Request): Response {
  const path = new URL(request.url).pathname;
  const id = USER_PATH.exec(path)?.[1];
  if (id === undefined) return problem(404, "no such path");
  if (request.method !== "GET") return problem(405, "only GET is offered");
  if (!/^-?\d+$/.test(id) || Number(id) < 1) return problem(400, "a user id is an integer from 1");
  const user = userById(Number(id));
  return user === null ? problem(404, "no such user") : Response.json(user);
}

function problem(status: number, error: string): Response {
  return Response.json({ error }, { status });
}

function addressText({ hostname, port }: Deno.NetAddr): string {
  return hostname.includes(":") ? `[${hostname}]:${port}` : `${hostname}:${port}`;
}
