import { type handleUnaryCall, Server, ServerCredentials } from "@grpc/grpc-js";
import type { Buffer } from "node:buffer";

/** A gRPC server whose GetUser is handled by the test, in raw message bytes. */
export interface GrpcStub {
  readonly port: number;
  close(): void;
}

export async function startGrpcStub(
  handle: handleUnaryCall<Buffer, Buffer>,
  credentials = ServerCredentials.createInsecure(),
): Promise<GrpcStub> {
  const server = new Server({ "grpc.enable_channelz": 0 });
  const passThrough = (bytes: Buffer) => bytes;
  server.addService({
    GetUser: {
      path: "/api.performance.UserService/GetUser",
      requestStream: false,
      responseStream: false,
      requestSerialize: passThrough,
      requestDeserialize: passThrough,
      responseSerialize: passThrough,
      responseDeserialize: passThrough,
    },
  }, { GetUser: handle });
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync(
      "127.0.0.1:0",
      credentials,
      (error, bound) => error === null ? resolve(bound) : reject(error),
    );
  });
  return { port, close: () => server.forceShutdown() };
}
