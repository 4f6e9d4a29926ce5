import { ServerStartError } from "../errors.ts";
import type { ReferenceSetup, ServerBehaviour } from "./behaviour.ts";
import { startGrpcJsServer } from "./grpc_js_server.ts";
import { startGrpcServer } from "./grpc_server.ts";
import type { GrpcServerName } from "./grpc_server_name.ts";
import type { RunningServer } from "./listener.ts";
import { startRestServer } from "./rest_server.ts";

/** Where both reference servers listen; port 0 means any free one. */
export interface ReferenceServersOptions extends ReferenceSetup {
  readonly hostname: string;
  readonly restPort: number;
  readonly grpcPort: number;
}

export interface ReferenceServers {
  readonly restUrl: string;
  readonly grpcAddress: string;
  close(): Promise<void>;
}

type StartServer = (
  hostname: string,
  port: number,
  behaviour: ServerBehaviour,
) => RunningServer | Promise<RunningServer>;

const START_GRPC: Readonly<Record<GrpcServerName, StartServer>> = {
  wire: startGrpcServer,
  "grpc-js": startGrpcJsServer,
};

/** @throws {ServerStartError} where a port cannot be had; nothing stays open then. */
export async function startReferenceServers(
  options: ReferenceServersOptions,
): Promise<ReferenceServers> {
  const { hostname, restPort, grpcPort } = options;
  let rest: RunningServer;
  try {
    rest = startRestServer(hostname, restPort, options);
  } catch (error) {
    throw cannotListen("REST", "--rest-port", restPort, error);
  }
  try {
    const grpc = await START_GRPC[options.grpcServer](hostname, grpcPort, options);
    return {
      restUrl: `http://${rest.address}`,
      grpcAddress: grpc.address,
      close: async () => void await Promise.all([rest.close(), grpc.close()]),
    };
  } catch (error) {
    await rest.close();
    throw cannotListen("gRPC", "--grpc-port", grpcPort, error);
  }
}

function cannotListen(label: string, flag: string, port: number, error: unknown): ServerStartError {
  const reason = error instanceof Error ? error.message : String(error);
  return new ServerStartError(
    `Cannot start the ${label} reference server on port "${port}": ${reason}. ` +
      `Stop what listens there, or choose another port with ${flag} (0 means any free one).`,
  );
}
