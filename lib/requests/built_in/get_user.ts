// Imported as text, the proto is part of the module graph: the single binary embeds it by itself.
import userServiceProto from "../../../proto/user_service.proto" with { type: "text" };
import type { Operation } from "../operation.ts";

export const getUser: Operation = {
  name: "getUser",
  rest: {
    kind: "http",
    method: "GET",
    path: "/api/users/{{id}}",
    headers: [],
    body: null,
    answer: "json",
  },
  grpc: {
    kind: "grpc",
    path: "/api.performance.UserService/GetUser",
    shape: "unary",
    schema: {
      kind: "proto-files",
      files: [{ name: "user_service.proto", text: userServiceProto }],
    },
    message: { userId: "{{id}}" },
    metadata: [],
  },
  variables: {},
  environment: {},
  // A REST API may answer with the user or with an envelope like gRPC's response message.
  comparison: { kind: "unwrapped", field: "user" },
};
