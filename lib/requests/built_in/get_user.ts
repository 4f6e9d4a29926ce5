import type { Operation } from "../operation.ts";
import { differingFields } from "../meaning.ts";
import { messageCheck } from "../message_check.ts";
import { GetUserRequest, GetUserResponse } from "./user_service.ts";

export const getUser: Operation = {
  name: "getUser",
  rest: {
    method: "GET",
    pathTemplate: "/api/users/{userId}",
  },
  grpc: {
    path: "/api.performance.UserService/GetUser",
    encodeRequest: (userId) => GetUserRequest.encode({ userId }).finish(),
    checkResponse: messageCheck(GetUserResponse),
    decodeResponse: (message) =>
      GetUserResponse.toObject(GetUserResponse.decode(message), { longs: String, defaults: true }),
  },
  differingFields: (restContent, grpcContent) =>
    differingFields(unwrapUser(restContent), unwrapUser(grpcContent)),
};

/** A REST API may answer with the user or with an envelope like gRPC's response message. */
function unwrapUser(content: unknown): unknown {
  if (typeof content !== "object" || content === null) return content;
  const { user } = content as { user?: unknown };
  return typeof user === "object" && user !== null ? user : content;
}
