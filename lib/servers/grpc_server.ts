import { type handleUnaryCall, Server, ServerCredentials, status as Status } from "@grpc/grpc-js";
import { userServiceDefinition } from "../operations/user_service.ts";
import { delay, failureDraw, type ServerBehaviour } from "./behaviour.ts";
import type { RunningServer } from "./rest_server.ts";
import { type User, userById } from "./users.ts";

interface GetUserRequest {
  readonly userId: number;
}

/** `api.performance.UserService/GetUser`: OK, NOT_FOUND or INVALID_ARGUMENT. */
export async function startGrpcServer(
  hostname: string,
  port: number,
  behaviour: ServerBehaviour,
): Promise<RunningServer> {
  const server = new Server({ "grpc.enable_channelz": 0 });
  server.addService(userServiceDefinition(), { GetUser: getUser(behaviour) });
  const host = hostname.includes(":") ? `[${hostname}]` : hostname;
  const boundPort = await new Promise<number>((resolve, reject) => {
    server.bindAsync(
      `${host}:${port}`,
      ServerCredentials.createInsecure(),
      (error, bound) => error === null ? resolve(bound) : reject(error),
    );
  });
  return {
    address: `${host}:${boundPort}`,
    close: () => {
      server.forceShutdown();
      return Promise.resolve();
    },
  };
}

function getUser(behaviour: ServerBehaviour): handleUnaryCall<GetUserRequest, { user: User }> {
  const fails = failureDraw(behaviour);
  const { latencyMs } = behaviour;
  return async ({ request: { userId } }, callback) => {
    if (latencyMs > 0) await delay(latencyMs);
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
