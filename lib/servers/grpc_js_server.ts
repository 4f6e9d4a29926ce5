import {
  type handleUnaryCall,
  logVerbosity,
  Server,
  ServerCredentials,
  setLogVerbosity,
  status as Status,
} from "@grpc/grpc-js";
import { userServiceDefinition } from "../requests/built_in/user_service.ts";
import { delay, failureDraw, type ServerBehaviour } from "./behaviour.ts";
import type { RunningServer } from "./listener.ts";
import { type User, userById } from "./users.ts";

// It would write lines of its own to stderr about errors that are reported here anyway.
setLogVerbosity(logVerbosity.NONE);

interface GetUserRequest {
  readonly userId: number;
}

/** `api.performance.UserService/GetUser`: OK, NOT_FOUND or INVALID_ARGUMENT. */
export async function startGrpcJsServer(
  hostname: string,
  port: number,
  behaviour: ServerBehaviour,
): Promise<RunningServer> {
  const server = new Server({ "grpc.enable_channelz": 0 });
  const stop = new AbortController();
  server.addService(userServiceDefinition(), { GetUser: getUser(behaviour, stop.signal) });
  const host = hostname.includes(":") ? `[${hostname}]` : hostname;
  const boundPort = await new Promise<number>((resolve, reject) => {
    server.bindAsync(
      `${host}:${port}`,
      ServerCredentials.createInsecure(),
      (error, bound) => error === null ? resolve(bound) : reject(new Error(causeOf(error))),
    );
  });
  return {
    address: `${host}:${boundPort}`,
    close: () => {
      stop.abort();
      server.forceShutdown();
      return Promise.resolve();
    },
  };
}

/** grpc-js wraps the cause: `No address added out of total 1 resolved errors: [listen EADDRINUSE: …]`. */
function causeOf({ message }: Error): string {
  return /errors: \[(.+)\]$/.exec(message)?.[1] ?? message;
}

function getUser(
  behaviour: ServerBehaviour,
  stop: AbortSignal,
): handleUnaryCall<GetUserRequest, { user: User }> {
  const fails = failureDraw(behaviour);
  const { latencyMs } = behaviour;
  return async ({ request: { userId } }, callback) => {
    if (latencyMs > 0) await delay(latencyMs, stop);
    if (fails()) {
      callback({ code: Status.UNAVAILABLE, details: "injected failure" });
    } else if (userId < 1) {
      callback({ code: Status.INVALID_ARGUMENT, details: "a user id is an integer from 1" });
    } else {
      const user = userById(userId);
      if (user === null) callback({ code: Status.NOT_FOUND, details: "no such user" });
      else callback(null, { user });
    }
  };
}
