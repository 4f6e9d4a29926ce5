/** Who answers gRPC beside the reference server for REST: the tool's own wire code, as there, or grpc-js. */
export const GRPC_SERVER_NAMES = ["wire", "grpc-js"] as const;

export type GrpcServerName = (typeof GRPC_SERVER_NAMES)[number];

export const DEFAULT_GRPC_SERVER: GrpcServerName = "wire";
