import { grpcOverGrpcJs } from "./native/grpc_js.ts";
import type { Protocol, ProtocolKey } from "./protocol.ts";
import { restOverFetch } from "./native/rest_fetch.ts";

/** The protocols under test, in the order in which they are measured; a new one is a file and a line. */
export const PROTOCOLS: Readonly<Record<ProtocolKey, Protocol>> = {
  rest: restOverFetch,
  grpc: grpcOverGrpcJs,
};

/** The client that both sides are measured with: what a program using fetch and grpc-js would see. */
export const CLIENT_NAME = "native";
