import type { ReferenceSetup } from "../../lib/servers/behaviour.ts";
import { DEFAULT_GRPC_SERVER } from "../../lib/servers/grpc_server_name.ts";
import {
  type ReferenceServers,
  startReferenceServers,
} from "../../lib/servers/reference_servers.ts";

/** Runs `body` against reference servers on free ports, and stops them whatever happens. */
export async function withReferenceServers<T>(
  body: (servers: ReferenceServers) => Promise<T>,
  setup: Partial<ReferenceSetup> = {},
): Promise<T> {
  const servers = await startReferenceServers({
    hostname: "127.0.0.1",
    restPort: 0,
    grpcPort: 0,
    latencyMs: 0,
    failureRate: 0,
    seed: 1,
    grpcServer: DEFAULT_GRPC_SERVER,
    ...setup,
  });
  try {
    return await body(servers);
  } finally {
    await servers.close();
  }
}
