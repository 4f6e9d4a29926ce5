import { fromJSON, type ServiceDefinition } from "@grpc/proto-loader";
import protobuf from "protobufjs";
// Imported as text, the proto is part of the module graph: the single binary embeds it by itself.
import userServiceProto from "../../../proto/user_service.proto" with { type: "text" };

const SERVICE_NAME = "api.performance.UserService";

const { root } = protobuf.parse(userServiceProto, { keepCase: false });
root.resolveAll();

/** The codec of one message type of the proto. */
export const GetUserRequest = root.lookupType("api.performance.GetUserRequest");
export const GetUserResponse = root.lookupType("api.performance.GetUserResponse");

/** The service as grpc-js wants it, made from the embedded proto. */
export function userServiceDefinition(): ServiceDefinition {
  const definition = fromJSON(root.toJSON(), { defaults: true })[SERVICE_NAME];
  if (definition === undefined || "format" in definition) {
    throw new Error(`Cannot load "${SERVICE_NAME}" from the embedded proto.`);
  }
  return definition;
}
